import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tf_cyclegan.errors import UserError
from tf_cyclegan.run.losses import kinds_of, read_losses, smooth, start_of
from tf_cyclegan.train.curves import draw_losses

LOSSES = (
    *("adversarial_g", "adversarial_f", "cycle_x", "cycle_y", "identity_y", "identity_x"),
    *("discriminator_y", "discriminator_x"),
)
EVERY = (*LOSSES, "light_y", "light_x", "new_y", "new_x")


def made_up(count, names=LOSSES):
    chance = np.random.default_rng(0)
    return {"step": np.arange(1.0, count + 1), **{name: chance.uniform(0.1, 1, count) for name in names}}


def test_the_columns_are_read_by_name(tmp_path):
    (tmp_path / "losses.csv").write_bytes(b"step,a,b\r\n1,0.5,1e-09\r\n2,0.25,3.0\r\n")
    losses = read_losses(tmp_path / "losses.csv")
    assert {name: values.tolist() for name, values in losses.items()} == {
        "step": [1, 2],
        "a": [0.5, 0.25],
        "b": [1e-9, 3],
    }


@pytest.mark.parametrize("kept", range(1, 14))
def test_a_line_that_is_just_written_is_left_out(tmp_path, kept):
    whole = "step,a\n1,0.5\n"
    (tmp_path / "losses.csv").write_text(whole + "23,0.25625\n"[:kept])
    steps = read_losses(tmp_path / "losses.csv")["step"].tolist()
    assert steps == ([1, 23] if kept >= 11 else [1])


def test_a_run_without_a_step_has_empty_columns(tmp_path):
    (tmp_path / "losses.csv").write_text("step,a\n")
    assert [len(values) for values in read_losses(tmp_path / "losses.csv").values()] == [0, 0]


@pytest.mark.parametrize("text", ["step,a\n1,x\n", "step,a\n1,2,3\n", "step,a\n1,2\n3\n"])
def test_a_damaged_file_is_reported(tmp_path, text):
    (tmp_path / "losses.csv").write_text(text)
    with pytest.raises(UserError, match=r"losses\.csv: damaged, or no losses\.csv"):
        read_losses(tmp_path / "losses.csv")


@pytest.mark.parametrize("text", ["", "st", "step,a"])
def test_a_file_that_is_just_begun_has_no_columns(tmp_path, text):
    (tmp_path / "losses.csv").write_text(text)
    assert read_losses(tmp_path / "losses.csv") == {}


def test_a_missing_file_is_reported(tmp_path):
    with pytest.raises(UserError, match="cannot be read"):
        read_losses(tmp_path / "losses.csv")


@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=40), st.integers(0, 20))
def test_smoothing_is_the_mean_of_the_window(values, half):
    values, places = np.array(values), np.arange(len(values))
    expected = [values[max(0, i - half) : i + half + 1].mean() for i in places]
    np.testing.assert_allclose(smooth(values, places, 2 * half + 1), expected, atol=1e-9)


def test_all_curves_are_drawn():
    picture = Image.open(io.BytesIO(draw_losses(made_up(3000, EVERY))))
    assert (picture.format, picture.size) == ("PNG", (1000, 840))
    pixels = np.asarray(picture.convert("RGB")).reshape(3, 280, 2, 500, 3).swapaxes(1, 2)
    for colour in ((31, 119, 180), (255, 127, 14)):
        assert ((np.abs(pixels - np.array(colour)) < 8).all(-1).sum((2, 3)) > 100).all()


def test_half_of_the_losses_start_from_photographs():
    """G makes paintings, y; what it made is judged and compared as such, though it started from a photograph."""
    starts = {name: start_of(name) for name in EVERY}
    photographs = {"adversarial_g", "cycle_x", "identity_x", "discriminator_x", "light_y", "new_y"}
    assert starts == {name: "photo" if name in photographs else "painting" for name in EVERY}


@pytest.mark.parametrize(
    ("names", "size"),
    [(LOSSES[:4], (1000, 280)), (("adversarial_g", "cycle_x", "discriminator_x"), (1000, 560))],
    ids=["no identity, no discriminators", "half of three kinds"],
)
def test_what_a_run_does_not_have_is_left_out(names, size):
    assert Image.open(io.BytesIO(draw_losses(made_up(1, names)))).size == size


def test_losses_below_zero_are_seen(monkeypatch):
    """As the critics of wgangp have them."""
    from matplotlib.axes import Axes

    limits = []
    monkeypatch.setattr(Axes, "set_ylim", lambda self, *ends: limits.append(ends))
    draw_losses(made_up(5, ("adversarial_g",)))
    assert limits[0][0] == 0
    draw_losses({"step": np.arange(5.0), "adversarial_g": np.linspace(-3, 1, 5)})
    assert len(limits) == 1


def test_a_term_without_words_is_drawn_under_its_own_name_after_the_others():
    found = kinds_of(("step", "new_term_y", "new_term_x", "cycle_x"))
    assert [*found] == ["cycle", "new_term"]
    assert {found["new_term"].title[language] for language in ("en", "de")} == {"new term"}
    assert (start_of("new_term_y"), start_of("new_term_x")) == ("photo", "painting")
    picture = Image.open(io.BytesIO(draw_losses(made_up(5, ("cycle_x", "new_term_y")))))
    assert picture.size == (1000, 280)
