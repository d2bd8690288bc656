"""The same training on JAX, in processes where TensorFlow cannot be imported."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import free_port
from tf_cyclegan.errors import UserError
from tf_cyclegan.run.config import load_config
from tf_cyclegan.run.evaluations import read_evaluations
from tf_cyclegan.run.presets import config_for
from tf_cyclegan.train.training import train

pytest.importorskip("jax")
pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = Path(__file__).parent / "reference" / "training"

# Compiling is most of the time: unoptimized code is compiled in 0.6 of it, and computes the same.
QUICKLY = "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true"

TRACE = """
import json, sys
import keras
import numpy as np
import tf_cyclegan.networks.build  # Importing it sets float32, so before float64 is set.
from tf_cyclegan.networks.published.state_dict import load_state_dict
from tf_cyclegan.networks.published.reading import build_from_state_dict
from tf_cyclegan.objective.cyclegan import CycleGAN
from tf_cyclegan.objective.terms import build_terms
from tf_cyclegan.run.config import TrainConfig
from tf_cyclegan.train.adam import Adam

keras.config.set_floatx("float64")
keras.config.set_dtype_policy("float64")
files = {"generator_g": "G_A", "generator_f": "G_B", "discriminator_x": "D_B", "discriminator_y": "D_A"}
networks = {n: build_from_state_dict(load_state_dict(f"{sys.argv[1]}/{file}.pth")) for n, file in files.items()}
pictures = {key: value.transpose(0, 2, 3, 1) for key, value in np.load(f"{sys.argv[1]}/inputs.npz").items()}
model = CycleGAN(**networks, terms=build_terms(TrainConfig()), pool_size=0)
model.compile(optimizer=Adam())
losses = []
for step in range(20):
    pair = {"x": pictures["A"][step : step + 1], "y": pictures["B"][step : step + 1]}
    losses.append({k: float(v) for k, v in model.train_on_batch(pair, return_dict=True).items()})
assert "tensorflow" not in sys.modules
print(json.dumps(losses))
"""


@pytest.fixture(scope="module")
def environment(tmp_path_factory) -> dict[str, str]:
    """Of a process with JAX for a backend and without TensorFlow."""
    folder = tmp_path_factory.mktemp("without_tensorflow")
    (folder / "tensorflow.py").write_text("raise ModuleNotFoundError('not installed', name='tensorflow')\n")
    cache = {"JAX_COMPILATION_CACHE_DIR": str(folder), "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0"}
    return {**os.environ, **cache, "KERAS_BACKEND": "jax", "PYTHONPATH": str(folder), "XLA_FLAGS": QUICKLY}


def start(environment, *words, **more) -> subprocess.Popen:
    command = [sys.executable, *map(str, words)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(command, cwd=ROOT, env={**environment, **more}, **pipes)


def finish(process) -> str:
    out, messages = process.communicate(timeout=600)
    assert process.returncode == 0, messages[-3000:]
    return out


def start_training(environment, data, run, *options, **more):
    words = ("-m", "tf_cyclegan", "train", data, "--run", run, "--preset", "smoke", *options)
    return start(environment, *words, **more)


def losses(run) -> np.ndarray:
    with (run / "losses.csv").open() as file:
        return np.array(list(csv.reader(file))[1:], float)


def test_twenty_steps_meet_the_published_losses(environment):
    """In float64: there is an input of a ReLU so near zero that some processors' float32 loses the trace."""
    published = json.loads((REFERENCE / "trace.json").read_text())["losses"]
    ours = json.loads(finish(start(environment, "-c", TRACE, REFERENCE, JAX_ENABLE_X64="1")))
    names = json.loads((REFERENCE / "names.json").read_text())
    assert len(ours) == len(published) == 20
    for step, expected in zip(ours, published, strict=True):
        for name, theirs in names.items():
            assert step[name] == pytest.approx(expected[theirs], rel=1e-4), name


@pytest.fixture(scope="module")
def jax_run(environment, prepared, feature_weights, tmp_path_factory) -> Path:
    """A finished run of four tiny steps with a moving average and evaluations; not to be changed."""
    run = tmp_path_factory.mktemp("runs") / "jax"
    judged = ("--evaluate-every", "2", "--weights", feature_weights)
    finish(start_training(environment, prepared, run, "--ema", "0.9", *judged))
    return run


def test_the_run_folder_is_the_same_but_for_the_checkpoints_format(jax_run):
    assert {p.name for p in jax_run.iterdir()} == {
        *(
            "config.json",
            "trained_on.txt",
            "checkpoints",
            "generator.keras",
            "generator_f.keras",
            "samples",
            "losses.csv",
            "losses.png",
        ),
        *("evaluations.csv", "generator_best.keras", "generator_f_best.keras"),
    }
    assert {p.name for p in (jax_run / "checkpoints").iterdir()} == {"ckpt-4.json", "ckpt-4.npz", "ckpt-4.extra.npz"}
    assert [row["step"] for row in read_evaluations(jax_run)] == [2, 4]
    assert len(losses(jax_run)) == 4
    assert load_config(jax_run / "config.json").backend == "jax"


def test_its_generator_is_exported_with_tensorflow(jax_run, compared, tmp_path, monkeypatch):
    import export.bundle

    monkeypatch.setattr(export.bundle, "MODELS", {"model.tflite": None})
    verdicts = export.bundle.export_bundle(jax_run / "generator.keras", tmp_path / "style", pictures=compared)
    assert verdicts
    assert all(verdict.psnr > 45 for verdict in verdicts)


def test_a_run_does_not_change_its_backend(jax_run, prepared):
    with pytest.raises(UserError, match="backend: 'jax', now 'tensorflow'"):
        train(config_for(str(prepared), str(jax_run), "smoke", ema=0.9))


def test_a_killed_run_ends_like_one_that_was_never_interrupted(environment, prepared):
    shown = finish(start(environment, "benchmarks/resume.py", prepared, "--kills", 1))
    assert "kill 1: after step" in shown
    assert "1 kills, 16 steps: equal, bit for bit" in shown


def test_two_devices_and_two_processes_do_what_one_does_with_the_joint_batch(environment, prepared, tmp_path):
    options = ("--batch", 2, "--pool-size", 0, "--ema", 0.9, "--steps", 8)
    # Later a ReLU's input so near zero that rounding decides makes the differences a hundred times as large; which step
    # that is depends on the processor's instructions, so they are named.
    # Unoptimized code rounds otherwise for other batches, so these compile as users' runs do.
    isa = "--xla_cpu_max_isa=AVX2"
    environment = {**environment, "XLA_FLAGS": isa}
    one, two, apart = (tmp_path / name for name in ("one", "two", "apart"))
    finish(start_training(environment, prepared, one, *options))
    logical = {"XLA_FLAGS": f"{isa} --xla_force_host_platform_device_count=2"}
    finish(start_training(environment, prepared, two, *options, "--devices", 2, **logical))
    machines = {"KERAS_DISTRIBUTION_JOB_ADDRESSES": f"127.0.0.1:{free_port()}", "KERAS_DISTRIBUTION_NUM_PROCESSES": "2"}
    processes = [
        start_training(
            environment, prepared, apart, *options, "--devices", 2, **machines, KERAS_DISTRIBUTION_PROCESS_ID=str(i)
        )
        for i in range(2)
    ]
    for process in processes:
        finish(process)
    assert len(losses(one)) == 8
    np.testing.assert_allclose(losses(two), losses(one), rtol=1e-5)
    np.testing.assert_allclose(losses(apart), losses(one), rtol=1e-5)
