import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from tests.conftest import make_picture, make_pictures, make_truncated_jpeg
from tf_cyclegan.cli.main import main
from tf_cyclegan.stylize.style import find_styles

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def photos(tmp_path, monkeypatch):
    """A folder, which is the current one, with two photographs."""
    monkeypatch.chdir(tmp_path)
    for name in ("a", "b"):
        make_picture(ord(name)).save(f"{name}.jpg")
    return tmp_path


def names(folder="."):
    return sorted(path.relative_to(folder).as_posix() for path in Path(folder).rglob("*") if path.is_file())


def run(*words):
    return main(["stylize", *map(str, words)])


def test_a_picture_alone_is_painted_next_to_itself(photos, capsys):
    before = Path("a.jpg").read_bytes()
    for wanted in ("a-impressionism.jpg", "a-impressionism_2.jpg"):
        assert run("a.jpg") == 0
        assert capsys.readouterr().out == f"{wanted}\n"
    assert names() == ["a-impressionism.jpg", "a-impressionism_2.jpg", "a.jpg", "b.jpg"]
    assert Path("a.jpg").read_bytes() == before


def test_nothing_is_said_before_the_result(photos):
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    words = [sys.executable, "-m", "tf_cyclegan", "stylize", "a.jpg"]
    done = subprocess.run(words, capture_output=True, text=True, env=environment, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "a-impressionism.jpg\n", "")


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("a.jpg --style rococo", "a-rococo.jpg"),
        ("a.jpg --mix rococo:0.5,baroque:0.5", "a-rococo-baroque.jpg"),
        ("a.jpg --mix baroque", "a-baroque.jpg"),
        ("a.jpg --out x.webp", "x.webp"),
        ("./a.jpg --out sub/x.png", "sub/x.png"),
    ],
)
def test_the_style_is_in_the_name(words, wanted, photos, capsys):
    assert run(*words.split()) == 0
    assert capsys.readouterr().out == f"{wanted}\n"
    assert names() == sorted([wanted, "a.jpg", "b.jpg"])


def test_several_pictures_at_once(photos, capsys):
    Path("sub").mkdir()
    make_picture().save("sub/a.png")
    assert run("a.jpg", "b.jpg", "sub/a.png") == 0
    assert capsys.readouterr().out.split() == ["a-impressionism.jpg", "b-impressionism.jpg", "sub/a-impressionism.jpg"]
    assert run("a.jpg", "sub/a.png", "--out", "painted") == 0
    assert capsys.readouterr().out.split() == ["painted/a.jpg", "painted/a_2.jpg"]
    assert names("painted") == ["a.jpg", "a_2.jpg"]


def test_patterns_that_the_shell_left_are_followed(photos, capsys):
    make_picture().save("[c].jpg")
    assert run("*.jpg", "[c].jpg", "--out", "painted") == 0
    assert names("painted") == ["[c].jpg", "[c]_2.jpg", "a.jpg", "b.jpg"]
    assert run("*.png") == 2
    assert capsys.readouterr().err.splitlines()[-1] == "error: *.png: no such file"


def test_a_damaged_one_of_several_is_named_and_the_others_are_painted(photos, capsys):
    make_truncated_jpeg(Path("cut.jpg"))
    assert run("a.jpg", "cut.jpg", "b.jpg", "--json") == 2
    printed = capsys.readouterr()
    assert [one["result"] for one in json.loads(printed.out)["written"]] == [
        "a-impressionism.jpg",
        "b-impressionism.jpg",
    ]
    assert "skipped: cut.jpg: damaged" in printed.err
    assert printed.err.splitlines()[-1] == "error: 1 of 3 pictures could not be read"


