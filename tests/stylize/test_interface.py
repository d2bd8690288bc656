import inspect
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import tf_cyclegan
from tests.conftest import make_picture
from tf_cyclegan import UserError, load_style, paint
from tf_cyclegan.stylize import interface

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def rococo():
    return load_style("rococo")


def test_the_exported_names_are_these_and_documented():
    assert set(tf_cyclegan.__all__) == {"Stylizer", "UserError", "load_style", "paint"}
    assert {*dir(tf_cyclegan)} == {*tf_cyclegan.__all__, "__version__"}
    for name in tf_cyclegan.__all__:
        assert inspect.getdoc(getattr(tf_cyclegan, name))
    for function in (load_style, paint):
        names = inspect.signature(function).parameters
        assert all(parameter.annotation is not parameter.empty for parameter in names.values())
        assert all(f"    {name}: " in function.__doc__ for name in names)
    with pytest.raises(AttributeError, match="no attribute 'teach'"):
        tf_cyclegan.teach  # noqa: B018


@pytest.mark.parametrize(
    ("code", "kept_out"),
    [
        ("import tf_cyclegan", {"numpy", "PIL", "ai_edge_litert", "tensorflow", "keras"}),
        ("from tf_cyclegan import load_style, paint", {"ai_edge_litert", "tensorflow", "keras", "scipy", "tqdm"}),
    ],
)
def test_importing_loads_nothing_heavy(code, kept_out):
    shown = f"import sys; {code}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", shown], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not {name.split(".")[0] for name in done.stdout.split()} & kept_out


def test_the_lines_of_the_documentation_paint(tmp_path):
    make_picture().save(tmp_path / "photo.jpg")
    lines = [line[4:] for line in tf_cyclegan.__doc__.splitlines() if line.startswith("    ")]
    environment = {"PYTHONPATH": str(ROOT), "PATH": ""}
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)], cwd=tmp_path, env=environment, capture_output=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert Image.open(tmp_path / "painting.jpg").size == (64, 48)


def test_a_path_a_picture_and_an_array_give_the_same(rococo, tmp_path):
    picture = make_picture(3)
    picture.save(tmp_path / "a.png")
    wanted = np.asarray(paint(tmp_path / "a.png", rococo))
    for photo in (str(tmp_path / "a.png"), picture, np.asarray(picture), picture.convert("RGBA")):
        np.testing.assert_array_equal(np.asarray(paint(photo, rococo)), wanted)


def test_the_photograph_is_not_changed(rococo):
    turned = make_picture(4)
    turned.getexif()[0x112] = 6
    before = turned.tobytes()
    assert paint(turned, rococo).size == (48, 64)
    assert (turned.size, turned.tobytes(), turned.getexif()[0x112]) == ((64, 48), before, 6)


def test_options_reach_the_painting(rococo):
    photo = make_picture(5)
    np.testing.assert_array_equal(np.asarray(paint(photo, rococo, strength=0)), np.asarray(photo))
    assert paint(photo, rococo, max_side=32).size == (32, 24)
    assert paint(photo, rococo, max_side=None, brush="broad").size == photo.size
    plain, kept = (np.asarray(paint(photo, rococo, keep_colours=kept), int) for kept in (False, True))
    assert np.abs(plain - kept).max() > 8


def test_a_mixture_may_be_a_mapping(monkeypatch):
    seen = []
    monkeypatch.setattr(interface, "open_style", lambda style: style)
    monkeypatch.setattr(interface, "mixed", lambda bundle, text: seen.append((bundle, text)))
    monkeypatch.setattr(interface, "Stylizer", lambda bundle: bundle)
    load_style("periods", {"baroque": 0.6, "rococo": 0.4})
    load_style("periods", "rococo")
    load_style("rococo")
    assert seen == [("periods", "baroque:0.6,rococo:0.4"), ("periods", "rococo"), ("rococo", None)]


def test_without_a_style_it_is_the_default_one():
    assert load_style().bundle.name() == "Impressionism"


@pytest.mark.parametrize(
    ("photo", "message"),
    [
        (7, "not int"),
        (np.zeros((20, 20, 3)), r"not float64 \(20, 20, 3\)"),
        (np.zeros((20, 20), np.uint8), r"not uint8 \(20, 20\)"),
        (np.zeros((20, 4, 3), np.uint8), "4×20 pixels is too small"),
        ("none.jpg", "none.jpg: no such file"),
    ],
)
def test_what_is_no_photograph_is_one_line(photo, message, rococo):
    with pytest.raises(UserError, match=message):
        paint(photo, rococo)


def test_a_picture_that_turns_out_damaged_is_one_line(rococo, tmp_path):
    from tests.conftest import make_truncated_jpeg

    with Image.open(make_truncated_jpeg(tmp_path / "cut.jpg")) as photo, pytest.raises(UserError, match="damaged"):
        paint(photo, rococo)


@pytest.mark.parametrize("wish", [{"strength": 101}, {"brush": "huge"}, {"max_side": 3}])
def test_a_wish_out_of_its_bounds_is_one_line(wish, rococo):
    with pytest.raises(UserError, match=next(iter(wish))):
        paint(make_picture(), rococo, **wish)


def test_a_style_that_is_not_there_is_one_line():
    with pytest.raises(UserError, match="cubism: no such style"):
        paint(make_picture(), "cubism")
