import os
import tempfile
import unicodedata
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tf_cyclegan.disk.names import MAX_BYTES, folded, is_plain, printable, safe_name, unique_names, unique_paths

# Surrogates too: names that are no UTF-8 come from a file system with them.
_ANY = st.text(st.characters(exclude_categories=()), max_size=40)
_ODD = st.sampled_from(
    [
        *(
            "",
            ".",
            "..",
            "../x",
            "a/b",
            "a\\b",
            "C:x",
            "CON",
            "con.old",
            "nul ",
            "COM1",
            "lpt²",
            "a.",
            "a ",
            ".a",
            "\0",
        ),
        *("\n", "a", "A", "a_2", "é", "e\u0301", "ß", "ss", "\udcff", "\udcfe", "a\u200d"),
        *("x" * 300, "x" * 301, "é" * 200, "😀" * 90),
    ]
)
NAMES = st.lists(_ODD | _ANY, max_size=12)
_PORTS = {f"{port}{number}" for port in ("com", "lpt") for number in "123456789¹²³"}
_DEVICES = {"con", "prn", "aux", "nul", "conin$", "conout$"} | _PORTS


def compared(name):
    """As the Unicode standard compares names without regard to case (D145)."""
    return unicodedata.normalize("NFD", unicodedata.normalize("NFD", name).casefold())


def check_plain(name):
    assert name not in ("", ".", "..")
    assert not set(name) & set('/\\<>:"|?*')
    assert not any(unicodedata.category(c) in ("Cc", "Cs") for c in name)
    assert len(name.encode()) <= MAX_BYTES
    assert not name.startswith(".")
    assert not name.endswith((".", " "))
    assert name.split(".")[0].rstrip(" ").lower() not in _DEVICES


@given(NAMES)
@example(["a"] * 20 + ["A", "a_2", "a_3"])
@example(["x" * 300 + str(i) for i in range(12)])
def test_every_name_is_a_plain_file_of_its_own(names):
    found = unique_names(names, ".jpg")
    assert len(found) == len(names)
    assert len({compared(name) for name in found}) == len(names)
    for name in found:
        assert name.endswith(".jpg")
        check_plain(name)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.lists(_ODD | _ANY, min_size=1, max_size=3), max_size=8))
@example([["x.jpg", "y"], ["x"], ["X.JPG", "y"]])
def test_every_path_can_be_made_within_its_folder(paths):
    found = unique_paths(paths, ".jpg")
    with tempfile.TemporaryDirectory() as place:
        for name in found:
            path = Path(place, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.with_name(f".partial-{path.name}").open("xb"):
                path.with_name(f".partial-{path.name}").rename(path)
            for part in name.split("/"):
                check_plain(part)
        made = {os.path.relpath(Path(folder, file), place) for folder, _, files in os.walk(place) for file in files}
    assert made == set(found)
    assert len({compared(name) for name in found}) == len(paths)


def earlier(names):
    """The rule by which files were named before there was a module for it."""
    found = {}
    for work in names:
        path = PurePosixPath(work)
        stem = name = "_".join(path.with_suffix("").parts) if path.suffix else work
        number = 1
        while f"{name}.jpg" in found:
            number += 1
            name = f"{stem}_{number}"
        found[f"{name}.jpg"] = None
    return list(found)


_WORD = st.text("abcéü01_- ,()'", min_size=1, max_size=6)


@given(st.lists(st.tuples(st.lists(_WORD, min_size=1, max_size=2), st.sampled_from(["", ".jpg", ".png"])), max_size=12))
def test_harmless_names_stay_what_they_were(paths):
    from tf_cyclegan.prepare.dataset import _stem

    names = ["/".join(parts) + end for parts, end in paths if end or len(parts) == 1]
    assert unique_names(map(_stem, names), ".jpg") == earlier(names)


@pytest.mark.parametrize("name", ["a", "IMG 1234", "001", "Müller (1)", "東京", "a.b", "com10", "console"])
def test_a_name_without_fault_stays(name):
    assert safe_name(name) == name


def test_a_file_gets_no_folder_s_name():
    assert unique_paths([["x.jpg", "y"], ["x"]], ".jpg") == ["x.jpg/y.jpg", "x_2.jpg"]


def test_what_one_disk_takes_for_two_is_one_where_another_does():
    assert (
        len({folded(name) for name in ("É.jpg", "é.jpg", "e\u0301.jpg", "E\u0301.JPG", "é.jpg ", "é\u200b.jpg")}) == 1
    )
    assert folded("a.jpg") != folded("b.jpg")


def test_bytes_that_are_no_text_can_be_written_and_stay_apart():
    names = [os.fsdecode(b"a\xff"), os.fsdecode(b"a\xfe"), "a"]
    assert [printable(name) for name in names] == ["a\\udcff", "a\\udcfe", "a"]


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a\\b", "C:a", "a\0", "a\n", "\udcff"])
def test_what_leads_elsewhere_is_not_plain(name):
    assert not is_plain(name)
    assert is_plain("model_256.tflite")
