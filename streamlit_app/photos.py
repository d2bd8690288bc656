"""The pictures of a visitor: uploaded, pasted, taken, or one of the examples."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePath

import streamlit as st
from components import Thumb, show_thumbs
from downloads import encode
from PIL import Image
from texts import Texts
from uploads import MAX_MEGABYTES, MAX_PICTURES

EXAMPLES = Path(__file__).parent / "examples"
TITLES = {e["file"]: e["title"] for e in json.loads((EXAMPLES / "examples.json").read_text(encoding="utf-8"))}
_THUMB_SIDE = 160
# Names that cameras, phones and clipboards give.
_NAMELESS = re.compile(r"(?i)(img|dsc|pxl|dcim|image|photo|camera|screenshot|bild|foto)?[\W\d_]*(mp)?|.*\d{5}.*")


@dataclass(frozen=True)
class Photo:
    """A visitor's picture.

    Attributes:
        key: its identity.
        name: of its file.
        read: gives the file's bytes.
        example: whether it is one of the page's own.
    """

    key: str
    name: str
    read: Callable[[], bytes]
    example: bool = False

    def title(self, texts: Texts) -> str:
        """What the label calls it."""
        if self.example:
            return texts["after"].format(TITLES[self.name][texts["code"]])
        stem = PurePath(self.name.replace("\\", "/")).stem.split(".")[0]
        words = " ".join(re.split(r"[\s_-]+", stem)).strip()
        return texts["after_photo"] if _NAMELESS.fullmatch(stem) else texts["after"].format(words)


def example(name: str) -> Photo:
    """One of the page's own photographs."""
    return Photo(f"example:{name}", name, (EXAMPLES / name).read_bytes, example=True)


def choose_photos(texts: Texts) -> list[Photo]:
    """What the visitor uploaded, pasted or took with the camera, and the example that was chosen."""
    uploads = st.file_uploader(
        texts["upload"],
        type=None,  # The uploader silently hides files by their ending; here the bytes decide, and a sentence says why.
        accept_multiple_files=True,
        key="uploads",
        max_upload_size=MAX_MEGABYTES,
        label_visibility="collapsed",
    )
    st.caption(texts["limits"])
    if len(uploads) > MAX_PICTURES:
        st.warning(texts["too_many"].format(len(uploads)))
    # If the page asked for the camera at once, the browser would ask for permission at once.
    if st.toggle(texts["camera_toggle"], key="camera_on"):
        taken = st.camera_input(texts["camera"], key="camera", label_visibility="collapsed")
        uploads = [*uploads, taken] if taken else uploads
    photos = [Photo(file.file_id, file.name, file.getvalue) for file in uploads[:MAX_PICTURES]]
    chosen = st.session_state.get("example") or (None if photos else next(iter(TITLES)))
    st.caption(texts["examples"])
    thumbs = [
        Thumb(name, example_thumb(name), alt=texts["example_alt"].format(title[texts["code"]]), chosen=name == chosen)
        for name, title in TITLES.items()
    ]
    show_thumbs("examples", thumbs, texts["examples"], choose_example, columns=6, narrow=6)
    return photos + ([example(chosen)] if chosen else [])


def choose_example(name: str) -> None:
    """Puts an example among the visitor's pictures, and shows it."""
    st.session_state["example"] = name
    st.session_state["shown"] = example(name).key


@st.cache_resource(max_entries=16, show_spinner=False)
def example_thumb(name: str) -> bytes:
    """An example as a small JPEG."""
    with Image.open(EXAMPLES / name) as picture:
        picture.thumbnail((_THUMB_SIDE, _THUMB_SIDE))
        return encode(picture.convert("RGB"), "JPEG")


def choose_shown(photos: list[Photo]) -> str:
    """The key of the picture that is shown: the newest, until another is chosen."""
    state, keys = st.session_state, [photo.key for photo in photos]
    new = [key for key in keys if key not in state.get("seen", ())]
    state["seen"] = set(keys)
    if new or state.get("shown") not in keys:
        state["shown"] = (new or keys)[0]
    return str(state["shown"])


def show_photo(key: str) -> None:
    """Shows another of the visitor's pictures."""
    st.session_state["shown"] = key
