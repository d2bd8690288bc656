"""The styles as visitors meet them: found, checked, and as cards with a painting of each."""

import base64
import html
import io
import json
from pathlib import Path

import streamlit as st
from downloads import encode
from painter import Painter

from tf_cyclegan.disk.manifest import sha256_of
from tf_cyclegan.errors import UserError
from tf_cyclegan.pictures.files import open_picture
from tf_cyclegan.stylize.style import MODEL, Bundle, find_styles, open_bundle

EXAMPLES = Path(__file__).parent / "examples"
TITLES = {e["file"]: e["title"] for e in json.loads((EXAMPLES / "examples.json").read_text(encoding="utf-8"))}
CARD_SIDE = 448
ALL = "*"


@st.cache_resource(max_entries=64, show_spinner=False)
def load_bundle(name: str, digest: str) -> Bundle:
    """A style by its name, its files checked once and not at every move of a slider.

    Streamlit keys the result by the arguments whose names have no underscore in front: a changed `digest`, the sha256
    of `style.json`, makes it check again.
    """
    return open_bundle(name)


def open_styles(painter: Painter, example: str, texts: dict[str, str]) -> dict[str, tuple[Bundle, str]]:
    """The styles that can be used, by folder name, each with its painting of the example.

    Those that are damaged, or whose network cannot paint, are left out with a note.
    """
    styles = {}
    for name, folder in find_styles().items():
        try:
            bundle = load_bundle(name, sha256_of(folder / "style.json"))
            styles[name] = bundle, card_picture(painter, bundle, model_of(bundle), example)
        # LiteRT raises the last two for a network that it loads and cannot run.
        except (UserError, OSError, RuntimeError, ValueError) as error:
            st.warning(texts["left_out"].format(f"{name} ({_reason(error, folder)})"))
    return styles


def _reason(error: Exception, folder: Path) -> str:
    """In one short line, without the server's folders."""
    return " ".join(str(error).replace(f"{folder}/", "").split())[:160]


def model_of(bundle: Bundle) -> str:
    """Identifies what a style paints with: the sha256 of its model, and which of its periods."""
    return f"{bundle.about['files'][MODEL]['sha256']} {dict(bundle.weights)}"


@st.cache_resource(max_entries=16, show_spinner=False)
def example_picture(name: str) -> str:
    """An example photograph at the size of a card, as an address that a page can show."""
    return _address(encode(open_picture(EXAMPLES / name, max_side=CARD_SIDE).copy(), "JPEG"), CARD_SIDE)


@st.cache_resource(max_entries=128, show_spinner=False)
def card_picture(_painter: Painter, _bundle: Bundle, sha256: str, example: str) -> str:
    """The style's painting of an example: painted once for all visitors, and again if the model's `sha256` changes."""
    data = (EXAMPLES / example).read_bytes()
    job = _painter.submit(_bundle, example, data, CARD_SIDE, _bundle.brush)
    return _address(job.future.result().painting, CARD_SIDE)


def _address(jpeg: bytes, side: int) -> str:
    """A JPEG within the page itself."""
    from PIL import Image

    with Image.open(io.BytesIO(jpeg)) as picture:
        picture.thumbnail((side, side))
        file = io.BytesIO()
        picture.save(file, "JPEG", quality=85)
    return "data:image/jpeg;base64," + base64.b64encode(file.getvalue()).decode()


def choose_style(
    styles: dict[str, Bundle], pictures: dict[str, str], language: str, texts: dict[str, str], notebook: str
) -> str:
    """The chosen style's name, or ALL; `notebook` is the address behind the card for the visitor's own style."""
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
        show_own_card(texts, notebook)
    if pressed and pressed != chosen:
        st.session_state["style"] = pressed
        st.rerun()
    return chosen


def show_card(name: str, bundle: Bundle, picture: str, *, chosen: bool, language: str, texts: dict[str, str]) -> bool:
    """One period; the whole card is a button.

    Returns:
        Whether it was just pressed.
    """
    title = bundle.name(language)
    badge = f'<span class="badge">{texts["preview"]}</span>' if bundle.preview else ""
    words = html.escape(str(bundle.about.get("about", {}).get(language, "")))
    body = (
        f'<img class="picture" src="{picture}" alt="{html.escape(texts["card_alt"].format(title))}">'
        f'<div class="card"><h3>{html.escape(title)}{badge}</h3>'
        f'<p class="years">{html.escape(str(bundle.about.get("years", "")))}</p><p>{words}</p></div>'
    )
    return _card(name, body, title, chosen=chosen, texts=texts)


def show_all_card(pictures: list[str], *, chosen: bool, texts: dict[str, str]) -> bool:
    """The card for all periods at once."""
    images = "".join(f'<img src="{picture}" alt="">' for picture in pictures[:4])
    body = (
        f'<div class="pictures">{images}</div>'
        f'<div class="card"><h3>{texts["all"]}</h3><p>{texts["all_about"]}</p></div>'
    )
    return _card("all", body, texts["all"], chosen=chosen, texts=texts)


def show_own_card(texts: dict[str, str], address: str) -> None:
    """The card after the last: a period that the visitor trains."""
    with st.container(key="card-own"):
        st.html(
            f'<div class="blank" aria-hidden="true">+</div><div class="card"><h3>{texts["train"]}</h3>'
            f"<p>{texts['train_about']}</p></div>"
        )
        st.link_button(texts["train_open"], address, width="stretch")


def _card(name: str, body: str, title: str, *, chosen: bool, texts: dict[str, str]) -> bool:
    with st.container(key=f"card-{'chosen' if chosen else 'other'}-{name}"):
        st.html(body)
        label = texts["chosen" if chosen else "choose"].format(title) if name != "all" else title
        icon = ":material/check:" if chosen else None
        kind = "primary" if chosen else "secondary"
        return st.button(label, key=f"choose-{name}", type=kind, icon=icon, width="stretch")
