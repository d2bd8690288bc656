import shutil

import keras
import pytest

from export.source import open_source, steps_of
from tf_cyclegan.data_folder import TrainingPictures
from tf_cyclegan.disk.manifest import write_manifest
from tf_cyclegan.errors import UserError
from tf_cyclegan.networks.files import load_network, save_model, saved_step
from tf_cyclegan.run.config import TrainConfig


@pytest.fixture
def run(tmp_path, keras_file, prepared):
    """A run that was killed after step 12, whose generator and last checkpoint are of step 9."""
    run = tmp_path / "run"
    (run / "checkpoints").mkdir(parents=True)
    for step in (6, 9):
        write_manifest(run / "checkpoints" / f"ckpt-{step}.json", [])
    (run / "losses.csv").write_text("step,a\n" + "".join(f"{i},0.5\n" for i in range(1, 12)) + "12,0.")
    shutil.copytree(prepared, tmp_path / "data")
    (tmp_path / "data" / "prepare.json").write_text('{"period": "Rococo"}')
    digest = TrainingPictures(tmp_path / "data").digest()
    config = TrainConfig(data=str(tmp_path / "data"), run=str(run), data_digest=digest)
    (run / "config.json").write_text(config.to_json())
    save_model(load_network(keras_file), run / "generator.keras", 9)
    return run


def test_the_steps_are_those_of_the_generator_and_not_of_the_losses(run, keras_file):
    assert steps_of(run, run / "generator.keras") == 9
    save_model(load_network(keras_file), run / "generator.keras", 7)
    assert steps_of(run, run / "generator.keras") == 7
    assert open_source(run, "photo-to-painting").about["steps"] == 7


def test_a_generator_of_an_older_version_has_the_steps_of_the_newest_checkpoint(run, keras_file):
    shutil.copy(keras_file, run / "generator.keras")
    assert saved_step(run / "generator.keras") is None
    assert steps_of(run, run / "generator.keras") == 9


@pytest.mark.parametrize(("losses", "steps"), [("step,a\n1,2\n2,3\n34,", 2), ("step,a\n", 0), ("ste", 0), ("", 0)])
def test_without_checkpoints_they_are_those_of_the_last_whole_row(run, keras_file, losses, steps):
    """As in a run of an older version whose checkpoints were deleted."""
    shutil.copy(keras_file, run / "generator.keras")
    shutil.rmtree(run / "checkpoints")
    (run / "losses.csv").write_text(losses)
    assert steps_of(run, run / "generator.keras") == steps


def test_a_step_in_the_file_changes_nothing_of_the_network(run, keras_file):
    for ours, theirs in zip(
        *(load_network(p).get_weights() for p in (run / "generator.keras", keras_file)), strict=True
    ):
        assert (ours == theirs).all()
    assert isinstance(keras.saving.load_model(run / "generator.keras"), keras.Model)


def test_data_of_other_pictures_is_not_told_of(run, tmp_path):
    found = open_source(run, "photo-to-painting")
    assert (found.about["period"], found.missing) == ("Rococo", "")
    assert found.held_out == tmp_path / "data" / "testA"
    next((tmp_path / "data" / "trainA").iterdir()).unlink()
    (tmp_path / "data" / "prepare.json").write_text('{"period": "Baroque"}')
    found = open_source(run, "photo-to-painting")
    assert "period" not in found.about
    assert (found.held_out, found.training) == (None, None)
    assert found.missing == f"{tmp_path / 'data'}: the training pictures are not those that {run} was trained on"


def test_a_run_that_is_not_there_is_reported(tmp_path):
    with pytest.raises(UserError, match="is this the folder of a run"):
        open_source(tmp_path, "photo-to-painting")
