import io
import os
import random
import tempfile
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import make_picture, make_pictures, make_truncated_jpeg
from tests.picture_trees import (
    HIDDEN,
    MOTION_PHOTO,
    PICTURES,
    UNUSUAL,
    USUAL,
    folders,
    links,
    write_links,
    write_tree,
)
from tf_cyclegan.data_folder import TrainingPictures
from tf_cyclegan.disk.names import printable
from tf_cyclegan.errors import UserError
from tf_cyclegan.pictures import listing
from tf_cyclegan.pictures.files import open_picture
from tf_cyclegan.pictures.listing import (
    NO_FILE,
    NO_PERMISSION,
    NO_PICTURE,
    NO_TARGET,
    SUFFIXES,
    TO_ABOVE,
    find_pictures,
)


def find(folder):
    """Pictures and what was left out, also where there is no picture."""
    (folder / "zz_one.jpg").write_bytes(PICTURES["JPEG"])
    found = find_pictures(folder)
    assert folder / "zz_one.jpg" in found.pictures
    return [p for p in found.pictures if p != folder / "zz_one.jpg"], found.left_out


def is_hidden(name):
    return name.startswith(".") or name.lower() in {hidden.lower() for hidden in HIDDEN}


def reachable(root: Path) -> tuple[set[Path], set[Path]]:
    """Files that are not hidden, by where they really lie (a link to a file by where the link lies), and links to
    folders above themselves. Written to be simple, not quick."""
    files, above, seen, waiting = set(), set(), set(), [root]
    while waiting:
        folder = waiting.pop().resolve()
        if folder in seen:
            continue
        seen.add(folder)
        for path in folder.iterdir():
            if is_hidden(path.name):
                continue
            if not path.is_dir():
                files.add(path)
            elif path.is_symlink() and path.resolve() in (folder, *folder.parents):
                above.add(path)
            else:
                waiting.append(path)
    return files, {path for path in above if path.resolve() not in seen}


def decodes(path: Path) -> bool:
    try:
        open_picture(path)
    except UserError:
        return False
    return True


@settings(deadline=None, max_examples=150)
@given(tree=folders, elsewhere=folders, wanted=links)
def test_every_picture_is_listed_once_or_named_and_nothing_hidden_is(tree, elsewhere, wanted):
    with tempfile.TemporaryDirectory() as name:
        top = Path(name).resolve()
        root = write_tree(top / "photos", tree)
        write_tree(top / "elsewhere", elsewhere)
        write_links(top, wanted)
        pictures, left_out = find(root)
        files, above = reachable(root)
        files -= {root / "zz_one.jpg"}
        places = Counter(path.parent.resolve() / path.name for path in pictures)
        named = {(root / name).parent.resolve() / Path(name).name for name in left_out}
        assert set(places.values()) <= {1}
        assert places.keys() | named == files | above
        assert not places.keys() & named
        for path in files:
            # Of a usual ending everything that exists, else whatever is a picture by its bytes.
            if decodes(path) or (path.suffix.lower() in SUFFIXES and path.is_file()):
                assert path in places, path
        for path in places:
            assert decodes(path) or path.suffix.lower() in SUFFIXES or listing.kind_of(path.read_bytes())


class Shuffled:
    def __init__(self, entries, seed):
        self._entries = list(entries)
        random.Random(seed).shuffle(self._entries)

    def __enter__(self):
        return iter(self._entries)

    def __exit__(self, *_):
        pass

    def close(self):
        pass


@settings(deadline=None, max_examples=60)
@given(tree=folders, elsewhere=folders, wanted=links, seed=st.integers(0, 1000))
def test_the_list_does_not_depend_on_the_order_in_which_the_file_system_gives_names(tree, elsewhere, wanted, seed):
    scandir = os.scandir

    def shuffled(path):
        with closing(scandir(path)) as entries:
            return Shuffled(entries, seed)

    with tempfile.TemporaryDirectory() as top:
        root = write_tree(Path(top) / "photos", tree)
        write_tree(Path(top) / "elsewhere", elsewhere)
        write_links(Path(top), wanted)
        before = find(root)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(listing.os, "scandir", shuffled)
            after = find(root)
    assert (before[0], list(before[1].items())) == (after[0], list(after[1].items()))


