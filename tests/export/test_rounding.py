import json
import lzma
import shutil

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from export import rounding
from export.rounding import round_run, round_weights
from export.source import ROUNDING, open_source
from tests.conftest import make_picture
from tf_cyclegan.__main__ import main
from tf_cyclegan.errors import UserError
from tf_cyclegan.evaluate import evaluate
from tf_cyclegan.networks import build_generator

PICTURES = [np.asarray(make_picture(seed, 32, 32)) for seed in range(2)]
ENOUGH = 1_000_000


@pytest.fixture(scope="module")
def generator():
    keras.utils.set_random_seed(0)
    return build_generator("mobile_dense", 4)


def kernels(network):
    return [w for w in network.get_weights() if w.size >= 1000]


def compressed(network):
    """Bytes that xz makes of the large kernels as float16."""
    data = b"".join(w.astype(np.float16).tobytes() for w in kernels(network))
    return len(lzma.compress(data, preset=9 | lzma.PRESET_EXTREME))


def distance(a, b):
    return float(np.mean([np.mean((x - y) ** 2) for x, y in zip(a.get_weights(), b.get_weights(), strict=True)]))


def power_of_two_that_divides(values):
    """The largest of which all values are multiples; exact, since float32 numbers are integers times powers of two."""
    step = 2.0**10
    while np.any(np.fmod(values, step)):
        step /= 2
    return step


def test_the_weights_are_few_multiples_of_a_power_of_two_and_float16_holds_them(generator):
    rounded = round_weights(generator, PICTURES, 25_000)
    for before, after in zip(generator.get_weights(), rounded.get_weights(), strict=True):
        if before.size < 1000:
            np.testing.assert_array_equal(after, before)
        else:
            assert len(np.unique(after)) < 64
            assert np.abs(after - before).max() <= power_of_two_that_divides(after) / 2 + 1e-9
            np.testing.assert_array_equal(after.astype(np.float16).astype(np.float32), after)
            assert not np.any(np.signbit(after[after == 0])), "a sign of nothing costs a bit"


@settings(max_examples=3, deadline=None)
@given(max_bytes=st.integers(12_000, 60_000))
def test_it_takes_no_more_than_was_asked(generator, max_bytes):
    # What xz adds of its own is a part of small files only.
    assert compressed(round_weights(generator, PICTURES, max_bytes)) <= max_bytes * 1.05


def test_more_bytes_change_less(generator):
    rounded = [round_weights(generator, PICTURES, size) for size in (12_000, 25_000, 50_000)]
    distances = [distance(generator, network) for network in rounded]
    assert distances == sorted(distances, reverse=True)
    errors = [
        np.mean((np.asarray(n(PICTURES[0][None] / 255.0)) - generator(PICTURES[0][None] / 255.0)) ** 2) for n in rounded
    ]
    assert errors == sorted(errors, reverse=True)


def test_kernels_that_show_are_rounded_more_finely():
    silent, loud = (rounding._Kernel(None, np.ones((3, 3)), cost) for cost in (1e-4, 1.0))
    steps = rounding._steps([silent, loud], -4.0)
    assert steps[0] > steps[1]


def test_the_network_as_trained_stays_as_it_is(generator):
    before = generator.get_weights()
    round_weights(generator, PICTURES, 20_000)
    for old, new in zip(before, generator.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_too_few_bytes_are_told(generator):
    with pytest.raises(ValueError, match="max_bytes=100"):
        round_weights(generator, PICTURES, 100)


@pytest.fixture
def own_run(trained, tmp_path):
    """A copy of the trained run, to write into."""
    shutil.copytree(trained, tmp_path / "run")
    return tmp_path / "run"


@pytest.mark.slow
def test_a_rounded_run_can_be_evaluated_and_exported_as_any_run(own_run, feature_weights, tmp_path, capsys):
    out = tmp_path / "small"
    assert main(["round", str(own_run), "--megabytes", "0.05", "--out", str(out)]) == 0
    assert "generator.keras (rounded):" in capsys.readouterr().out
    facts = json.loads((out / ROUNDING).read_text())
    assert facts["max_bytes"] == 50_000
    assert facts["psnr"] >= 35
    evaluate(out, weights=feature_weights)
    source = open_source(out, "photo-to-painting")
    assert source.about["rounded"] == facts
    assert source.about["steps"] == 4
    assert distance(source.generator, open_source(own_run, "photo-to-painting").generator) > 0
    assert main(["round", str(own_run), "--megabytes", "0.04", "--out", str(out)]) == 0, "an earlier one is replaced"


@pytest.mark.slow
def test_what_cannot_be_rounded_is_told_in_one_line(own_run, tmp_path, monkeypatch):
    with pytest.raises(UserError, match="exists and is not a rounded run"):
        round_run(own_run, own_run, ENOUGH)
    with pytest.raises(UserError, match="cannot be rounded to 100 bytes"):
        round_run(own_run, tmp_path / "out", 100)
    with pytest.raises(UserError, match="no such"):
        round_run(own_run, tmp_path / "out", ENOUGH, tmp_path / "none")
    monkeypatch.setattr("export.gate.MIN_PSNR_ROUNDED", 98.0)
    with pytest.raises(UserError, match=r"PSNR .* at least 98 are wanted"):
        round_run(own_run, tmp_path / "out", 20_000)
    config = json.loads((own_run / "config.json").read_text())
    (own_run / "config.json").write_text(json.dumps({**config, "data": str(tmp_path / "gone")}))
    with pytest.raises(UserError, match="its data is not there; name a folder"):
        round_run(own_run, tmp_path / "out", ENOUGH)
    assert not (tmp_path / "out").exists()
