"""The pictures of a visitor: uploaded, pasted, taken, or one of the examples."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import streamlit as st
from cards import EXAMPLES, TITLES, example_picture
from uploads import MAX_MEGABYTES, MAX_PICTURES


@dataclass(frozen=True)
class Photo:
    """A visitor's picture: its identity, the name of its file, and how to get its bytes."""

    key: str
    name: str
    read: Callable[[], bytes]


def choose_photos(texts: dict[str, str]) -> list[Photo]:
    """What the visitor uploaded, pasted or took with the camera, and the example that was chosen."""
    st.caption(texts["limits"])
    uploads = st.file_uploader(
        texts["upload"],
        type=None,  # The uploader silently hides files by their ending; here the bytes decide, and a sentence says why.
        accept_multiple_files=True,
        key="uploads",
        max_upload_size=MAX_MEGABYTES,
        label_visibility="collapsed",
    )
    if len(uploads) > MAX_PICTURES:
        st.warning(texts["too_many"].format(len(uploads)))
    # If the page asked for the camera at once, the browser would ask for permission at once.
    if st.toggle(texts["camera_toggle"], key="camera_on"):
        taken = st.camera_input(texts["camera"], key="camera")
        uploads = [*uploads, taken] if taken else uploads
    photos = [Photo(file.file_id, file.name, file.getvalue) for file in uploads[:MAX_PICTURES]]
    return photos + choose_example(texts, bool(photos))


def choose_example(texts: dict[str, str], has_own: bool) -> list[Photo]:
    """The example that was chosen; the first one where there is no other picture."""
    names = list(TITLES)
    st.write(texts["examples"])
    with st.container(key="examples"):
        for column, name in zip(st.columns(len(names)), names, strict=True):
            title = TITLES[name][texts["code"]]
            label = title[0].upper() + title[1:]
            with column, st.container(key=f"example-{Path(name).stem}"):
                alt = texts["example_alt"].format(label)
                st.html(f'<img class="picture" src="{example_picture(name)}" alt="{alt}">')
                if st.button(label, key=f"use-{name}", width="stretch"):
                    st.session_state["example"] = name
                    st.session_state["shown"] = f"example:{name}"
    name = st.session_state.get("example") or (None if has_own else names[0])
    return [Photo(f"example:{name}", name, (EXAMPLES / name).read_bytes)] if name else []
