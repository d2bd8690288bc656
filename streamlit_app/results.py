"""Paintings on the page: made once for a visit, shown next to the photograph, finished, and downloaded."""

import html
import time
from collections.abc import Callable
from concurrent.futures import wait

import streamlit as st
from cards import model_of
from compare import data_url, show_compare
from downloads import MIME, file_name, finished_file, make_zip, view_of
from memory import give_back_large_blocks
from painter import PAINTED_SIDE, Job, Painter
from painting import Finish, Painting
from photos import Photo
from texts import decimal, explain
from uploads import MAX_PICTURES

from tf_cyclegan.errors import UserError
from tf_cyclegan.settings.choices import BRUSHES
from tf_cyclegan.stylize.style import Bundle

Texts = dict[str, str]
SIDES = (512, 768, 1024, None)
GRID_SIDE = 512
MAX_JOBS = 3 * MAX_PICTURES


@st.cache_resource(show_spinner=False)
def the_painter() -> Painter:
    """The one queue of this server; it keeps no picture once a visitor has it."""
    give_back_large_blocks()
    return Painter()


def start_job(bundle: Bundle, photo: Photo, side: int | None, brush: str) -> Job:
    """The visit's job for this picture; a picture that was painted once is not painted again."""
    jobs: dict[tuple[str, str, int | None, str], Job] = st.session_state["jobs"]
    key = (model_of(bundle), photo.key, side, brush)
    if key not in jobs:
        while len(jobs) >= MAX_JOBS:
            jobs.pop(next(iter(jobs))).future.cancel()
        jobs[key] = the_painter().submit(bundle, photo.name, photo.read(), side, brush)
    return jobs[key]


def finish_job(job: Job, name: str, texts: Texts, file: str | None = None) -> Painting | None:
    """Waits and shows a progress bar; None, and a message, if the file is no picture.

    Args:
        job: to wait for.
        name: of the result that is waited for.
        texts: of the page.
        file: the photograph's name, where `name` is another.
    """
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
        st.error(
            texts["bad_picture"].format(explain(str(error), file or name, texts["code"])),
            icon=":material/broken_image:",
        )
    except Exception:  # noqa: BLE001  Whatever a library raises, the visitor gets a sentence, and the next one is served.
        st.error(texts["failed"], icon=":material/error:")
    return None


def choose_shown(photos: list[Photo], texts: Texts) -> Photo:
    """Which of several pictures is shown: the newest, until another is chosen."""
    names = {photo.key: photo.name for photo in photos}
    new = [key for key in names if key not in st.session_state.get("seen", ())]
    st.session_state["seen"] = set(names)
    if new or st.session_state.get("shown") not in names:
        st.session_state["shown"] = (new or [photos[0].key])[0]
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
        help=texts["size_help"].format(PAINTED_SIDE),
        key="side",
    )


def choose_brush(bundle: Bundle, texts: Texts) -> str:
    """The visitor's brush; until one is chosen, that of the style which was shown first."""
    return st.segmented_control(
        texts["brush"],
        BRUSHES,
        default=bundle.brush,
        required=True,
        format_func=lambda brush: texts[f"brush_{brush}"],
        help=texts["brush_help"],
        key="brush",
    )


def choose_finish(texts: Texts) -> Finish:
    left, middle, right = st.columns([4, 5, 3], gap="medium", vertical_alignment="bottom")
    strength = left.slider(
        texts["strength"], 0, 100, 100, 5, format="%d %%", help=texts["strength_help"], key="strength"
    )
    colours = middle.toggle(texts["keep_colours"], help=texts["keep_colours_help"], key="colours")
    kind = right.segmented_control(texts["format"], list(MIME), default="JPEG", required=True, key="format")
    return Finish(strength, colours, kind)


def show_result(style: str, bundle: Bundle, photos: list[Photo], language: str, texts: Texts) -> None:
    """One painting large, its settings, and the downloads."""
    photo = choose_shown(photos, texts)
    size_place, view, settings, below = st.container(), st.container(), st.container(), st.container()
    with size_place.container(horizontal=True, gap="medium"):
        brush, side = choose_brush(bundle, texts), choose_size(texts)
    with settings:
        wish = choose_finish(texts)
    with view:
        painting = finish_job(start_job(bundle, photo, side, brush), photo.name, texts)
        if painting:
            pictures = view_of(painting, wish)
            show_compare(*pictures, painting.size, name=photo.name, style=bundle.name(language), texts=texts)
            st.caption(texts["took"].format(*painting.size, decimal(painting.seconds, 1, texts)))
    with below:
        with st.container(horizontal=True):
            if painting:
                show_file(painting, file_name(photo.name, style, wish.kind), wish, texts)
            zip_place = st.container(width="content")
        if len(photos) > 1:
            jobs = [(other, start_job(bundle, other, side, brush)) for other in photos]
            done = [(style, p, finish_job(j, p.name, texts) if p is not photo else painting) for p, j in jobs]
            with zip_place:
                show_zip(done, wish, texts)


def show_all(styles: dict[str, Bundle], photos: list[Photo], language: str, texts: Texts) -> None:
    """One photo in every style as a grid."""
    photo = choose_shown(photos, texts)
    if "side" in st.session_state:
        # Streamlit forgets a widget that is not shown, unless its value is set.
        st.session_state["side"] = st.session_state["side"]
    brush = choose_brush(next(iter(styles.values())), texts)
    view, settings = st.container(), st.container()
    with settings:
        wish = choose_finish(texts)
    done = []
    with view:
        jobs = {name: start_job(bundle, photo, GRID_SIDE, brush) for name, bundle in styles.items()}
        places = [column for _ in range(0, len(styles), 3) for column in st.columns(3)]
        for place, (name, job) in zip(places, jobs.items(), strict=False):
            with place:
                title = styles[name].name(language)
                painting = finish_job(job, title, texts, photo.name)
                done.append((name, photo, painting))
                if painting:
                    show_grid_cell(name, title, view_of(painting, wish)[1], photo, texts)
    show_zip(done, wish, texts)


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


def show_file(painting: Painting, name: str, wish: Finish, texts: Texts) -> None:
    """The painting's download, which is computed when it is requested."""

    def make() -> bytes:
        return finished_file(painting, wish)

    plain = wish.kind == "JPEG" and not wish.changes
    show_download(texts["download"], painting.painting if plain else make, name, MIME[wish.kind], primary=True)


def show_zip(done: list[tuple[str, Photo, Painting | None]], wish: Finish, texts: Texts) -> None:
    """All results in one file, which is made when it is requested."""
    files = [(file_name(p.name, style, wish.kind), painting) for style, p, painting in done if painting]
    if len(files) > 1:

        def make() -> bytes:
            return make_zip((name, finished_file(painting, wish)) for name, painting in files)

        show_download(
            texts["download_all"].format(len(files)),
            make,
            f"paintings-{time.strftime('%Y-%m-%d')}.zip",
            "application/zip",
        )


def show_note(bundle: Bundle, texts: Texts) -> None:
    """Says that a style is a preview, and why."""
    if bundle.preview:
        st.info(texts[f"preview_{bundle.not_better_than or 'early'}"])
