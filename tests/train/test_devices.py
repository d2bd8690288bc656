import csv
import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from tf_cyclegan.errors import UserError
from tf_cyclegan.run.config import TrainConfig
from tf_cyclegan.train import devices
from tf_cyclegan.train.devices import Devices, default_precision, open_devices

ROOT = Path(__file__).resolve().parents[2]

# In a process of its own, because a CPU can be made two only before TensorFlow starts.
TRAIN = """
import sys
import tensorflow as tf
from tf_cyclegan.run.presets import config_for; from tf_cyclegan.train.training import train

data, folder = sys.argv[1:]
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)

def session(run, steps, devices, pool_size):
    # Networks that are quickly traced, and a rate that does not depend on the run's length.
    settings = {"generator": "resnet_6blocks", "filters": 2, "lambda_identity": 0.0, "schedule": "step"}
    settings |= {"decay_from": 0.0, "batch": 2, "ema": 0.9, "sample_steps": 1000, "deterministic": True}
    train(config_for(data, f"{folder}/{run}", "smoke", steps=steps, devices=devices, pool_size=pool_size, **settings))

session("one", 4, devices=1, pool_size=0)
session("two", 10, devices=2, pool_size=6)
for steps in (7, 10):
    session("sessions", steps, devices=2, pool_size=6)
"""


def losses(run) -> np.ndarray:
    with (run / "losses.csv").open() as file:
        return np.array(list(csv.reader(file))[1:], float)


@pytest.fixture(scope="module")
def runs(prepared, tmp_path_factory) -> Path:
    """Folder of runs on one device without pools, on two with pools that are full after six steps, and so again in
    two sessions. While a pool fills it gives every picture straight back."""
    folder = tmp_path_factory.mktemp("devices")
    words = [sys.executable, "-c", TRAIN, str(prepared), str(folder)]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return folder


@pytest.mark.slow
def test_two_replicas_do_what_one_device_does_with_the_joint_batch(runs):
    """For four steps: rounding differs between batches of one and of two, and grows tenfold every few steps."""
    one, two = losses(runs / "one"), losses(runs / "two")
    assert len(one) == 4
    np.testing.assert_allclose(two[:4], one, rtol=1e-4)


@pytest.mark.slow
def test_every_replica_keeps_a_pool_of_its_own_and_all_are_saved(runs):
    import tensorflow as tf

    reader = tf.train.load_checkpoint(str(runs / "two" / "checkpoints" / "ckpt-10"))
    shapes = reader.get_variable_to_shape_map()
    pools = [reader.get_tensor(name) for name, shape in shapes.items() if shape == [6, 32, 32, 3]]
    assert len(pools) == 4
    assert len({pool.tobytes() for pool in pools}) == 4
    assert all(np.abs(pool).max(axis=(1, 2, 3)).min() > 0 for pool in pools)


@pytest.mark.slow
def test_two_replicas_continue_where_they_were_with_their_pools(runs):
    np.testing.assert_allclose(losses(runs / "sessions"), losses(runs / "two"), rtol=1e-5)


def test_more_devices_than_there_are_are_refused():
    with pytest.raises(UserError, match="--devices 7: there is only 1"):
        open_devices(7)


def test_a_batch_that_cannot_be_shared_is_refused():
    with pytest.raises(UserError, match="batch 3 cannot be shared evenly by 2 devices"):
        TrainConfig(batch=3, devices=2)


def test_several_machines_need_jax(monkeypatch):
    monkeypatch.setenv("KERAS_DISTRIBUTION_NUM_PROCESSES", "2")
    with pytest.raises(UserError, match="set KERAS_BACKEND=jax"):
        open_devices(2)


def test_one_process_agrees_with_itself_after_every_step():
    assert Devices().agree(3, True)
    assert not Devices().agree(3, False)
    Devices().check_same(5)


def told_by_all(monkeypatch, values):
    monkeypatch.setattr(Devices, "_gather", lambda self, value: values)
    return Devices(2, process=0, processes=2)


def test_one_machine_that_wishes_to_stop_stops_all_at_the_same_step(monkeypatch):
    both = told_by_all(monkeypatch, [0, 1])
    assert not both.agree(devices.AGREE_EVERY + 1, True)
    assert both.agree(2 * devices.AGREE_EVERY, False)


def test_machines_that_see_different_checkpoints_are_reported(monkeypatch):
    with pytest.raises(UserError, match="--run must be a folder that all of them share"):
        told_by_all(monkeypatch, [10, 20]).check_same(10)


@pytest.mark.parametrize(
    ("capability", "precision"),
    [
        ((0, 0), "float32"),  # no GPU
        ((6, 0), "float32"),  # P100
        ((7, 5), "mixed_float16"),  # T4
        ((8, 0), "mixed_bfloat16"),  # A100
        ((9, 0), "mixed_bfloat16"),  # H100
    ],
)
def test_precision_follows_the_device(monkeypatch, capability, precision):
    monkeypatch.setattr(devices, "_compute_capability", lambda: capability)
    assert default_precision() == precision


@pytest.mark.skipif(bool(os.environ.get("CUDA_VISIBLE_DEVICES")), reason="there may be a GPU")
def test_without_a_gpu_nothing_is_found():
    assert devices._compute_capability() == (0, 0)
    assert keras.backend.backend() == "tensorflow"
