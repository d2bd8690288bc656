"""The page: a photograph and a period of art → a painting to look at and download. No TensorFlow in its process."""

import gc
import html
import io
import sys
import time
from collections.abc import Callable
from concurrent.futures import wait
from dataclasses import dataclass
from pathlib import Path

import streamlit as st
from PIL import Image

# Under `streamlit run` only this folder is on the path, and a server may not have the package installed.
ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from about import notebook, show_how, show_privacy, show_train_your_own, show_training
from compare import data_url, show_compare
from design import apply_design, make_icon, step
from downloads import MIME, encode, file_name, make_zip
from painter import Job, Painter, Painting
from paste import listen
from periods import (
    ALL,
    EXAMPLES,
    card_picture,
    example_picture,
    model_of,
    open_styles,
    show_all_card,
    show_card,
    show_own_card,
)
from texts import TEXTS, pick_language
from uploads import MAX_MEGABYTES, MAX_PICTURES, TYPES

from tf_cyclegan.bundle import Bundle
from tf_cyclegan.errors import UserError
from tf_cyclegan.finish import finish
from tf_cyclegan.pictures import fit_long_side
from tf_cyclegan.stylizer import MAX_SIDE

Texts = dict[str, str]
SIDES = (512, 768, 1024, None)
GRID_SIDE = 512
# The browser is sent no larger pictures to look at; the download has every pixel.
VIEW_SIDE = 1600
MAX_JOBS = 3 * MAX_PICTURES


@dataclass(frozen=True)
class Photo:
    """A visitor's picture: what tells it from others, its file's name, and how to get its bytes."""

    key: str
    name: str
    read: Callable[[], bytes]


@st.cache_resource(show_spinner=False)
def the_painter() -> Painter:
    """The one queue of this server; it keeps no picture once a visitor has it."""
    return Painter()


def choose_language() -> str:
    browser = pick_language(st.context.locale)
    names = {"en": "English", "de": "Deutsch"}
    with st.container(key="top", horizontal=True, horizontal_alignment="right"):
        return st.segmented_control(
            TEXTS[browser]["language"],
            list(names),
            default=browser,
            required=True,
            format_func=names.get,
            key="lang",
            bind="query-params",
            label_visibility="collapsed",
        )


def choose_photos(texts: Texts) -> list[Photo]:
    """What the visitor uploaded, pasted or took with the camera, and the example that was chosen."""
    st.caption(texts["limits"])
    uploads = st.file_uploader(
        texts["upload"],
        type=list(TYPES),
        accept_multiple_files=True,
        key="uploads",
        max_upload_size=MAX_MEGABYTES,
        label_visibility="collapsed",
    )
    if len(uploads) > MAX_PICTURES:
        st.warning(texts["too_many"].format(len(uploads)))
    # Asking for the camera at once would make the browser ask for permission at once.
    if st.toggle(texts["camera_toggle"], key="camera_on"):
        taken = st.camera_input(texts["camera"], key="camera")
        uploads = [*uploads, taken] if taken else uploads
    photos = [Photo(file.file_id, file.name, file.getvalue) for file in uploads[:MAX_PICTURES]]
    return photos + choose_example(texts, bool(photos))


def choose_example(texts: Texts, has_own: bool) -> list[Photo]:
    """The example that was chosen; the first one where there is no other picture."""
    names = sorted(path.stem for path in EXAMPLES.glob("*.jpg"))
    st.write(texts["examples"])
    with st.container(key="examples"):
        for column, name in zip(st.columns(len(names)), names, strict=True):
            label = texts.get(f"example_{name}", name.capitalize())
            with column, st.container(key=f"example-{name}"):
                alt = texts["example_alt"].format(label)
                st.html(f'<img class="picture" src="{example_picture(name)}" alt="{alt}">')
                if st.button(label, key=f"use-{name}", width="stretch"):
                    st.session_state["example"] = name
                    st.session_state["shown"] = f"example:{name}"
    name = st.session_state.get("example") or (None if has_own else names[0])
    return [Photo(f"example:{name}", f"{name}.jpg", (EXAMPLES / f"{name}.jpg").read_bytes)] if name else []


def choose_style(styles: dict[str, Bundle], pictures: dict[str, str], language: str, texts: Texts) -> str:
    """The chosen style's name, or ALL."""
    known = [*styles, ALL] if len(styles) > 1 else list(styles)
    chosen = st.session_state.get("style")
    chosen = chosen if chosen in known else known[0]
    pressed = None
    places = [column for _ in range(0, len(known) + 1, 3) for column in st.columns(3)]
    for place, name in zip(places, known, strict=False):
        with place:
            if name == ALL:
                hit = show_all_card(list(pictures.values()), chosen=chosen == ALL, texts=texts)
            else:
                hit = show_card(
                    name, styles[name], pictures[name], chosen=chosen == name, language=language, texts=texts
                )
        pressed = name if hit else pressed
    with places[len(known)]:
        show_own_card(texts, notebook())
    if pressed and pressed != chosen:
        st.session_state["style"] = pressed
        st.rerun()
    return chosen


