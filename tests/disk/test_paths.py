import contextlib
import os
import tempfile
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tf_cyclegan.disk.paths import check_apart, check_not_read, scratch
from tf_cyclegan.errors import UserError

_STEPS = ["a", "A", "b", "new", "New", "é", "e\u0301", "out", "up", "to_a", "nowhere", "file", "twin", ".partial-out"]
PATHS = st.lists(st.sampled_from([*_STEPS, ".", ".."]), min_size=1, max_size=4).map("/".join)


def make_tree(root):
    """Folders, files, links to both, into and out of them, one that leads nowhere, and a file of two names."""
    for folder in ("a/b", "out", "é"):
        (root / folder).mkdir(parents=True)
    (root / "a" / "file").write_text("a")
    (root / "out" / "file").write_text("out")
    os.link(root / "a" / "file", root / "out" / "twin")
    for link, target in {
        "to_a": "a",
        "a/up": "..",
        "out/a": "../a/b",
        "a/out": "../out/file",
        "nowhere": "new/b",
    }.items():
        (root / link).symlink_to(target)


def refused(output, *inputs):
    try:
        check_apart({"--out": output}, {"--photos": inputs})
    except UserError:
        return True
    return False


def real(path):
    """Where a file that is opened for writing would be."""
    return Path(os.path.realpath(path)).parts


def overlap(one, other):
    shared = min(len(one), len(other))
    return one[:shared] == other[:shared]


def any_spelling(parts):
    return tuple(unicodedata.normalize("NFC", unicodedata.normalize("NFD", part).casefold()) for part in parts)


@settings(deadline=None, max_examples=400)
@given(PATHS, PATHS)
def test_what_is_accepted_overlaps_in_no_spelling_and_what_is_refused_does(output, source):
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        make_tree(root)
        one, other = root / output, root / source
        if not refused(one, other):
            assert not overlap(real(one), real(other))
            # The file itself, where a link is replaced and not followed.
            assert not overlap((*real(one.parent), one.name), real(other)) or one.name in ("", "..")
            return
        ends = [real(one), (*real(one.parent), one.name), (*real(one.parent), f".partial-{one.name}")]
        ends.append((*real(one)[:-1], f".partial-{real(one)[-1]}"))
        found = [
            (any_spelling(a), any_spelling(b)) for a in ends for b in (real(other), (*real(other.parent), other.name))
        ]
        assert any(overlap(a, b) for a, b in found) or one.samefile(other)


@settings(deadline=None, max_examples=100)
@given(PATHS, PATHS)
def test_writing_what_is_accepted_changes_nothing_that_is_read(output, source):
    with tempfile.TemporaryDirectory() as place:
        root = Path(place, "deep", "root")
        root.mkdir(parents=True)
        make_tree(root)
        one, other = root / output, root / source
        if refused(one, other) or not other.exists():
            return
        before = contents(other)
        with contextlib.suppress(OSError):  # As a folder of results,
            one.mkdir(parents=True, exist_ok=True)
            (one / "written").write_text("written")
        with contextlib.suppress(OSError, ValueError):  # and as a file that takes its name when it is complete.
            scratch(one).write_text("written")
            scratch(one).replace(one)
        assert contents(other) == before


def contents(path):
    if path.is_file():
        return path.read_bytes()
    return {p.relative_to(path): p.read_bytes() for p in path.rglob("*") if p.is_file()}


@pytest.mark.parametrize("spelled", ["photos", "./photos", "photos/", "x/../photos", "link", "photos/sub/.."])
def test_the_same_folder_is_refused_however_it_is_spelled(tmp_path, monkeypatch, spelled):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "photos" / "sub").mkdir(parents=True)
    (tmp_path / "link").symlink_to("photos")
    with pytest.raises(UserError, match=r"--out .* is the same as --photos photos; choose"):
        check_apart({"--out": spelled}, {"--photos": "photos"})


@pytest.mark.parametrize(
    ("output", "how"),
    [("photos/new", "lies within"), ("photos/a/../new/b", "lies within"), (".", "holds"), ("..", "holds")],
)
def test_what_overlaps_is_named_with_both_options(tmp_path, monkeypatch, output, how):
    (tmp_path / "here" / "photos").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "here")
    with pytest.raises(UserError, match=rf"^--out {output} {how} --photos photos; choose"):
        check_apart({"--out": Path(output)}, {"--photos": "photos"})


def test_outputs_are_apart_from_one_another_and_from_what_is_unfinished(tmp_path):
    with pytest.raises(UserError, match=r"--out .* holds --saved-model"):
        check_apart({"--out": tmp_path / "x", "--saved-model": tmp_path / "X" / "y"}, {})
    with pytest.raises(UserError, match=r"--out's unfinished .* is the same as --photos"):
        check_apart({"--out": tmp_path / "x"}, {"--photos": tmp_path / ".partial-x"})


def test_neighbours_and_options_that_are_not_given_are_accepted(tmp_path):
    (tmp_path / "photos").mkdir()
    check_apart({"--out": tmp_path / "photos2", "--backup": ""}, {"--photos": tmp_path / "photos", "--weights": None})
    check_apart({"--out": tmp_path / "photo"}, {"--photos": [tmp_path / "photos", tmp_path / "photos"]})


def test_a_picture_that_is_a_link_into_the_output_is_an_input(tmp_path):
    for folder in ("photos", "out"):
        (tmp_path / folder).mkdir()
    (tmp_path / "out" / "a.jpg").write_text("a")
    (tmp_path / "photos" / "b.jpg").symlink_to(tmp_path / "out" / "a.jpg")
    assert not refused(tmp_path / "out", tmp_path / "photos")
    assert refused(tmp_path / "out", tmp_path / "photos", tmp_path / "photos" / "b.jpg")


def test_what_a_stream_is_read_from_is_not_written(tmp_path):
    film = tmp_path / "film.mjpeg"
    film.write_bytes(b"frames")
    with film.open("rb") as stream:
        with pytest.raises(UserError, match=r"--out .* is the file that is read from"):
            check_not_read("--out", film, stream)
        check_not_read("--out", tmp_path / "other.mjpeg", stream)
