"""Folders as users have them: pictures of every kind under any name, other files, hidden and system folders, links."""

import io
import zipfile
from pathlib import Path
from typing import NamedTuple

import numpy as np
from hypothesis import strategies as st
from PIL import Image
from pillow_heif import register_heif_opener

register_heif_opener(thumbnails=False)


def encoded(kind: str, seed: int = 0, **options: object) -> bytes:
    """A picture of 40×30 pixels in one of Pillow's formats."""
    coarse = np.random.default_rng(seed).integers(0, 256, (4, 5, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(coarse).resize((40, 30), Image.Resampling.BICUBIC).save(file, kind, **options)
    return file.getvalue()


# By the names of `picture_kinds.KINDS`; Pillow writes no PSD.
PICTURES = {
    "JPEG": encoded("JPEG"),
    "PNG": encoded("PNG"),
    "WebP": encoded("WEBP"),
    "TIFF": encoded("TIFF"),
    "GIF": encoded("GIF"),
    "BMP": encoded("BMP"),
    "AVIF": encoded("AVIF"),
    "HEIC": encoded("HEIF"),
    "JPEG 2000": encoded("JPEG2000"),
    "PPM": encoded("PPM"),
    "QOI": encoded("QOI"),
}
FILM = b"\0\0\0\x18ftypmp42\0\0\0\0isommp42" + bytes(range(256)) * 4
MOTION_PHOTO = PICTURES["JPEG"] + FILM + b"\xff\xda\xff\xd9" * 100
# What files hold, by name, so that failing cases are short.
CONTENTS = {**PICTURES, "motion": MOTION_PHOTO, "film": FILM, "empty": b"", "text": b"text"}
USUAL = (".jpg", ".JPG", ".jpeg", ".png", ".webp", ".tif", ".TIFF", ".bmp", ".gif")
UNUSUAL = (".jfif", ".JFIF", ".avif", ".heic", ".HEIC", ".heif", ".MP", ".jp2", ".txt", ".mp4", "", ".ärger", ".")
HIDDEN = (
    *(".ipynb_checkpoints", ".Trash-1000", ".DS_Store", "._x.jpg", ".x.jpg", "__MACOSX", "@eaDir", "Thumbs.db"),
    *("THUMBS.DB", "desktop.ini", "$RECYCLE.BIN", "System Volume Information", "lost+found"),
)

stems = st.sampled_from(["IMG_0001", "a", "b", "Ä", "x y", "2024", "z"])
plain_names = st.builds("".join, st.tuples(stems, st.sampled_from(USUAL + UNUSUAL))).filter(lambda name: name != ".")
names = st.one_of(plain_names, plain_names, st.sampled_from(HIDDEN))
contents = st.one_of(st.sampled_from([*CONTENTS]), st.binary(max_size=80))
# A folder is a dictionary: name → what a file holds, or a folder.
folders = st.recursive(
    st.dictionaries(names, contents, max_size=4),
    lambda inner: st.dictionaries(names, st.one_of(contents, inner), max_size=4),
    max_leaves=12,
)


class Link(NamedTuple):
    """A link: from which folder, of which name, to which place; by number, modulo how many there are."""

    place: int
    name: str
    target: int


links = st.lists(st.builds(Link, st.integers(0, 20), names, st.integers(0, 20)), max_size=4)


def write_tree(folder: Path, tree: dict) -> Path:
    folder.mkdir(parents=True)
    for name, content in tree.items():
        if isinstance(content, dict):
            write_tree(folder / name, content)
        else:
            (folder / name).write_bytes(CONTENTS[content] if isinstance(content, str) else content)
    return folder


def write_links(top: Path, wanted: list[Link]) -> None:
    """Links from any folder below `top` to any folder or file there, to `top` itself, or to nothing."""
    places = sorted(p for p in top.rglob("*") if p.is_dir())
    targets = [*sorted(top.rglob("*")), top, top / "nothing"]
    for link in wanted:
        path = places[link.place % len(places)] / link.name
        if not path.exists() and not path.is_symlink():
            path.symlink_to(targets[link.target % len(targets)])


def zip_tree(folder: Path, path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as made:
        for file in sorted(folder.rglob("*")):
            made.write(file, file.relative_to(folder))
    return path