def start_job(bundle: Bundle, photo: Photo, side: int | None) -> Job:
    """The visit's job for this picture; what was painted once is not painted again."""
    jobs: dict[tuple[str, str, int | None], Job] = st.session_state["jobs"]
    key = (model_of(bundle), photo.key, side)
    if key not in jobs:
        while len(jobs) >= MAX_JOBS:
            jobs.pop(next(iter(jobs))).future.cancel()
        jobs[key] = the_painter().submit(bundle, photo.name, photo.read(), side)
    return jobs[key]


def finish_job(job: Job, name: str, texts: Texts) -> Painting | None:
    """Waits with a bar that moves; None, and a message, for what is no picture."""
    if not job.future.done():
        bar = st.progress(0.0, texts["working"].format(name))
        while wait([job.future], 0.1).not_done:
            ahead = the_painter().ahead(job)
            text = texts["waiting"].format(name, ahead) if ahead else texts["working"].format(name)
            bar.progress(job.share(), text)
        bar.empty()
    try:
        return job.future.result()
    except UserError as error:
        st.error(texts["bad_picture"].format(error), icon=":material/broken_image:")
    except Exception:  # noqa: BLE001  Whatever a library raises, a visitor is told in words, and the next one is served.
        st.error(texts["failed"], icon=":material/error:")
    return None


def as_picture(jpeg: bytes) -> Image.Image:
    with Image.open(io.BytesIO(jpeg)) as picture:
        return picture.convert("RGB")


def finished(painting: Painting, strength: int, colours: bool) -> Image.Image:
    """The painting as strong as asked, and in the colours asked for."""
    return finish(as_picture(painting.photo), as_picture(painting.painting), strength, colours)


def download_of(painting: Painting, strength: int, colours: bool, kind: str) -> bytes:
    """The file to download. What the network made leaves as it is where nothing is to be changed."""
    if kind == "JPEG" and strength == 100 and not colours:
        return painting.painting
    return encode(finished(painting, strength, colours), kind)


def view_of(jpeg: bytes) -> bytes:
    """A JPEG no larger than a screen shows."""
    picture = as_picture(jpeg)
    return jpeg if max(picture.size) <= VIEW_SIDE else encode(fit_long_side(picture, VIEW_SIDE), "JPEG")


def choose_shown(photos: list[Photo], texts: Texts) -> Photo:
    """Which of several pictures is looked at."""
    names = {photo.key: photo.name for photo in photos}
    if st.session_state.get("shown") not in names:
        st.session_state["shown"] = photos[0].key
    if len(photos) == 1:
        return photos[0]
    key = st.segmented_control(
        texts["shown"], list(names), required=True, format_func=lambda k: short(names.get(k, "")), key="shown"
    )
    return next((photo for photo in photos if photo.key == key), photos[0])


def short(name: str) -> str:
    return name if len(name) <= 24 else f"{name[:14]}…{name[-8:]}"


def choose_size(texts: Texts) -> int | None:
    return st.segmented_control(
        texts["size"],
        SIDES,
        default=768,
        required=True,
        format_func=lambda side: str(side) if side else texts["size_own"],
        help=texts["size_help"].format(MAX_SIDE),
        key="side",
    )


def choose_finish(texts: Texts) -> tuple[int, bool, str]:
    """Strength in percent, whether colours are kept, format of the download."""
    left, middle, right = st.columns([5, 4, 3], gap="medium", vertical_alignment="bottom")
    strength = left.slider(
        texts["strength"], 0, 100, 100, 5, format="%d %%", help=texts["strength_help"], key="strength"
    )
    colours = middle.toggle(texts["keep_colours"], help=texts["keep_colours_help"], key="colours")
    kind = right.segmented_control(texts["format"], list(MIME), default="JPEG", required=True, key="format")
    return strength, colours, kind


