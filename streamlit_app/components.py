"""The page's own elements in the browser, each a component of Streamlit's kind; their code is in `parts/`."""

import base64
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import streamlit as st

_PARTS = Path(__file__).parent / "parts"


# Lists go to a component as JSON: Streamlit looks whether they are tables, and loads pandas and pyarrow for it, 75 MB.


def _component(name: str, html: str, *, styled: bool = True) -> Callable[..., Any]:
    css = (_PARTS / f"{name}.css").read_text(encoding="utf-8") if styled else None
    return st.components.v2.component(name, html=html, css=css, js=(_PARTS / f"{name}.js").read_text(encoding="utf-8"))


_frame = _component("frame", (_PARTS / "frame.html").read_text(encoding="utf-8"))
_thumbs = _component("thumbs", '<div class="thumbs" role="group"></div>')
_years = _component(
    "years",
    '<div class="years"><output aria-hidden="true"></output><input type="range" min="0" step="1">'
    '<div class="ends" aria-hidden="true"><span class="first"></span><span class="last"></span></div>'
    '<p class="mix"></p><p class="about"></p></div>',
)
_hand = _component(
    "hand",
    '<div class="hand"><button type="button" class="copy" hidden></button>'
    '<button type="button" class="share" hidden></button><span class="said" role="status"></span></div>',
)
_visitor = _component("visitor", "<span></span>", styled=False)


@dataclass(frozen=True)
class Thumb:
    """A picture to choose.

    Attributes:
        key: what is reported when it is chosen.
        jpeg: the picture; None while it is being painted.
        name: below it, empty for none.
        alt: what it shows, for those who hear the page; needed where it has no name.
        years: small, below the name.
        badge: a word in a box.
        chosen: whether it is the chosen one; None where none is chosen for good.
    """

    key: str
    jpeg: bytes | None
    name: str = ""
    alt: str = ""
    years: str = ""
    badge: str = ""
    chosen: bool | None = None


def listen(language: str) -> None:
    """Sets the page's language in the browser, and puts pasted pictures into the uploader."""
    _visitor(key="visitor", data={"language": language})


def data_url(jpeg: bytes) -> str:
    """A JPEG as an address within the page."""
    return "data:image/jpeg;base64," + base64.b64encode(jpeg).decode()


def show_frame(before: bytes, after: bytes, size: tuple[int, int], **words: str | bool) -> None:
    """Hangs two JPEGs of one picture in a frame; moving the line between them makes no request to the server.

    Args:
        before: left of the line.
        after: right of it.
        size: width and height, of which the ratio counts.
        words: as `parts/frame.js` wants them: picture, title, period, note, photo, painting, before_alt, after_alt,
            label, value; and busy, whether a better painting is on its way.
    """
    data = {"before": data_url(before), "after": data_url(after), "width": size[0], "height": size[1], **words}
    _frame(key="frame", data=data)


def show_thumbs(
    key: str,
    thumbs: list[Thumb],
    label: str,
    chosen: Callable[[str], None],
    *,
    kind: str = "cards",
    columns: int = 3,
    narrow: int = 3,
) -> None:
    """Pictures to choose from.

    Args:
        key: of the element.
        thumbs: the pictures.
        label: of the group, for those who hear the page.
        chosen: is called with the key of the picture that was chosen, before the page runs again.
        kind: "cards", "hung" on a wall in frames, or "strip" in one row that scrolls.
        columns: of cards and frames.
        narrow: columns on a phone.
    """

    def pick() -> None:
        key_of = st.session_state[key].get("pick")
        if key_of is not None:
            chosen(key_of)

    items = [{**asdict(thumb), "jpeg": None, "src": thumb.jpeg and data_url(thumb.jpeg)} for thumb in thumbs]
    data = {"items": json.dumps(items), "label": label, "kind": kind, "columns": columns, "narrow": narrow}
    _thumbs(key=key, data=data, on_pick_change=pick)


def show_years(
    periods: list[dict[str, Any]], moved: Callable[[int], None], *, at: int, steps: int, label: str, around: str
) -> None:
    """The slider between periods.

    Args:
        periods: in the order of their years; each has name, about and year.
        moved: is called with the place where it was let go, before the page runs again.
        at: place, from 0 to `steps` times the number of gaps.
        steps: between one period and the next.
        label: for those who hear the page.
        around: a year in words, with {} for the number.
    """

    def move() -> None:
        place = st.session_state["years"].get("moved")
        if place is not None:
            moved(int(place))

    data = {"periods": json.dumps(periods), "at": at, "steps": steps, "label": label, "around": around}
    _years(key="years", data=data, on_moved_change=move)


def show_hand(image: bytes, name: str, title: str, words: dict[str, str]) -> None:
    """Buttons that copy and share a JPEG, where the browser can.

    Args:
        image: the JPEG.
        name: of the file that is shared.
        title: of what is shared.
        words: copy, share, copied, not_copied and not_shared.
    """
    _hand(key="hand", data={"image": data_url(image), "name": name, "title": title, **words})