ordinary = st.recursive(
    st.dictionaries(st.sampled_from([f"{s}{e}" for s in "abZ" for e in USUAL]), st.just("PNG"), max_size=5),
    lambda inner: st.dictionaries(st.sampled_from(["summer", "a", "B.jpg", "x.y"]), inner, max_size=3),
    max_leaves=6,
)


@settings(deadline=None, max_examples=60)
@given(tree=ordinary)
def test_of_ordinary_folders_the_list_is_what_it_always_was(tree):
    """Splits, fingerprints and runs that are under way depend on it."""
    with tempfile.TemporaryDirectory() as top:
        root = write_tree(Path(top) / "photos", tree)
        find(root)
        files = (p for p in root.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file())
        assert find_pictures(root) == (sorted(files, key=lambda p: p.relative_to(root).parts), {})


endings = st.one_of(st.sampled_from(USUAL + UNUSUAL), st.text("abcXYZ019 ._-ß", max_size=6))


@settings(deadline=None, max_examples=200)
@given(kind=st.sampled_from([*PICTURES, "motion"]), ending=endings)
def test_a_picture_of_every_kind_is_listed_and_opened_under_any_ending(kind, ending):
    with tempfile.TemporaryDirectory() as top:
        path = Path(top) / f"IMG{ending}"
        path.write_bytes(MOTION_PHOTO if kind == "motion" else PICTURES[kind])
        assert find_pictures(top) == ([path], {})
        assert open_picture(path).size == (40, 30)


@settings(deadline=None, max_examples=200)
@given(data=st.binary(max_size=300), ending=endings)
def test_what_is_no_picture_is_named_under_any_ending(data, ending):
    """By the list, or when it is opened."""
    with tempfile.TemporaryDirectory() as top:
        (Path(top) / f"IMG{ending}").write_bytes(data)
        try:
            (path,) = find_pictures(top).pictures
        except UserError as error:
            assert printable(f"IMG{ending}") in str(error)
        else:
            with pytest.raises(UserError, match="IMG"):
                open_picture(path)


@pytest.mark.parametrize("hidden", HIDDEN)
def test_what_systems_and_other_programs_put_there_is_passed_over_as_folder_and_as_file(tmp_path, hidden):
    folder = make_pictures(tmp_path / "photos", 2)
    (folder / "sea").mkdir()
    (folder / "sea" / hidden).write_bytes(PICTURES["JPEG"])
    make_pictures(folder / hidden / "deep", 2)
    assert [p.name for p in find_pictures(folder).pictures] == ["000.jpg", "001.jpg"]
    assert find_pictures(folder).left_out == {}


def test_the_folder_itself_may_be_hidden_or_a_link(tmp_path):
    make_pictures(tmp_path / ".cache" / "photos", 2)
    (tmp_path / "photos").symlink_to(tmp_path / ".cache" / "photos")
    for folder in (tmp_path / ".cache" / "photos", tmp_path / "photos"):
        assert find_pictures(folder).pictures == [folder / "000.jpg", folder / "001.jpg"]


def test_links_to_folders_are_followed_once_and_loops_end(tmp_path):
    make_pictures(tmp_path / "monet", 2)
    folder = make_pictures(tmp_path / "photos", 1)
    make_pictures(folder / "z", 1)
    (folder / "b").mkdir()
    targets = {"a": "z", "b/m": "../../monet", "c": "../monet", "loop": ".", "up": "..", "gone": "nowhere"}
    for name, target in targets.items():
        (folder / name).symlink_to(target)
    (tmp_path / "monet" / "back").symlink_to(folder)
    pictures, left_out = find_pictures(folder)
    assert [p.relative_to(folder).as_posix() for p in pictures] == [
        "000.jpg",
        "b/m/000.jpg",
        "b/m/001.jpg",
        "z/000.jpg",
    ]
    assert left_out == {"gone": NO_TARGET, "up": TO_ABOVE}