def show_result(style: str, bundle: Bundle, photos: list[Photo], language: str, texts: Texts) -> None:
    """One painting large, its settings, and the downloads."""
    photo = choose_shown(photos, texts)
    size_place, view, settings, below = st.container(), st.container(), st.container(), st.container()
    with size_place:
        side = choose_size(texts)
    with settings:
        strength, colours, kind = choose_finish(texts)
    with view:
        painting = finish_job(start_job(bundle, photo, side), photo.name, texts)
        if painting:
            jpeg = download_of(painting, strength, colours, "JPEG")
            pictures = view_of(painting.photo), view_of(jpeg)
            show_compare(*pictures, painting.size, name=photo.name, style=bundle.name(language), texts=texts)
            st.caption(texts["took"].format(*painting.size, painting.seconds))
    with below:
        with st.container(horizontal=True):
            if painting:
                data = jpeg if kind == "JPEG" else download_of(painting, strength, colours, kind)
                name = file_name(photo.name, style, kind)
                show_download(texts["download"], data, name, MIME[kind], primary=True)
            zip_place = st.container(width="content")
        if len(photos) > 1:
            jobs = [(other, start_job(bundle, other, side)) for other in photos]
            done = [(style, p, finish_job(j, p.name, texts) if p is not photo else painting) for p, j in jobs]
            with zip_place:
                show_zip(done, strength, colours, kind, texts)


def show_all(styles: dict[str, Bundle], photos: list[Photo], language: str, texts: Texts) -> None:
    """One photo in every style as a grid."""
    photo = choose_shown(photos, texts)
    view, settings = st.container(), st.container()
    with settings:
        strength, colours, kind = choose_finish(texts)
    done = []
    with view:
        jobs = {name: start_job(bundle, photo, GRID_SIDE) for name, bundle in styles.items()}
        places = [column for _ in range(0, len(styles), 3) for column in st.columns(3)]
        for place, (name, job) in zip(places, jobs.items(), strict=False):
            with place:
                title = styles[name].name(language)
                painting = finish_job(job, title, texts)
                done.append((name, photo, painting))
                if painting:
                    show_grid_cell(name, title, download_of(painting, strength, colours, "JPEG"), photo, texts)
    show_zip(done, strength, colours, kind, texts)


def show_grid_cell(name: str, title: str, jpeg: bytes, photo: Photo, texts: Texts) -> None:
    alt = html.escape(texts["painting_alt"].format(photo.name, title))
    st.html(f'<img class="cell" src="{data_url(jpeg)}" alt="{alt}">')
    if st.button(texts["open_large"].format(title), key=f"large-{name}", width="stretch"):
        st.session_state["style"] = name
        st.rerun()


def show_download(
    label: str, data: bytes | Callable[[], bytes], name: str, mime: str, *, primary: bool = False
) -> None:
    st.download_button(
        label,
        data,
        name,
        mime,
        key="download" if primary else "download_all",
        type="primary" if primary else "secondary",
        icon=":material/download:" if primary else ":material/folder_zip:",
        on_click="ignore",
    )


def show_zip(
    done: list[tuple[str, Photo, Painting | None]], strength: int, colours: bool, kind: str, texts: Texts
) -> None:
    """All results in one file, which is made when it is asked for."""
    files = [(file_name(p.name, style, kind), painting) for style, p, painting in done if painting]
    if len(files) > 1:

        def make() -> bytes:
            return make_zip((name, download_of(painting, strength, colours, kind)) for name, painting in files)

        show_download(
            texts["download_all"].format(len(files)),
            make,
            f"paintings-{time.strftime('%Y-%m-%d')}.zip",
            "application/zip",
        )


def show_note(bundle: Bundle, texts: Texts) -> None:
    if bundle.about.get("preview"):
        st.info(texts["preview_note"])


def main() -> None:
    title = TEXTS[pick_language(st.context.locale)]["title"]
    st.set_page_config(page_title=title, page_icon=make_icon(), layout="wide")
    language = choose_language()
    texts = TEXTS[language]
    apply_design(texts)
    listen(language)
    if "jobs" not in st.session_state:
        # A visit that ended holds its pictures in a circle of references; a new visit is a good moment to let go.
        gc.collect()
        st.session_state["jobs"] = {}
    st.title(texts["title"], anchor=False)
    st.html(f'<p class="lead">{texts["lead"]}</p>')
    step(1, texts["step_photo"])
    photos = choose_photos(texts)
    step(2, texts["step_period"])
    examples = sorted(path.stem for path in EXAMPLES.glob("*.jpg"))
    found = open_styles(the_painter(), examples[-1], texts)
    styles = {name: bundle for name, (bundle, _) in found.items()}
    if not styles:
        st.error(texts["no_styles"])
        show_privacy(texts)
        return
    style = choose_style(styles, {name: picture for name, (_, picture) in found.items()}, language, texts)
    step(3, texts["step_result"])
    first = next(iter(styles.values())) if style == ALL else styles[style]
    if style == ALL:
        show_all(styles, photos, language, texts)
    else:
        show_note(first, texts)
        show_result(style, first, photos, language, texts)
    show_how(example_picture(examples[0]), card_picture(the_painter(), first, model_of(first), examples[0]), texts)
    for bundle in styles.values() if style == ALL else [first]:
        show_training(bundle, language, texts)
    show_train_your_own(texts)
    show_privacy(texts)


main()
