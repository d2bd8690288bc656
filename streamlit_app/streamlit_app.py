"""The page: a photograph and a period of art → a painting to look at and download. No TensorFlow in its process."""

import hashlib
import io
import sys
import time
import tomllib
from pathlib import Path
from typing import Any

import streamlit as st

# Under `streamlit run` only this folder is on the path, and a server may not have the package installed.
ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from texts import TEXTS, pick_language

from tf_cyclegan.bundle import MODEL, Bundle, find_styles, open_bundle
from tf_cyclegan.errors import UserError
from tf_cyclegan.manifest import sha256_of
from tf_cyclegan.pictures import fit_long_side, open_picture
from tf_cyclegan.stylizer import Stylizer

EXAMPLES = Path(__file__).parent / "examples"
SIDES = (512, 768, 1024)
MAX_PIXELS = 50_000_000


@st.cache_resource(max_entries=16, show_spinner=False)
def load_bundle(folder: str, digest: str) -> Bundle:
    """The style in a folder, its files checked once and not at every move of a slider.

    Streamlit keys the result by the arguments whose names have no underscore in front: a changed `digest`, the sha256
    of `style.json`, makes it look again.
    """
    return open_bundle(folder)


@st.cache_resource(max_entries=4, show_spinner=False)
def load_stylizer(_bundle: Bundle, sha256: str) -> Stylizer:
    """The style's network, shared by all visitors; another `sha256` of its model makes a new one."""
    return Stylizer(_bundle)


def open_styles(texts: dict[str, str]) -> dict[str, Bundle]:
    """The styles that can be used, by folder name; damaged ones are left out with a note."""
    styles = {}
    for name, folder in find_styles().items():
        try:
            styles[name] = load_bundle(str(folder), sha256_of(folder / "style.json"))
        except (UserError, OSError) as error:
            st.warning(texts["left_out"].format(error))
    return styles


def repository() -> str:
    """The project's address, from pyproject.toml."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        return tomllib.load(file)["project"]["urls"]["Repository"]


def choose_picture(texts: dict[str, str]) -> tuple[str, bytes] | None:
    """The uploaded picture, or the chosen example: name and encoded bytes."""
    types = ["jpg", "jpeg", "png", "webp", "tif", "tiff"]
    upload = st.file_uploader(texts["photo"], type=types, help=texts["upload_help"])
    if upload:
        return upload.name, upload.getvalue()
    names = sorted(p.stem for p in EXAMPLES.glob("*.jpg"))
    name = st.pills(texts["examples"], names, format_func=str.capitalize, default=names[0])
    return (f"{name}.jpg", (EXAMPLES / f"{name}.jpg").read_bytes()) if name else None


def paint(bundle: Bundle, name: str, data: bytes, side: int, texts: dict[str, str]) -> dict[str, Any]:
    """Photo and painting as a visitor's session keeps them; a picture that was painted already is not painted again."""
    model = bundle.about["files"][MODEL]["sha256"]
    key = (model, hashlib.sha256(data).hexdigest(), side)
    done = st.session_state.get("result")
    if done and done["key"] == key:
        return done
    with st.spinner(texts["working"]):
        start = time.perf_counter()
        photo = fit_long_side(open_picture(io.BytesIO(data), name=name, max_side=side, max_pixels=MAX_PIXELS), side)
        painting = load_stylizer(bundle, model)(photo, side)
        seconds = time.perf_counter() - start
    encoded = io.BytesIO()
    painting.save(encoded, "JPEG", quality=95)
    result = {"key": key, "photo": photo, "painting": painting, "jpeg": encoded.getvalue(), "seconds": seconds}
    st.session_state["result"] = result
    return result


def show_result(result: dict[str, Any], name: str, style: str, texts: dict[str, str]) -> None:
    left, right = st.columns(2)
    left.image(result["photo"], caption=texts["original"], width="stretch")
    right.image(result["painting"], caption=texts["painting"], width="stretch")
    st.caption(texts["took"].format(result["seconds"]))
    st.download_button(
        texts["download"], result["jpeg"], f"{Path(name).stem}-{style}.jpg", "image/jpeg", type="primary"
    )


def show_about(bundle: Bundle, texts: dict[str, str]) -> None:
    """What the style was trained on, for how long and with which command."""
    training = bundle.about.get("training", {})
    counts = training.get("data", {}).get("counts", {})
    with st.expander(texts["about"]):
        if counts:
            facts = {"paintings": counts["trainB"], "photos": counts["trainA"], "steps": training.get("steps", "?")}
            st.write(texts["trained"].format(**facts))
        if "command" in training:
            st.code(training["command"], language="sh", wrap_lines=True)
        st.write(bundle.about.get("licence", ""))


def main() -> None:
    language = pick_language(st.context.locale)
    texts = TEXTS[language]
    st.set_page_config(page_title=texts["title"], page_icon="🎨", layout="centered")
    st.title(texts["title"])
    st.write(texts["lead"])
    styles = open_styles(texts)
    if not styles:
        st.error(texts["no_styles"])
        return
    style = st.radio(texts["period"], list(styles), format_func=lambda s: styles[s].name(language), horizontal=True)
    bundle = styles[style]
    about = [bundle.about.get("years", ""), bundle.about.get("about", {}).get(language, "")]
    st.write(" · ".join(filter(None, about)))
    if bundle.about.get("preview"):
        st.info(f"**{texts['preview']}.** {bundle.about.get('note', '')}")
    chosen = choose_picture(texts)
    side = st.select_slider(texts["size"], SIDES, 768, format_func=texts["pixels"].format)
    if chosen:
        try:
            show_result(paint(bundle, *chosen, side, texts), chosen[0], style, texts)
        except UserError as error:
            st.error(texts["bad_picture"].format(error))
    show_about(bundle, texts)
    st.caption(f"{texts['privacy']} [{texts['source']}]({repository()})")


main()