@pytest.fixture
def sealed(monkeypatch):
    """Called, it seals folders and files that begin with "sealed". Root may read everything, so it is acted."""
    scandir, open_path = os.scandir, Path.open

    def refuse(path):
        if Path(path).name.startswith("sealed"):
            raise PermissionError(13, "Permission denied", str(path))

    def seal():
        monkeypatch.setattr(listing.os, "scandir", lambda path: refuse(path) or scandir(path))
        monkeypatch.setattr(Path, "open", lambda path, *a, **k: refuse(path) or open_path(path, *a, **k))

    return seal


def test_what_may_not_be_read_is_named_with_that_reason(tmp_path, sealed):
    files = {"000.jpg": "JPEG", "sealed": {"a.jpg": "JPEG"}, "sealed.jfif": "JPEG", "sealed.jpg": "JPEG"}
    folder = write_tree(tmp_path / "photos", files)
    sealed()
    pictures, left_out = find_pictures(folder)
    assert [p.name for p in pictures] == ["000.jpg", "sealed.jpg"]
    assert left_out == {"sealed": NO_PERMISSION, "sealed.jfif": NO_PERMISSION}
    with pytest.raises(UserError, match=r"sealed\.jpg: no permission to read it"):
        open_picture(folder / "sealed.jpg")
    with pytest.raises(UserError, match="sealed: no permission to read this folder"):
        find_pictures(folder / "sealed")


def test_a_pipe_is_named_and_not_waited_for(tmp_path):
    folder = make_pictures(tmp_path / "photos", 1)
    os.mkfifo(folder / "pipe")
    assert find_pictures(folder).left_out == {"pipe": NO_FILE}


def test_a_name_that_is_no_text_is_named_so_that_it_can_be_printed(tmp_path):
    folder = make_pictures(tmp_path / "photos", 1)
    (folder / "caf\udce9.txt").write_text("x")
    (name,) = find_pictures(folder).left_out
    assert name == "caf\\udce9.txt"
    assert name.encode("utf-8")


def test_a_folder_without_pictures_says_what_is_there(tmp_path):
    with pytest.raises(UserError, match=r"no pictures in this folder$"):
        find_pictures(tmp_path)
    for i in range(7):
        (tmp_path / f"{i}.txt").write_text("x")
    expected = rf"no pictures in this folder \({NO_PICTURE}: 7 \(0.txt; 1.txt; 2.txt; 3.txt; 4.txt …\)\)"
    with pytest.raises(UserError, match=expected):
        find_pictures(tmp_path)


@pytest.mark.parametrize("name", ["none", "file.jpg", "none/deeper", "nul\0"])
def test_a_missing_folder_is_reported(tmp_path, name):
    (tmp_path / "file.jpg").write_bytes(b"")
    with pytest.raises(UserError, match="no such folder"):
        find_pictures(tmp_path / name)


def test_ordinary_pictures_are_listed_without_a_look_into_them(tmp_path, monkeypatch):
    """On a network drive every look costs milliseconds."""
    folder = make_pictures(tmp_path / "photos", 3)
    monkeypatch.setattr(Path, "open", lambda *_: pytest.fail("opened"))
    assert len(find_pictures(folder).pictures) == 3


def test_a_damaged_picture_is_listed_and_named_when_it_is_opened(tmp_path):
    make_truncated_jpeg(tmp_path / "cut.jpg")
    (tmp_path / "empty.jpg").write_bytes(b"")
    assert len(find_pictures(tmp_path).pictures) == 2


def digest(data):
    return TrainingPictures(data).digest()


def test_a_hidden_folder_that_appears_changes_no_run(prepared, tmp_path):
    import shutil

    data = shutil.copytree(prepared, tmp_path / "data")
    before = digest(data)
    for hidden in (".ipynb_checkpoints", "@eaDir"):
        make_pictures(data / "trainA" / hidden, 2)
    (data / "trainB" / "Thumbs.db").write_bytes(b"x")
    assert digest(data) == before == digest(prepared)
    make_picture().save(data / "trainA" / "more.jpg")
    assert digest(data) != before


def test_the_list_is_of_pictures_that_open_the_same_from_memory(tmp_path):
    (tmp_path / "IMG_0001.jpg").write_bytes(PICTURES["HEIC"])
    (path,) = find_pictures(tmp_path).pictures
    assert open_picture(path).tobytes() == open_picture(io.BytesIO(path.read_bytes()), name="x").tobytes()
