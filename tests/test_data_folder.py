import hashlib
import shutil

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tf_cyclegan.data_folder import TrainingPictures, find_data
from tf_cyclegan.errors import UserError
from tf_cyclegan.run.config import TrainConfig
from tf_cyclegan.run.trained_on import read_trained_on, write_trained_on


@pytest.fixture
def place(prepared, tmp_path):
    """A project's folder: `data/one`, and `runs/one` that was trained on it."""
    shutil.copytree(prepared, tmp_path / "project" / "data" / "one")
    write_run(tmp_path / "project", str(tmp_path / "project"))
    return tmp_path / "project"


def write_run(project, root):
    run = project / "runs" / "one"
    run.mkdir(parents=True, exist_ok=True)
    digest = TrainingPictures(project / "data" / "one").digest()
    prefix = f"{root}/" if root else ""
    config = TrainConfig(data=f"{prefix}data/one", run=f"{prefix}runs/one", data_digest=digest)
    (run / "config.json").write_text(config.to_json())
    return run


@pytest.mark.parametrize(
    "root", [None, "", "C:\\teams\\ours", "/content"], ids=["here", "relative", "Windows", "Colab"]
)
def test_the_data_is_found_from_the_run_wherever_both_are(place, root, tmp_path, monkeypatch):
    run = place / "runs" / "one"
    if root is not None:
        write_run(place, root)
    (tmp_path / "elsewhere" / "data" / "one").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert find_data(run).folder.resolve() == place / "data" / "one"
    shutil.move(place, tmp_path / "moved")
    assert find_data(tmp_path / "moved" / "runs" / "one").folder.resolve() == tmp_path / "moved" / "data" / "one"


def test_data_that_was_moved_is_named(place, tmp_path):
    run = place / "runs" / "one"
    shutil.move(place / "data" / "one", tmp_path / "there")
    with pytest.raises(UserError, match=r"data/one: the data of .*one is not there; .* --data DIR"):
        find_data(run)
    assert find_data(run, tmp_path / "there").folder == tmp_path / "there"


@given(
    number=st.integers(0, 11), byte=st.integers(0, 10_000), kind=st.sampled_from(["content", "name", "gone", "more"])
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30, deadline=None)
def test_any_change_of_the_training_pictures_is_noticed(place, number, byte, kind):
    run, folder = place / "runs" / "one", place / "data" / "one"
    path = TrainingPictures(folder).paths[number]
    before = path.read_bytes()
    other = path.with_name("zzz.jpg")
    if kind == "content":
        path.write_bytes(bytes(b ^ (i == byte % len(before)) for i, b in enumerate(before)))
    elif kind == "name":
        path.rename(other)
    elif kind == "gone":
        path.unlink()
    else:
        shutil.copy(path, other)
    try:
        with pytest.raises(UserError, match=r"the training pictures are not those that .* was trained on"):
            find_data(run)
        with pytest.raises(UserError, match="the training pictures are not those"):
            find_data(run, folder)
    finally:
        other.unlink(missing_ok=True)
        path.write_bytes(before)
    assert find_data(run).folder == folder


def test_held_out_pictures_may_change(place):
    next((place / "data" / "one" / "testA").iterdir()).unlink()
    find_data(place / "runs" / "one")


def test_what_networks_have_seen_is_written_down(place):
    pictures = TrainingPictures(place / "data" / "one")
    assert pictures.hashes == [hashlib.sha256(path.read_bytes()).hexdigest() for path in pictures.paths]
    run = place / "runs" / "one"
    assert read_trained_on(run) == set()
    write_trained_on(run, [*pictures.hashes, pictures.hashes[0]])
    assert read_trained_on(run) == set(pictures.hashes)