def test_a_folder_alone_is_painted_next_to_itself(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    make_pictures(Path("my.holiday"), 2)
    assert run("my.holiday", "--style", "rococo") == 0
    assert capsys.readouterr().out == "my.holiday-rococo: 2 of 2 pictures\n"
    assert names("my.holiday-rococo") == ["000.jpg", "001.jpg"]
    monkeypatch.chdir("my.holiday")
    assert run(".", "--style", "rococo") == 0
    assert names("../my.holiday-rococo_2") == ["000.jpg", "001.jpg"]
    assert run(".", "--kaggle-zip") == 0
    assert Path("../my.holiday-impressionism.zip").is_file()


def test_every_style_on_a_sheet(photos, capsys):
    make_picture(1, 160, 120).save("a.jpg")
    assert run("a.jpg", "--style", "all", "--max-side", "80", "--brush", "fine") == 0
    assert capsys.readouterr().out == "a-all.jpg\n"
    sheet = Image.open("a-all.jpg")
    assert len(find_styles()) == 6
    assert 4 * 80 <= sheet.width <= 4 * 80 + 5 * 3
    assert 2 * 60 < sheet.height < 2 * 60 + 80
    assert run("a.jpg", "b.jpg", "--style", "all", "--max-side", "32", "--out", "sheets") == 0
    assert names("sheets") == ["a.jpg", "b.jpg"]


def test_json_says_what_was_written(photos, capsys):
    make_pictures(Path("in"), 2)
    Path("in/notes.txt").write_text("none")
    assert run("a.jpg", "--json", "--max-side", 32) == 0
    (one,) = json.loads(capsys.readouterr().out)["written"]
    assert {**one, "seconds": 0} == {
        "source": "a.jpg",
        "result": "a-impressionism.jpg",
        "width": 32,
        "height": 24,
        "seconds": 0,
    }
    assert 0 < one["seconds"] < 600
    assert run("in", "--style", "rococo", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["style"] == "rococo"
    assert [one["result"] for one in found["written"]] == ["in-rococo/000.jpg", "in-rococo/001.jpg"]
    assert found["skipped"] == [{"source": "notes.txt", "reason": "no picture, or of an unknown kind"}]
    assert run("in", "--kaggle-zip", "--json") == 0
    sizes = {(one["width"], one["height"]) for one in json.loads(capsys.readouterr().out)["written"]}
    assert sizes == {(256, 256)}


def test_a_film_is_painted_next_to_itself(photos, capsys):
    import av

    with av.open("clip.mp4", "w") as film:
        stream = film.add_stream("libx264", rate=5)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for seed in (1, 2):
            film.mux(stream.encode(av.VideoFrame.from_image(make_picture(seed))))
        film.mux(stream.encode(None))
    assert run("clip.mp4", "--style", "rococo", "--max-side", 32) == 0
    assert capsys.readouterr().out.startswith("clip-rococo.mp4: 2 frames, ")
    with av.open("clip-rococo.mp4") as film:
        assert len(list(film.decode(video=0))) == 2


@pytest.mark.parametrize("name", ["moving.gif", "moving.webp"])
def test_what_moves_is_painted_moving_and_what_does_not_is_not(name, photos, capsys):
    frames = [make_picture(seed) for seed in (1, 2, 3)]
    frames[0].save("moving.gif", save_all=True, append_images=frames[1:])
    assert run("moving.gif", "--out", f"out/{name}") == 0
    assert Image.open(f"out/{name}").n_frames == 3
    assert run("a.jpg", "--out", "still.webp") == 0
    assert Image.open("still.webp").n_frames == 1


def test_jpegs_in_sequence_are_a_film(photos, capsys):
    Path("clip.mjpeg").write_bytes(Path("a.jpg").read_bytes() * 3)
    assert run("clip.mjpeg") == 0
    assert capsys.readouterr().out.startswith("clip-impressionism.mjpeg: 3 frames, ")
    assert run("clip.mjpeg", "--out", "clip.gif") == 0
    assert Image.open("clip.gif").n_frames == 3


@pytest.mark.parametrize("keep", [False, True])
def test_metadata_is_kept_where_that_is_asked_for(keep, photos):
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "Maker", 6
    Path("in").mkdir()
    for path in ("a.jpg", "in/a.jpg"):
        make_picture().save(path, exif=exif, dpi=(300, 300))
    options = ["--keep-metadata"] if keep else []
    assert run("a.jpg", *options, "--out", "x.jpg") == 0
    assert run("in", *options, "--out", "out") == 0
    for path in ("x.jpg", "out/a.jpg"):
        picture = Image.open(path)
        assert picture.size == (48, 64)
        assert picture.getexif().get(0x010F) == ("Maker" if keep else None)
        assert 0x0112 not in picture.getexif()
        assert (picture.info.get("dpi") == (300, 300)) is keep


def test_a_sweep_shows_every_period_and_repeats(photos, capsys):
    assert run("a.jpg", "--style-sweep", "years.gif", "--max-side", "32", "--json") == 0
    (one,) = json.loads(capsys.readouterr().out)["written"]
    assert (one["frames"], one["result"]) == (51, "years.gif")
    gif = Image.open("years.gif")
    assert gif.size == (one["width"], one["height"])
    assert gif.info["loop"] == 0


BAD = {
    "a.jpg --out x.gif": "x.gif: the result is written as .jpg, .png or .webp, not .gif",
    "a.jpg none.jpg": "none.jpg: no such file",
    "a.jpg b.jpg --out x.jpg": "x.jpg: several pictures are written to a folder",
    "a.jpg b.jpg --out text": "text: several pictures are written to a folder",
    "a.jpg in": "give pictures, or one folder alone, or one picture for --style-sweep; in is one of several",
    "a.jpg b.jpg --kaggle-zip": "2 are given",
    "a.jpg b.jpg --style-sweep x.gif": "2 are given",
    "in --style-sweep x.gif": "in: --style-sweep paints one picture, not a folder",
    "none.jpg --style-sweep x.gif": "none.jpg: no such file",
    "a.jpg --style-sweep x.avi": "x.avi: a sweep is written as .mp4",
    "a.jpg --style-sweep a.gif --style impressionism": "Impressionism is a style of one period; leave --style out",
    "a.jpg --style-sweep x.gif --max-side 5000": "a GIF has at most 1,024 pixels a side",
    "a.jpg --style-sweep x.gif --full-size": "a GIF has at most 1,024 pixels a side",
    "a.jpg --style-sweep in": "in: exists and is not an empty folder",
    "a.jpg --style-sweep x.gif --out y.gif": "--out and --style-sweep cannot be used together",
    "a.jpg --style-sweep x.gif --mix rococo": "--mix and --style-sweep cannot be used together",
    "a.jpg --style-sweep x.gif --style all": "--style all and --style-sweep cannot be used together",
    "a.jpg --style-sweep x.gif --keep-metadata": "--keep-metadata and --style-sweep cannot be used together",
    "a.jpg --style all --mix rococo": "--style all and --mix cannot be used together",
    "a.jpg --style all --full-size": "--style all and --full-size cannot be used together",
    "a.jpg --style all --model other.tflite": "has no other.tflite",
    "in --style all --kaggle-zip": "--style all and --kaggle-zip cannot be used together",
    "in --kaggle-zip --keep-metadata": "--kaggle-zip and --keep-metadata cannot be used together",
    "--stdin --json --out -": "--json is for pictures, and not for films",
    "--stdin --style all --out -": "--style all is for pictures, and not for films",
    "film.mp4 a.jpg": "give one film alone",
    "film.mp4 --keep-metadata": "--keep-metadata is for pictures, and not for films",
    "film.mp4": "film.mp4: ",
    "a.jpg --out x.mp4": "a.jpg: a picture, no film; --style-sweep makes a film of a picture",
    "a.jpg --from 0:01": "--from is for films, and a.jpg is none",
    "--stdin": "--stdin needs --out",
    "a.jpg --mix cubism": "--mix: 'cubism' is unknown",
    "a.jpg --style impressionism --mix rococo": "paints one period only",
    "a.jpg --style periods": "choose with --mix one of",
    "a.jpg --style cubism": "cubism: no such style",
}


@pytest.mark.parametrize("words", BAD)
def test_bad_input_is_one_line_and_nothing_is_written(words, photos, capsys):
    make_pictures(Path("in"), 1)
    Path("text").write_text("text")
    Path("film.mp4").write_text("no film")
    before = {name: Path(name).read_bytes() for name in names()}
    assert run(*words.split()) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("error: ")
    assert printed.err.count("\n") == 1
    assert BAD[words] in printed.err
    assert {name: Path(name).read_bytes() for name in names()} == before
