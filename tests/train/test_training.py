import csv
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from tf_cyclegan.disk.manifest import write_manifest
from tf_cyclegan.errors import UserError
from tf_cyclegan.networks import efficientnet_lite
from tf_cyclegan.networks.files import load_network
from tf_cyclegan.run.command import train_command
from tf_cyclegan.run.config import load_config
from tf_cyclegan.run.held import held
from tf_cyclegan.run.presets import config_for
from tf_cyclegan.train import settled as settled_module
from tf_cyclegan.train.devices import Devices
from tf_cyclegan.train.progress import LossLog
from tf_cyclegan.train.settled import settle
from tf_cyclegan.train.training import Training, train

ROOT = Path(__file__).resolve().parents[2]


def losses(run):
    with (run / "losses.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    return rows[0], np.array(rows[1:], float)


def state(run) -> dict[str, np.ndarray]:
    """Every variable of the newest checkpoint, by its name in the file."""
    reader = tf.train.load_checkpoint(tf.train.latest_checkpoint(str(run / "checkpoints")))
    names = [n for n in reader.get_variable_to_dtype_map() if n.endswith("VARIABLE_VALUE") and "save_counter" not in n]
    return {name: reader.get_tensor(name) for name in names}


@pytest.mark.slow
def test_the_run_folder_is_what_the_design_says(trained):
    names = {p.name for p in trained.iterdir()}
    expected = {
        "config.json",
        "trained_on.txt",
        "checkpoints",
        "generator.keras",
        "generator_f.keras",
        "samples",
        "losses.csv",
    }
    assert names == expected | {"tensorboard"}


@pytest.mark.slow
def test_the_config_of_a_run_can_be_read_back(trained, prepared):
    assert load_config(trained / "config.json") == config_for(str(prepared), str(trained), "smoke", ema=0.9)


@pytest.mark.slow
def test_every_step_has_its_losses(trained):
    header, values = losses(trained)
    assert header == [
        *("step", "adversarial_g", "adversarial_f", "cycle_x", "cycle_y", "identity_y", "identity_x"),
        *("discriminator_y", "discriminator_x"),
    ]
    assert values[:, 0].tolist() == [1, 2, 3, 4]
    assert np.isfinite(values).all()


@pytest.mark.slow
def test_samples_are_drawn_every_so_many_steps(trained):
    assert sorted(p.name for p in (trained / "samples").iterdir()) == ["step_0000002.png", "step_0000004.png"]
    grid = Image.open(trained / "samples" / "step_0000004.png")
    assert grid.size == (4 * 32 + 3 * 4, 2 * (16 + 4 * (32 + 4)))


@pytest.mark.slow
@pytest.mark.parametrize("file", ["generator.keras", "generator_f.keras"])
def test_the_generators_to_share_are_the_moving_average_and_not_the_raw_weights(trained, file):
    kernel = np.asarray(load_network(trained / file).get_layer("head_conv").kernel)
    kept = [value for _, value in sorted(state(trained).items()) if value.shape == kernel.shape]
    # A checkpoint holds the model, then the optimizer's two slots, then the average: of both generators each.
    assert len(kept) == 8
    equal = [np.array_equal(kernel, value) for value in kept]
    assert not any(equal[:2])
    assert sum(equal[-2:]) == 1


@pytest.mark.slow
def test_a_run_that_was_stopped_and_continued_equals_one_in_one_go(trained, prepared, tmp_path, monkeypatch):
    """Stopped after two steps by SIGTERM, as Colab does it; moved to another folder, continued there."""
    log = LossLog.after_step

    def stop_after_two(self, step, logs):
        log(self, step, logs)
        if step == 2:
            os.kill(os.getpid(), signal.SIGTERM)

    stopped, moved = tmp_path / "stopped", tmp_path / "moved"
    before = signal.getsignal(signal.SIGTERM)
    with monkeypatch.context() as patch:
        patch.setattr(LossLog, "after_step", stop_after_two)
        assert train(config_for(str(prepared), str(stopped), "smoke", ema=0.9)) == Training(0, 2, 4)
    assert signal.getsignal(signal.SIGTERM) is before
    assert losses(stopped)[1][:, 0].tolist() == [1, 2]
    assert (stopped / "generator.keras").is_file()

    shutil.move(stopped, moved)
    assert train(config_for(str(prepared), str(moved), "smoke", ema=0.9)) == Training(2, 4, 4)
    # Not bit for bit: TensorFlow adds gradients up in the order in which its threads finish.
    ours, theirs = state(moved), state(trained)
    assert ours.keys() == theirs.keys()
    for name, value in ours.items():
        np.testing.assert_allclose(value, theirs[name], rtol=1e-5, atol=1e-5, err_msg=name)
    np.testing.assert_allclose(losses(moved)[1], losses(trained)[1], rtol=1e-5)
    picture = np.random.default_rng(0).uniform(-1, 1, (1, 32, 32, 3)).astype(np.float32)
    for file in ("generator.keras", "generator_f.keras"):
        painted = [np.asarray(load_network(run / file)(picture)) for run in (moved, trained)]
        np.testing.assert_allclose(*painted, atol=1e-5)


def config_in(tmp_path, data=None, **settings):
    return config_for(str(data or tmp_path / "data"), str(tmp_path / "run"), "smoke", **settings)


def open_run(config, step=0):
    """What `train` does before it trains; with a step, what there is of a checkpoint afterwards."""
    run = Path(config.run)
    with held(run):
        settle(config, Devices()).write(step)
    if step:
        write_manifest(run / "checkpoints" / f"ckpt-{step}.json", [])


def test_a_fixed_setting_that_changed_is_refused_with_both_values(prepared, tmp_path):
    open_run(config_in(tmp_path, prepared, filters=4, seed=1), step=3)
    with pytest.raises(UserError, match=r"cannot change within a run: filters: 4, now 8; seed: 1, now 2"):
        open_run(config_in(tmp_path, prepared, filters=8, seed=2))
    assert load_config(tmp_path / "run" / "config.json").filters == 4


def test_a_run_without_a_checkpoint_may_still_change_its_settings(prepared, tmp_path):
    open_run(config_in(tmp_path, prepared, filters=4))
    open_run(config_in(tmp_path, prepared, filters=8))
    assert load_config(tmp_path / "run" / "config.json").filters == 8


def test_a_free_setting_that_changed_is_accepted_and_written(prepared, tmp_path, capsys):
    open_run(config_in(tmp_path, prepared), step=2)
    open_run(config_in(tmp_path, prepared, steps=900, max_minutes=3.0), step=2)
    assert load_config(tmp_path / "run" / "config.json").steps == 900
    printed = capsys.readouterr().err
    assert "changed from here on: steps: 4, now 900" in printed
    assert "step 2: the learning rate rises again, from" not in printed, "it had not begun to fall"
    names = {p.name for p in (tmp_path / "run").iterdir()}
    assert names == {"config.json", "trained_on.txt", "checkpoints"}


def test_a_learning_rate_that_rises_again_is_reported(prepared, tmp_path, capsys):
    open_run(config_in(tmp_path, prepared), step=3)
    open_run(config_in(tmp_path, prepared, steps=8), step=3)
    assert "step 3: the learning rate rises again, from 0.0001 to 0.0002" in capsys.readouterr().err


@pytest.mark.parametrize("run", ["file", "file/run"])
def test_a_run_folder_that_cannot_be_made_is_reported(prepared, tmp_path, run):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(UserError, match="cannot be written"):
        train(config_for(str(prepared), str(tmp_path / run), "smoke"))
    assert (tmp_path / "file").read_text() == "mine"


def test_a_damaged_config_is_reported_and_not_overwritten(tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "config.json").write_text("{")
    with pytest.raises(UserError, match="damaged"):
        train(config_in(tmp_path))
    assert (tmp_path / "run" / "config.json").read_text() == "{"
    assert [p.name for p in (tmp_path / "run").iterdir()] == ["config.json"]


def test_a_second_training_of_a_run_is_refused_and_changes_nothing(prepared, tmp_path):
    open_run(config_in(tmp_path, prepared))
    before = {p: p.read_bytes() for p in (tmp_path / "run").iterdir()}
    with held(tmp_path / "run"), pytest.raises(UserError, match="another process trains this run"):
        train(config_in(tmp_path, prepared, seed=8))
    assert {p: p.read_bytes() for p in (tmp_path / "run").iterdir()} == before


def with_changed_picture(prepared, tmp_path):
    """The data, with another picture of the same name and size."""
    data = shutil.copytree(prepared, tmp_path / "data")
    path = data / "trainA" / "003.jpg"
    content = bytearray(path.read_bytes())
    content[-40] ^= 1
    path.write_bytes(content)
    return data


def test_pictures_that_changed_under_the_same_names_and_sizes_are_noticed(prepared, tmp_path):
    open_run(config_in(tmp_path, prepared), step=3)
    with pytest.raises(UserError, match=r"the training pictures are not those that .*run was trained on so far"):
        open_run(config_in(tmp_path, with_changed_picture(prepared, tmp_path)))


def test_a_run_of_an_older_version_goes_on_with_its_digest_of_names_and_sizes(prepared, tmp_path):
    open_run(config_in(tmp_path, prepared), step=3)
    path = tmp_path / "run" / "config.json"
    old = {**json.loads(path.read_text()), "data_digest": "", "data": "data", "run": "run"}
    files = [p for name in ("trainA", "trainB") for p in sorted((prepared / name).iterdir())]
    facts = [(p.parent.name, p.name, p.stat().st_size) for p in files]
    old["data_digest"] = hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:16]
    del old["identity"]
    path.write_text(json.dumps(old))
    open_run(config_in(tmp_path, prepared), step=3)
    now = load_config(path)
    assert now.data_digest == old["data_digest"]
    assert len(now.identity) == 16
    (with_changed_picture(prepared, tmp_path) / "trainB" / "000.jpg").unlink()
    with pytest.raises(UserError, match="the training pictures are not those"):
        open_run(config_in(tmp_path))


