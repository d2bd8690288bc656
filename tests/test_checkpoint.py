import shutil
import warnings

import keras
import numpy as np
import pytest

from tf_cyclegan.checkpoint import KEPT, Checkpoints
from tf_cyclegan.errors import UserError


def variables(value: float, size: int = 50) -> list[keras.Variable]:
    return [
        keras.Variable(np.full((size,), value, np.float32), name="weight"),
        keras.Variable(int(value), name="count"),
    ]


def values(state) -> list[float]:
    return [float(np.max(np.asarray(v))) for v in state]


@pytest.fixture
def folder(tmp_path):
    """Checkpoints of steps 3 and 7, whose variables hold 3 and 7."""
    state = variables(3)
    checkpoints = Checkpoints(tmp_path / "checkpoints", state)
    checkpoints.save(3)
    for variable in state:
        variable.assign(variable + 4)
    checkpoints.save(7)
    return tmp_path / "checkpoints"


def damage(folder, step, share=0.5, suffix="data-00000-of-00001"):
    """Cuts a file off, as a full disk or a vanished mount leaves it."""
    file = folder / f"ckpt-{step}.{suffix}"
    data = file.read_bytes()
    file.write_bytes(data[: int(share * (len(data) - 1))])


def test_a_new_run_starts_at_step_0(tmp_path):
    assert Checkpoints(tmp_path / "none", variables(1)).restore() == 0


def test_the_newest_checkpoint_is_restored(folder):
    state = variables(0)
    assert Checkpoints(folder, state).restore() == 7
    assert values(state) == [7, 7]


def test_only_the_last_ones_are_kept(tmp_path):
    checkpoints = Checkpoints(tmp_path, variables(0))
    for step in range(1, 6):
        checkpoints.save(step)
    assert sorted(p.name for p in tmp_path.glob("*.index")) == ["ckpt-4.index", "ckpt-5.index"]
    assert KEPT == 2


def test_a_continued_run_removes_older_ones_too(folder):
    checkpoints = Checkpoints(folder, variables(0))
    checkpoints.restore()
    checkpoints.save(9)
    assert sorted(p.name for p in folder.glob("*.index")) == ["ckpt-7.index", "ckpt-9.index"]


def test_the_folder_may_move(folder, tmp_path):
    shutil.move(folder, tmp_path / "elsewhere")
    state = variables(0)
    assert Checkpoints(tmp_path / "elsewhere", state).restore() == 7
    assert values(state) == [7, 7]


@pytest.mark.parametrize("suffix", ["index", "data-00000-of-00001"])
@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_where_the_newest_is_damaged_the_one_before_is_used(folder, share, suffix):
    damage(folder, 7, share, suffix)
    state = variables(0)
    with pytest.warns(UserWarning, match=r"ckpt-7: damaged, the one before it is tried"):
        assert Checkpoints(folder, state).restore() == 3
    assert values(state) == [3, 3]


@pytest.mark.parametrize("suffix", ["index", "data-00000-of-00001"])
def test_where_a_file_of_the_newest_is_missing_the_one_before_is_used(folder, suffix):
    (folder / f"ckpt-7.{suffix}").unlink()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert Checkpoints(folder, variables(0)).restore() == 3


def test_a_changed_byte_is_damage_too(folder):
    file = folder / "ckpt-7.data-00000-of-00001"
    data = bytearray(file.read_bytes())
    data[data.index(np.float32(7).tobytes())] ^= 1
    file.write_bytes(data)
    state = variables(0)
    with pytest.warns(UserWarning, match="damaged"):
        assert Checkpoints(folder, state).restore() == 3
    assert values(state) == [3, 3]


def test_after_a_damaged_one_the_run_goes_on(folder):
    damage(folder, 7)
    state = variables(0)
    checkpoints = Checkpoints(folder, state)
    with pytest.warns(UserWarning, match="damaged"):
        checkpoints.restore()
    checkpoints.save(7)
    again = variables(0)
    assert Checkpoints(folder, again).restore() == 7
    assert values(again) == [3, 3]


def test_where_all_are_damaged_it_is_told(folder):
    damage(folder, 3)
    damage(folder, 7)
    with (
        pytest.warns(UserWarning, match="damaged"),
        pytest.raises(UserError, match="no checkpoint can be read; remove the folder to start the run anew"),
    ):
        Checkpoints(folder, variables(0)).restore()


def test_other_shapes_are_no_checkpoint_of_this_run(folder):
    with (
        pytest.warns(UserWarning, match="damaged"),
        pytest.raises(UserError, match="no checkpoint can be read"),
    ):
        Checkpoints(folder, variables(0, size=51)).restore()


@pytest.mark.parametrize("content", [None, b"", b"garbage \xff"])
def test_a_lost_list_of_checkpoints_does_not_start_the_run_anew(folder, content):
    """TensorFlow lists the checkpoints in a file of its own. Without it, two good checkpoints still lie there."""
    (folder / "checkpoint").unlink()
    if content is not None:
        (folder / "checkpoint").write_bytes(content)
    try:
        assert Checkpoints(folder, variables(0)).restore() == 7
    except UserError as error:
        assert str(folder) in str(error)


def test_a_place_that_cannot_be_written_is_told(folder):
    checkpoints = Checkpoints(folder, variables(0))
    shutil.rmtree(folder)
    folder.write_text("a file where the folder was")
    with pytest.raises(UserError, match="checkpoint 9 could not be written"):
        checkpoints.save(9)


def test_a_second_optimizer_of_the_same_process_restores_what_the_first_saved(tmp_path):
    """As in a notebook: Keras counts names up (adam, adam_1), but the variables are the same."""

    def state():
        weight = keras.Variable(np.zeros(3, np.float32), name="weight")
        optimizer = keras.optimizers.Adam()
        optimizer.build([weight])
        return [weight, *optimizer.variables]

    first, second = state(), state()
    first[0].assign([1, 2, 3])
    Checkpoints(tmp_path, first).save(5)
    assert Checkpoints(tmp_path, second).restore() == 5
    np.testing.assert_array_equal(np.asarray(second[0]), [1, 2, 3])
