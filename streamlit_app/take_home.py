"""What a visitor takes home: the painting as a file, all paintings as one, a card, a film, a print."""

import io
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import streamlit as st
from components import show_hand
from downloads import MIME, ONE_AT_A_TIME, file_name, finished_file, finished_picture, make_zip, view_of
from painter import Job
from painting import Finish, Painting
from photos import Photo
from PIL import Image
from texts import Texts
from visit import Visit, the_painter

from tf_cyclegan.share.card import card
from tf_cyclegan.share.sheet import PAPERS, picture_size, sheet
from tf_cyclegan.share.wipe import has_mp4, wipe_gif, wipe_mp4
from tf_cyclegan.stylize.style import Bundle

# Longer side of what is shown, shared and downloaded for a screen.
SCREEN_SIDE = 1024
# The picture's own size is for a print.
_PURPOSES = {"screen": SCREEN_SIDE, "print": None}
SIDES = (512, 768, SCREEN_SIDE, None)


@dataclass(frozen=True)
class Shown:
    """The painting in the frame, and how it came about.

    Attributes:
        visit: whose it is.
        photo: what was painted.
        bundle: with which style.
        style: the style's name, as in the address.
        brush: one of `choices.BRUSHES`.
        painting: at most `SCREEN_SIDE` large.
        wish: the changes that the visitor wants.
        lines: of its label: the title, and what is below it.
    """

    visit: Visit
    photo: Photo
    bundle: Bundle
    style: str
    brush: str
    painting: Painting
    wish: Finish
    lines: tuple[str, ...]

    def name(self, what: str, suffix: str) -> str:
        """Of a file."""
        return file_name(self.photo.name, "-".join(filter(None, (file_style(self.style), what))), suffix)


def file_style(style: str) -> str:
    """A style's name within the name of a file."""
    return style.replace(":", "-").replace(",", "-").replace(".", "")


def choose_purpose(texts: Texts) -> tuple[int | None, str]:
    """For what the painting is downloaded.

    Returns:
        The longer side in pixels, None for the picture's own, and the kind of file.
    """
    state = st.session_state
    state.setdefault("side", SCREEN_SIDE)
    purposes = {side: name for name, side in _PURPOSES.items()}
    state["purpose"] = purposes.get(state["side"])

    def follow() -> None:
        if state["purpose"]:
            state["side"] = _PURPOSES[state["purpose"]]

    st.segmented_control(
        texts["purpose"],
        list(_PURPOSES),
        format_func=lambda name: texts[name],
        key="purpose",
        on_change=follow,
        help=texts["purpose_help"],
    )
    with st.expander(texts["more"]):
        side = st.segmented_control(
            texts["size"],
            SIDES,
            required=True,
            format_func=lambda side: str(side) if side else texts["size_own"],
            key="side",
        )
        kind = st.segmented_control(texts["format"], list(MIME), default="JPEG", required=True, key="format")
    return side, kind


def show_download(shown: Shown, side: int | None, texts: Texts) -> None:
    """The painting's file, which is painted and computed when it is asked for."""
    kind = shown.wish.kind

    def make() -> bytes:
        painting = shown.painting if side == SCREEN_SIDE else _painted(shown, shown.photo, shown.bundle, side)
        return finished_file(painting, shown.wish)

    name = shown.name("", kind)
    _button("download", texts["download"], make, (name, MIME[kind]), ":material/download:", primary=True)


def show_zip(shown: Shown, pictures: Iterable[tuple[Photo, str, Bundle]], side: int | None, texts: Texts) -> None:
    """Several paintings as one file, which are painted when they are asked for.

    Args:
        shown: the painting in the frame.
        pictures: photo, style and the style's bundle of each.
        side: longer side of each.
        texts: of the page.
    """
    pictures = list(pictures)

    def make() -> bytes:
        jobs = [(p, style, _job(shown, p, bundle, side)) for p, style, bundle in pictures]
        done = [(p, style, job.future.result()) for p, style, job in jobs if job.future.exception() is None]
        kind = shown.wish.kind
        return make_zip(
            (file_name(p.name, file_style(style), kind), finished_file(found, shown.wish)) for p, style, found in done
        )

    name = f"paintings-{time.strftime('%Y-%m-%d')}.zip"
    label = texts["download_all"].format(len(pictures))
    _button("download_all", label, make, (name, "application/zip"), ":material/folder_zip:")


def show_share(shown: Shown, texts: Texts) -> None:
    """Card, film and print, and the buttons of the browser."""
    title, *lines = shown.lines
    _, view = view_of(shown.painting, shown.wish)
    words = {name: texts[name] for name in ("copy", "share", "copied", "not_copied", "not_shared")}
    show_hand(view, shown.name("", "JPEG"), f"{title}: {lines[0]}", words)
    jpeg = MIME["JPEG"]

    def make_card() -> bytes:
        file = io.BytesIO()
        card(_photo(shown), _finished(shown), title, lines).save(file, "JPEG", quality=93)
        return file.getvalue()

    def film(write: Callable) -> Callable[[], bytes]:
        return lambda: write(_photo(shown), _finished(shown))

    with st.container(horizontal=True, key="shares"):
        _button("card", texts["card"], make_card, (shown.name("card", "JPEG"), jpeg), ":material/photo_frame:")
        _button("gif", texts["gif"], film(wipe_gif), (shown.name("film", "GIF"), "image/gif"), ":material/gif_box:")
        if has_mp4():
            _button("mp4", texts["mp4"], film(wipe_mp4), (shown.name("film", "MP4"), "video/mp4"), ":material/movie:")
        for paper in PAPERS:
            label, file = texts["paper"].format(paper), (shown.name(paper, "JPEG"), jpeg)
            _button(f"print_{paper}", label, _sheet_maker(shown, paper), file, ":material/print:")


def _sheet_maker(shown: Shown, paper: str) -> Callable[[], bytes]:
    """Paints over the painting at the size that the paper has room for, and frames it there."""
    title, *lines = shown.lines
    painter = the_painter()

    def make() -> bytes:
        painting = _finished(shown)
        size = picture_size(paper, painting.size)
        if shown.wish.strength:
            painting = painter.enlarge(shown.visit.number, shown.bundle, painting, size).future.result()
        with ONE_AT_A_TIME:
            return sheet(painting, paper, title, lines)

    return make


def _photo(shown: Shown) -> Image.Image:
    return finished_picture(shown.painting, Finish(0))


def _finished(shown: Shown) -> Image.Image:
    return finished_picture(shown.painting, shown.wish)


def _job(shown: Shown, photo: Photo, bundle: Bundle, side: int | None) -> Job:
    return the_painter().paint(shown.visit.number, bundle, photo.name, photo.read(), side=side, brush=shown.brush)


def _painted(shown: Shown, photo: Photo, bundle: Bundle, side: int | None) -> Painting:
    painting: Painting = _job(shown, photo, bundle, side).future.result()
    return painting


def _button(
    key: str, label: str, make: Callable[[], bytes], file: tuple[str, str], icon: str, *, primary: bool = False
) -> None:
    """A button for a file, by its name and type, that is made when it is asked for."""
    kind = "primary" if primary else "secondary"
    st.download_button(label, make, *file, key=key, type=kind, icon=icon, on_click="ignore")