def test_missing_data_is_reported_before_a_run_folder_is_made(tmp_path):
    with pytest.raises(UserError, match="trainA: no such folder"):
        train(config_in(tmp_path))
    assert not (tmp_path / "run").exists()


def test_missing_weights_of_the_features_leave_no_run_behind(prepared, tmp_path, monkeypatch):
    monkeypatch.setattr(efficientnet_lite, "WEIGHTS", tmp_path / "weights.npz")
    with pytest.raises(UserError, match="install the package again"):
        train(config_for(str(prepared), str(tmp_path / "run"), "smoke", discriminator="projected"))
    assert not (tmp_path / "run").exists()


def test_an_unknown_preset_lists_the_known():
    with pytest.raises(UserError, match="unknown preset 'big'; one of style, paper, smoke"):
        config_for("d", "r", "big")


def test_settings_of_ones_own_come_before_the_presets():
    config = config_for("d", "r", "smoke", filters=7, batch=None, xla=False)
    assert (config.filters, config.batch, config.crop, config.xla) == (7, 1, 32, False)


def test_a_new_run_is_of_the_style_preset_and_one_preset_is_not_continued_with_another(tmp_path):
    assert config_for("d", str(tmp_path / "new")).generator == "painter"
    run = tmp_path / "run"
    run.mkdir()
    (run / "config.json").write_text(config_for("d", str(run), "style").to_json())
    assert config_for("d", str(run)).generator == "painter"
    changed = load_config(run / "config.json").changed_settings(config_for("d", str(run), "paper"))
    assert {line.split(":")[0] for line in changed} >= {"generator", "discriminator", "lambda_paint", "partners"}


