import pytest
from hypothesis import given
from hypothesis import strategies as st

from tf_cyclegan.disk.manifest import write_manifest
from tf_cyclegan.run.kept import copies, files_of, kept_steps, newest_whole, step_files

# What Google Drive and other clouds make of names.
STRANGE = (
    *("{} (1)", "{} (1).json", "Copy of {}", "Kopie von {}.json"),
    *("{}.json.tmp", "{}.json (2)", ".{}.json", "{}x.json"),
)


@pytest.fixture
def folder(tmp_path):
    for step in (4, 12):
        (tmp_path / f"ckpt-{step}.npz").write_bytes(b"weights")
        write_manifest(tmp_path / f"ckpt-{step}.json", [tmp_path / f"ckpt-{step}.npz"])
    (tmp_path / "ckpt-15.data-00000-of-00001").write_bytes(b"of a save that was cut off")
    return tmp_path


def test_a_checkpoint_counts_when_its_manifest_is_there(folder):
    assert kept_steps(folder) == [12, 4]
    assert {step for step, _ in step_files(folder)} == {4, 12, 15}
    assert [path.name for path in files_of(folder, 4)] == ["ckpt-4.npz", "ckpt-4.json"]


def test_the_newest_whole_one_is_not_a_damaged_one(folder):
    assert newest_whole(folder) == 12
    (folder / "ckpt-12.npz").write_bytes(b"w")
    assert newest_whole(folder) == 4
    assert newest_whole(folder / "none") == 0


@pytest.mark.parametrize("form", STRANGE)
def test_copies_that_a_cloud_made_are_passed_over(folder, form):
    before = step_files(folder)
    (folder / form.format("ckpt-12")).write_text("{")
    assert step_files(folder) == before
    assert kept_steps(folder) == [12, 4]
    (folder / "backup" / "ckpt-3").mkdir(parents=True)
    (folder / "backup" / form.format("ckpt-3")).mkdir()
    assert copies(folder / "backup") == [(3, folder / "backup" / "ckpt-3")]


@given(st.text(st.characters(blacklist_characters="/\0", blacklist_categories=("Cs",)), min_size=1, max_size=20))
def test_no_name_is_taken_for_a_step_that_is_not_one(tmp_path_factory, text):
    folder = tmp_path_factory.mktemp("names")
    if len(text.encode()) < 200 and text not in (".", ".."):
        (folder / f"ckpt-{text}").write_text("")
        for step, path in step_files(folder):
            assert path.name.startswith(f"ckpt-{step}.") or path.name.startswith("ckpt-0")