@pytest.fixture
def settled_run(prepared, tmp_path, monkeypatch):
    """A run with partners, settled for the first time, and how often they were looked for."""
    looked = []

    def find(domains, count):
        ((photographs, paintings),) = domains
        looked.append(count)
        return np.arange(len(photographs) * count, dtype=np.int32).reshape(-1, count) % len(paintings)

    monkeypatch.setattr(settled_module, "find_partners", find)
    config = config_for(str(prepared), str(tmp_path / "run"), "smoke", partners=2)
    settled = settle(config, Devices())
    (tmp_path / "run").mkdir()
    settled.write(0)
    return config, settled, looked


def test_partners_are_looked_for_once_and_stay_with_the_run(settled_run):
    config, settled, looked = settled_run
    checkpoints = Path(config.run) / "checkpoints"
    checkpoints.mkdir()
    (checkpoints / "ckpt-2.npz").write_bytes(b"weights")
    write_manifest(checkpoints / "ckpt-2.json", [checkpoints / "ckpt-2.npz"])
    again = settle(load_config(Path(config.run) / "config.json"), Devices())
    assert again.before is not None and looked == [2]
    np.testing.assert_array_equal(again.source.partners, settled.source.partners)
    (Path(config.run) / "partners.npy").unlink()
    with pytest.raises(UserError, match=r"partners\.npy.*cannot be continued exactly"):
        settle(load_config(Path(config.run) / "config.json"), Devices())


@pytest.mark.slow
def test_a_finished_run_is_left_as_it_is(trained, prepared, tmp_path):
    run = tmp_path / "again"
    shutil.copytree(trained, run)
    (run / "generator.keras").unlink()
    before = (run / "losses.csv").read_bytes()
    assert train(config_for(str(prepared), str(run), "smoke", ema=0.9)) == Training(4, 4, 4)
    assert (run / "losses.csv").read_bytes() == before
    np.testing.assert_array_equal(
        load_network(run / "generator.keras").get_layer("stem_conv").kernel,
        load_network(trained / "generator.keras").get_layer("stem_conv").kernel,
    )


@pytest.mark.slow
def test_where_nothing_can_be_written_training_stops_with_one_line_and_the_last_checkpoint_stays(
    trained, prepared, tmp_path
):
    """A limit on the size of files stands for a disk that is full."""
    run = tmp_path / "full"
    shutil.copytree(trained, run)
    before = {p.name: p.read_bytes() for p in (run / "checkpoints").glob("ckpt-*")}
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
    start = "from tf_cyclegan.cli.main import main; raise SystemExit(main())"
    words = [sys.executable, "-c", limit + start, "train", prepared, "--run", run, "--steps", "40", "--save-steps", "2"]
    stopped = subprocess.run(list(map(str, words)), cwd=ROOT, capture_output=True, text=True, check=False)
    assert stopped.returncode == 2, stopped.stderr
    last = stopped.stderr.splitlines()[-1]
    assert last.startswith("error: ")
    assert "written" in last
    after = {p.name: p.read_bytes() for p in (run / "checkpoints").glob("ckpt-*") if p.is_file()}
    assert before.items() <= after.items()
    assert train(config_for(str(prepared), str(run), steps=5)) == Training(4, 5, 5)


@pytest.mark.slow
def test_the_config_is_plain_json_with_the_settings_by_name(trained):
    settings = json.loads((trained / "config.json").read_text(encoding="utf-8"))
    assert (settings["generator"], settings["ema"], settings["steps"]) == ("painter", 0.9, 4)


@pytest.fixture(scope="module")
def begun(trained, prepared, tmp_path_factory):
    """One step, learning next to nothing, of a run with other crops that begins with the networks of another."""
    run = tmp_path_factory.mktemp("begun") / "run"
    settings = {"crop": 24, "batch": 2, "steps": 1, "learning_rate": 1e-30, "ema": 0.5, "seed": 9}
    train(config_for(str(prepared), str(run), "smoke", start_from=str(trained), **settings))
    return run


@pytest.mark.slow
def test_a_run_begins_with_the_networks_of_another(begun, trained):
    for file in ("generator.keras", "generator_f.keras"):
        ours, theirs = (load_network(run / file).get_weights() for run in (begun, trained))
        for mine, other in zip(ours, theirs, strict=True):
            np.testing.assert_array_equal(mine, other)
    mine, other = (state(run) for run in (begun, trained))
    kernels = [name for name, value in mine.items() if value.shape[:2] == (4, 4)]  # Of the discriminators.
    equal = [np.array_equal(mine[name], other[name]) for name in kernels]
    assert 3 * sum(equal) == len(kernels) > 0, "the weights, not the optimizer's two slots"


@pytest.mark.slow
def test_a_run_tells_what_it_began_with(begun, trained):
    config = load_config(begun / "config.json")
    assert config.began_with == f"# to step 4:\n{train_command(load_config(trained / 'config.json'))}"
    assert f"--start-from runs/{trained.name} " in train_command(config)


@pytest.mark.slow
@pytest.mark.parametrize("another", [{"generator": "resnet_6blocks", "filters": 2}, {"filters": 6}], ids=str)
def test_a_generator_of_another_architecture_begins_anew(another, trained, prepared, tmp_path, *, capsys, monkeypatch):
    begun = []
    monkeypatch.setattr(
        "tf_cyclegan.train.training._fit", lambda config, model, *rest, **more: begun.append(model) or 1
    )
    settings = {**another, "generator_f": "painter", "filters_f": 4}
    train(config_for(str(prepared), str(tmp_path / "run"), "smoke", start_from=str(trained), **settings))
    assert "its generator_g is another and not begun with" in capsys.readouterr().err
    assert begun[0].generator_g.get_layer("stem_conv").filters == another["filters"]
    theirs = load_network(trained / "generator_f.keras").get_weights()
    for ours, other in zip(begun[0].generator_f.get_weights(), theirs, strict=True):
        np.testing.assert_array_equal(ours, other)


def test_a_run_without_checkpoints_cannot_be_started_from(prepared, tmp_path):
    for name, message in (("none", "not there"), ("empty", "no checkpoints here to start from")):
        other = tmp_path / name
        if name == "empty":
            other.mkdir()
            (other / "config.json").write_text("{}")
        with pytest.raises(UserError, match=message):
            train(config_for(str(prepared), str(tmp_path / "run"), "smoke", start_from=str(other)))
    assert not (tmp_path / "run").exists()


@pytest.mark.slow
def test_a_run_of_other_networks_cannot_be_started_from(trained, prepared, tmp_path):
    config = config_for(str(prepared), str(tmp_path / "run"), "smoke", start_from=str(trained), filters=2)
    with pytest.raises(UserError, match=r"its networks are others \(generator_g, generator_f\); only generator_g may"):
        train(config)
