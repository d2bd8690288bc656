import csv
import dataclasses
import hashlib
import inspect
import io
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.conftest import make_picture, make_pictures, make_truncated_jpeg, png_that_claims
from tests.picture_trees import write_tree
from tests.settings.test_setting import ANY_NUMBER
from tf_cyclegan.cli.main import build_parser, main
from tf_cyclegan.errors import UserError
from tf_cyclegan.pictures.files import list_pictures
from tf_cyclegan.run.config import TrainConfig
from tf_cyclegan.stylize.style import find_styles

COMMANDS = ("stylize", "styles", "prepare", "train", "summary", "evaluate", "export", "import-torch")
ROOT = Path(__file__).resolve().parent.parent


def python(code: str, *arguments: str) -> subprocess.CompletedProcess:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    words = [sys.executable, "-c", code, *arguments]
    return subprocess.run(words, capture_output=True, text=True, env=environment, check=False, timeout=120)


LOADED = """
import sys
from tf_cyclegan.cli.main import main
from tf_cyclegan.stylize.style import find_styles
from tf_cyclegan.run.config import TrainConfig
try:
    status = main(sys.argv[1:])
except SystemExit as exit:
    status = exit.code
print("status", status, *sorted({name.split(".")[0] for name in sys.modules}))
"""


def loaded_by(*arguments: str) -> set[str]:
    done = python(LOADED, *arguments)
    words = done.stdout.splitlines()[-1].split()
    assert words[:2] == ["status", "0"], done.stderr
    return set(words)


def test_help_lists_every_command():
    done = python("from tf_cyclegan.cli.main import main; main()", "--help")
    assert done.returncode == 0
    assert done.stderr == ""
    assert [line.split()[0] for line in done.stdout.splitlines() if re.match(r"    \w", line)] == list(COMMANDS)


def test_help_loads_nothing_that_takes_time():
    assert not loaded_by("--help") & {"tensorflow", "keras", "numpy", "PIL", "scipy", "ai_edge_litert", "tqdm"}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command, capsys):
    assert main([command, "--help"]) == 0
    assert "usage" in capsys.readouterr().out


def test_painting_needs_neither_tensorflow_nor_keras(style, tmp_path):
    make_picture().save(tmp_path / "a.jpg")
    loaded = loaded_by("stylize", str(tmp_path / "a.jpg"), "--style", str(style), "--out", str(tmp_path / "b.jpg"))
    assert not loaded & {"tensorflow", "keras", "scipy", "jax"}
    assert (tmp_path / "b.jpg").is_file()


def table(header, rows):
    text = io.StringIO(newline="")
    csv.writer(text).writerows([header.split(","), *rows])
    return text.getvalue()


def write_collection(path):
    """A zip in the layout of the Kaggle data set with the periods Impressionism and Baroque."""
    artworks = [(i, ("MONET", "REMBRANDT")[i % 2], f"Title {i}", "", "", "") for i in range(20)]
    artists = [("MONET", "", "Impressionism", "", "", "", ""), ("REMBRANDT", "", "Baroque", "", "", "", "")]
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("artwork_dataset.csv", table("ID,artist,title,picture data,file info,jpg url", artworks))
        archive.writestr("info_dataset.csv", table("artist,born-died,period,school,url,base,nationality", artists))
        for i in range(20):
            picture = io.BytesIO()
            make_picture(300 + i).save(picture, "JPEG")
            archive.writestr(f"complete/{i}.jpg", picture.getvalue())
    return path


def make_runs(place, keras_file, feature_weights):
    """Runs whose data cannot be evaluated: held-out pictures of the training set, a single one, none."""
    import keras
    import numpy as np

    for name, seed, count in (("run", 50, 4), ("itself", 0, 4), ("alone", 50, 1), ("bare", 50, 0)):
        data = place / f"{name}_data"
        for folder in ("trainA", "trainB"):
            make_pictures(data / folder, 4)
        for folder in ("testA", "testB"):
            make_pictures(data / folder, count, seed)
        (place / name).mkdir()
        (place / name / "config.json").write_text(TrainConfig(data=str(data), run=str(place / name)).to_json())
        for file in ("generator.keras", "generator_f.keras"):
            shutil.copy(keras_file, place / name / file)
    shutil.copy(feature_weights, place / "features.keras")
    network = keras.models.load_model(feature_weights)
    network.set_weights([np.full_like(w, np.nan) for w in network.get_weights()])
    network.save(place / "nan.keras")


@pytest.fixture(scope="module")
def place(tmp_path_factory, style, keras_file, compared, feature_weights):
    """A folder of everything that can be wrong."""
    from tests.networks.published.test_reading import patch_state
    from tests.torch_files import write_zip

    place = tmp_path_factory.mktemp("place")
    make_pictures(place / "photos", 8)
    make_pictures(place / "three", 3)
    for name in ("three_data", "no_pictures"):
        make_pictures(place / name / "trainA", 5)
    make_pictures(place / "three_data" / "trainB", 3)
    (place / "no_pictures" / "trainB").mkdir()
    make_pictures(place / "data" / "trainA", 4)
    make_pictures(place / "data" / "trainB", 4)
    (place / "empty").mkdir()
    (place / "file").write_text("text")
    (place / "text.jpg").write_text("text")
    (place / "not.pth").write_bytes(b"not a network")
    write_zip(place / "patch.pth", patch_state("instance"))
    (place / "link.keras").symlink_to("not.pth")
    (place / "not.keras").write_bytes(b"not a network")
    make_truncated_jpeg(place / "cut.jpg")
    Image.new("RGB", (1, 1)).save(place / "tiny.png")
    (place / "huge.png").write_bytes(png_that_claims(60000, 60000))
    make_picture().save(place / "good.jpg")
    write_collection(place / "art.zip")
    (place / "not.zip").write_text("text")
    make_runs(place, keras_file, feature_weights)
    shutil.copytree(style, place / "style")
    shutil.copytree(style, place / "changed_style")
    model = place / "changed_style" / "model.tflite"
    data = bytearray(model.read_bytes())
    data[len(data) // 2] ^= 1
    model.write_bytes(data)
    write_style(place / "float_style", as_floats((style / "model.tflite").read_bytes()))
    write_style(place / "fixed_style", (find_styles()["impressionism"] / "model_256.tflite").read_bytes())
    (place / "young").mkdir()
    config = dataclasses.asdict(TrainConfig(data=str(place / "data"), run="young"))
    (place / "young" / "config.json").write_text(json.dumps(config))
    shutil.copy(keras_file, place / "tiny.keras")
    shutil.copytree(compared, place / "sixteen")
    make_pictures(place / "two", 2)
    return place


def write_style(folder, model):
    """A bundle that is whole, with any file for its model."""
    folder.mkdir()
    (folder / "model.tflite").write_bytes(model)
    files = {"model.tflite": {"sha256": hashlib.sha256(model).hexdigest()}}
    about = {"schema": 1, "name": {"en": "Other"}, "size": {"multiple": 4}, "files": files}
    (folder / "style.json").write_text(json.dumps(about))


def as_floats(model):
    """The same file with an input of another type."""
    from ai_edge_litert.tools import flatbuffer_utils

    parsed = flatbuffer_utils.read_model_from_bytearray(bytearray(model))
    graph = parsed.subgraphs[0]
    graph.tensors[graph.inputs[0]].type = flatbuffer_utils.TensorType.FLOAT32
    return bytes(flatbuffer_utils.convert_object_to_bytearray(parsed))


STYLIZE = "--style {}/style --out {}/out.jpg"
BAD_INPUTS = {
    "stylize: a picture that is missing": (f"stylize {{}}/none.jpg {STYLIZE}", "none.jpg: no such file"),
    "stylize: text": (f"stylize {{}}/text.jpg {STYLIZE}", "text.jpg: not a picture"),
    "stylize: truncated": (f"stylize {{}}/cut.jpg {STYLIZE}", "cut.jpg: damaged picture"),
    "stylize: one pixel": (f"stylize {{}}/tiny.png {STYLIZE}", "tiny.png: 1×1 pixels is too small"),
    "stylize: too large": (f"stylize {{}}/huge.png {STYLIZE}", "huge.png: "),
    "stylize: empty folder": (f"stylize {{}}/empty {STYLIZE}", "empty: no pictures in this folder"),
    "stylize: missing style": ("stylize {}/good.jpg --style {}/none --out {}/out.jpg", "none: no such style"),
    "stylize: changed style": ("stylize {}/good.jpg --style {}/changed_style --out {}/out.jpg", "sha256 differs"),
    "stylize: ending": ("stylize {}/good.jpg --style {}/style --out {}/out.gif", "written as .jpg, .png or .webp"),
    "stylize: below a file": ("stylize {}/good.jpg --style {}/style --out {}/file/out.jpg", "cannot be written"),
    "stylize: float model": ("stylize {}/good.jpg --style {}/float_style --out {}/out.jpg", "other values than uint8"),
    "stylize: one size": ("stylize {}/good.jpg --style {}/fixed_style --out {}/out.jpg", "only for 256×256 pixels"),
    "stylize: no such model": (f"stylize {{}}/good.jpg {STYLIZE} --model export.json", "one of model.tflite"),
    "stylize: strength": (
        f"stylize {{}}/good.jpg {STYLIZE} --strength 101",
        "--strength must be a number from 0 to 100, not",
    ),
    "stylize: brush": (f"stylize {{}}/good.jpg {STYLIZE} --brush huge", "--brush: invalid choice: 'huge'"),
    "stylize: nothing": (f"stylize {STYLIZE}", "give either a picture or a folder, or --stdin"),
    "stylize: both": (f"stylize {{}}/good.jpg --stdin {STYLIZE}", "give either a picture or a folder, or --stdin"),
    "stylize: zip of a stream": (f"stylize --stdin --kaggle-zip {STYLIZE}", "needs a folder of photographs"),
    "stylize: stream to .jpg": (f"stylize --stdin {STYLIZE}", "a film is written as .mp4"),
    "stylize: part of a picture": (f"stylize {{}}/good.jpg {STYLIZE} --from 1", "--from is for films"),
    "stylize: half a mixture": (
        "stylize {}/good.jpg --style {}/style --out {}/out.mp4 --mix-to baroque",
        "--mix-from and --mix-to go together",
    ),
    "stylize: side": (f"stylize {{}}/good.jpg {STYLIZE} --max-side 3", "--max-side must be a whole number from 16"),
    "prepare: unknown period": (
        "prepare --historic-art {}/art.zip --period Cubism --photos {}/photos --out {}/out",
        "unknown period 'Cubism'; this collection has: Impressionism (10), Baroque (10)",
    ),
    "prepare: no period": ("prepare --historic-art {}/art.zip --photos {}/photos --out {}/out", "--period"),
    "prepare: no paintings": ("prepare --photos {}/photos --out {}/out", "--paintings"),
    "prepare: not a zip": (
        "prepare --historic-art {}/not.zip --period Baroque --photos {}/photos --out {}/out",
        "neither a folder nor a readable zip file",
    ),
    "prepare: missing collection": (
        "prepare --historic-art {}/none --period Baroque --photos {}/photos --out {}/out",
        "none: no such folder or zip file",
    ),
    "prepare: missing photos": ("prepare --paintings {}/photos --photos {}/none --out {}/out", "none: no such folder"),
    "prepare: empty folder": ("prepare --paintings {}/photos --photos {}/empty --out {}/out", "empty: no pictures"),
    "prepare: three pictures": ("prepare --paintings {}/photos --photos {}/three --out {}/out", "3 works for domain A"),
    "prepare: existing": ("prepare --paintings {}/data --photos {}/photos --out {}/run", "exists already"),
    "prepare: size": ("prepare --paintings {}/data --photos {}/photos --out {}/out --size 0", "size"),
    "prepare: a set by artist": ("prepare --tfds cycle_gan/monet2photo --split artist --out {}/x", "name no artists"),
    "prepare: no artist": (
        "prepare --paintings {}/photos --photos {}/sixteen --split artist --out {}/x",
        "no painting has a known artist",
    ),
    "prepare: no output": ("prepare --paintings {}/data --photos {}/photos", "--out DIR is missing"),
    "prepare: one folder twice": ("prepare --paintings {}/photos --photos {}/data/../photos --out {}/out", "the same"),
    "prepare: list of nothing": ("prepare --list", "which collection? give --historic-art"),
    "prepare: not on Kaggle": ("prepare --kaggle art --period Baroque --photos {}/photos --out {}/out", "OWNER/NAME"),
    "train: missing data": ("train {}/none --run {}/run --preset smoke", "trainA: no such folder"),
    "train: no pictures": ("train {}/no_pictures --run {}/run --preset smoke", "trainB: no pictures"),
    "train: three pictures": ("train {}/three_data --run {}/run --preset smoke", "trainB: 3 pictures are too few"),
    "train: run is a file": ("train {}/data --run {}/file --preset smoke", "file: cannot be written"),
    "train: setting": ("train {}/data --run {}/run --preset smoke --crop 99", "crop 99 is larger than load 36"),
    "summary: missing run": ("summary --run {}/none", "is this the folder of a run"),
    "summary: size": ("summary --preset style --size 30", "--generator painter takes sides in multiples of 8"),
    "summary: tiny": (
        "summary --preset paper --size 4",
        "size 4: --generator resnet_9blocks takes sides in multiples of 4, of at least 8 pixels",
    ),
    "evaluate: missing run": ("evaluate {}/none", "is this the folder of a run"),
    "evaluate: run is a file": ("evaluate {}/file", "file"),
    "evaluate: two runs": ("evaluate {}/run {}/file", "one run at a time; several are compared with: evaluate compare"),
    "evaluate: missing weights": ("evaluate {}/run --weights {}/none.h5", "none.h5: no such file; download https://"),
    "evaluate: other weights": ("evaluate {}/run --weights {}/not.keras", "not.keras: not a Keras model, or damaged"),
    "evaluate: NaN weights": ("evaluate {}/run --weights {}/nan.keras", "NaN among its weights; download https://"),
    "evaluate: features": ("evaluate {}/run --features vgg", "invalid choice: 'vgg' (choose from"),
    "evaluate: a set with itself": (
        "evaluate {}/itself --weights {}/features.keras",
        "pictures were trained on; at least 2 must be others",
    ),
    "evaluate: empty testA": (
        "evaluate {}/bare --weights {}/features.keras",
        "testA: no pictures in this folder; evaluation needs held-out pictures next to the training pictures",
    ),
    "export: empty pictures": (
        "export {}/tiny.keras --out {}/out --pictures {}/empty",
        "empty: no pictures in this folder; name another folder with --pictures",
    ),
    "evaluate: one picture": ("evaluate {}/alone --weights {}/features.keras", "1 picture is too few to evaluate"),
    "evaluate: anchor of other pictures": (
        "evaluate {}/run --weights {}/features.keras --anchor {}/photos",
        "photos/004.jpg: there is no photograph of this name in",
    ),
    "compare: one run": ("evaluate compare {}/run --out {}/out.html", "at least two runs are needed"),
    "compare: a run with itself": ("evaluate compare {}/run {}/run --out {}/out.html", "the same run is named twice"),
    "compare: not evaluated": (
        "evaluate compare {}/run {}/alone --out {}/out.html",
        "metrics.json: not there; evaluate",
    ),
    "compare: a folder": ("evaluate compare {}/run {}/alone --out {}/empty", "is a folder; give a file for the page"),
    "train: evaluate-every": (
        "train {}/data --run {}/new --preset smoke --evaluate-every -1",
        "--evaluate-every must be a whole number from 0 to 1,000,000,000, not -1",
    ),
    "train: missing weights": (
        "train {}/data --run {}/new --preset smoke --evaluate-every 5 --weights {}/none.h5",
        "none.h5: no such file; download https://",
    ),
    "compare: none": ("evaluate compare --out {}/out.html", "at least two runs are needed"),
    "export: an archive of another format": (
        "export {}/none --out {}/out --archive {}/x.zip",
        ".tar or .tar.xz; choose",
    ),
    "stylize: a folder to a zip": ("stylize {}/photos --style {}/style --out {}/x.zip", "--kaggle-zip writes squares"),
    "export: missing run": ("export {}/none --out {}/out", "is this the folder of a run"),
    "export: run is a file": ("export {}/file --out {}/out", "file"),
    "export: not a network": ("export {}/not.keras --out {}/out --pictures {}/photos", "not.keras: not a Keras model"),
    "export: no checkpoint": ("export {}/young --out {}/out", "has no generator.keras yet; train until"),
    "export: not imported": ("export {}/not.pth --out {}/out", "import it first: python -m tf_cyclegan import-torch"),
    "export: few pictures": ("export {}/tiny.keras --out {}/out --pictures {}/two", "2 of its 2 pictures can be read"),
    "export: two representative pictures": (
        "export {}/tiny.keras --out {}/out --pictures {}/sixteen --integer --representative {}/two",
        "at least 16 are needed; name a folder with more with --representative",
    ),
    "import-torch: not a .pth": ("import-torch {}/not.pth --out {}/out.keras", "not.pth"),
    "import-torch: missing": ("import-torch {}/none.pth --out {}/out.keras", "none.pth"),
    "import-torch: padding": ("import-torch {}/patch.pth --padding zero --out {}/out.keras", "leave --padding out"),
    "import-torch: norm": ("import-torch {}/patch.pth --norm batch --out {}/out.keras", "it lacks model.3.weight"),
    "import-torch: key": ("import-torch {}/patch.pth --key netG --out {}/out.keras", "no network called netG"),
    "stylize: onto the picture": (
        "stylize {}/good.jpg --style {}/style --out {}/good.jpg",
        "is the same as the picture",
    ),
    "stylize: into the folder": ("stylize {}/photos --style {}/style --out {}/photos/out", "lies within the folder of"),
    "stylize: over the folder": ("stylize {}/photos --style {}/style --out {}", "holds the folder of pictures"),
    "stylize: into the style": ("stylize {}/good.jpg --style {}/style --out {}/style/a.jpg", "lies within --style"),
    "stylize: zip in the folder": (
        "stylize {}/photos --style {}/style --kaggle-zip --out {}/photos/a.zip",
        "lies within the folder of pictures",
    ),
    "prepare: onto photographs": ("prepare --paintings {}/three --photos {}/photos --out {}/photos", "as --photos"),
    "prepare: into paintings": (
        "prepare --paintings {}/three --photos {}/photos --out {}/three/x",
        "within --paintings",
    ),
    "prepare: working folder": (
        "prepare --paintings {}/photos --photos {}/data/x.partial --out {}/data/x",
        "--out's working folder",
    ),
    "prepare: over the cache": (
        "prepare --historic-art {}/art.zip --period Baroque --photos {}/photos --cache {}/new/cache --out {}/new",
        "holds --cache",
    ),
    "train: run is the data": ("train {}/data --run {}/data --preset smoke", "--run"),
    "train: run in the data": ("train {}/data --run {}/data/run --preset smoke", "lies within the data"),
    "train: backup in the run": ("train {}/data --run {}/new --backup {}/new/b --preset smoke", "holds --backup"),
    "train: backup in the data": (
        "train {}/data --run {}/new --backup {}/data/b --preset smoke",
        "lies within the data",
    ),
    "train: begins with itself": ("train {}/data --run {}/young --start-from {}/young", "the same as --start-from"),
    "compare: onto a file of a run": (
        "evaluate compare {}/run {}/alone --out {}/run/config.json",
        "lies within the run",
    ),
    "export: onto the run": ("export {}/run --out {}/run/style", "lies within the source"),
    "export: onto its data": ("export {}/run --out {}/run_data/style", "lies within the run's data"),
    "export: onto the pictures": (
        "export {}/tiny.keras --pictures {}/sixteen --out {}/sixteen/style",
        "lies within --pictures",
    ),
    "export: onto the representative ones": (
        "export {}/tiny.keras --integer --pictures {}/sixteen --representative {}/three --out {}/three/style",
        "lies within --representative",
    ),
    "export: SavedModel is the bundle": (
        "export {}/tiny.keras --pictures {}/sixteen --out {}/out --saved-model {}/out",
        "is the same as --saved-model",
    ),
    "export: SavedModel in the bundle": (
        "export {}/tiny.keras --pictures {}/sixteen --out {}/out --saved-model {}/OUT/sub/../saved",
        "holds --saved-model",
    ),
    "export: archive in the bundle": (
        "export {}/tiny.keras --pictures {}/sixteen --out {}/out --archive {}/out/style.tar",
        "holds --archive",
    ),
    "export: here": ("export {}/tiny.keras --pictures {}/sixteen --out .", "the folder that this command runs in"),
    "import-torch: onto the weights": ("import-torch {}/link.keras --out {}/link.keras", "the same as the weights"),
    "import-torch: onto what a link leads to": ("import-torch {}/not.pth --out {}/link.keras", "same as the weights"),
    "import-torch: ending": ("import-torch {}/not.pth --out {}/out.h5", "must end in .keras"),
}


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        *(("compare", "compare"), ("./compare", "./compare"), ("compare a b", ["a", "b"])),
        *(("compare compare a", ["compare", "a"]), ("compare a b compare", ["a", "b", "compare"])),
    ],
)
def test_a_run_may_be_called_compare(words, meant, place, tmp_path, monkeypatch):
    from tf_cyclegan.evaluate import evaluation

    seen = []
    monkeypatch.setattr(evaluation, "evaluate", lambda run, **_: seen.append(run))
    monkeypatch.setattr(evaluation, "compare", lambda runs, *_, **__: seen.append(runs))
    monkeypatch.setattr("tf_cyclegan.evaluate.table.table", lambda _: "")
    monkeypatch.setattr("tf_cyclegan.evaluate.page.comparison.table", lambda _: "")
    monkeypatch.chdir(tmp_path)
    for name in ("compare", "a", "b"):
        shutil.copytree(place / "young", tmp_path / name)
    assert main(["evaluate", *words.split()]) == 0
    assert seen == [meant]


def test_compare_and_one_run_are_asked_what_is_meant(place, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    shutil.copytree(place / "young", tmp_path / "compare")
    assert main(["evaluate", "compare", "my run"]) == 2
    printed = capsys.readouterr().err
    assert printed == (
        "error: compare is a run here as well; to compare the two: "
        'python -m tf_cyclegan evaluate compare compare "my run"\n'
    )


def contents(folder):
    return {p: p.read_bytes() if p.is_file() else None for p in folder.rglob("*")}


@pytest.mark.parametrize("case", BAD_INPUTS)
def test_bad_input_is_one_line_and_status_2_and_nothing_is_written(case, place, capsys):
    command, message = BAD_INPUTS[case]
    before = contents(place)
    status = main(command.replace("{}", str(place)).split())
    lines = capsys.readouterr().err.splitlines()
    assert status == 2
    assert len(lines) == 1
    assert lines[0].startswith("error: ")
    assert message in lines[0]
    assert contents(place) == before


@pytest.mark.parametrize(
    ("options", "size"),
    [
        ("--full-size", (64, 48)),
        ("--brush broad", (64, 48)),
        ("--strength 70", (64, 48)),
        ("--keep-colours --max-side 32", (32, 24)),
        ("--model model.tflite", (64, 48)),
    ],
)
def test_the_options_of_painting_reach_it(place, tmp_path, options, size):
    plain, out = tmp_path / "plain.png", tmp_path / "out.png"
    for path, more in ((plain, ""), (out, options)):
        words = f"stylize {place}/good.jpg --style {place}/style --out {path} {more}"
        assert main(words.split()) == 0
    assert Image.open(out).size == size
    same = list(Image.open(out).getdata()) == list(Image.open(plain).getdata())
    assert same == (
        options in ("--full-size", "--model model.tflite", "--brush broad")
    )  # The picture is small as it is.


@pytest.mark.parametrize(
    ("options", "sizes"),
    [
        ("--brush fine", [(400, 600)]),
        ("--brush medium", [(384, 576), (400, 600)]),
        ("", [(256, 384), (400, 600)]),
        ("--max-side 420 --brush medium", [(280, 420)]),
        ("--kaggle-zip --brush broad", [(256, 256)]),
    ],
)
def test_the_brush_is_the_chosen_one_else_that_of_the_style(place, tmp_path, monkeypatch, options, sizes):
    from tf_cyclegan.stylize.stylizer import Stylizer

    style = shutil.copytree(place / "style", tmp_path / "style")
    about = json.loads((style / "style.json").read_text())
    (style / "style.json").write_text(json.dumps({**about, "brush": "broad"}))
    (tmp_path / "photos").mkdir()
    make_picture(1, 600, 400).save(tmp_path / "photos" / "photo.png")
    seen = []
    monkeypatch.setattr(Stylizer, "run", lambda self, pixels: seen.append(pixels.shape[:2]) or pixels)
    out = tmp_path / ("out.zip" if "zip" in options else "out")
    assert main(f"stylize {tmp_path}/photos --style {style} --out {out} {options}".split()) == 0
    assert seen == sizes


def test_strength_0_leaves_the_photograph(place, tmp_path):
    words = f"stylize {place}/good.jpg --style {place}/style --out {tmp_path}/out.png --strength 0"
    assert main(words.split()) == 0
    assert list(Image.open(tmp_path / "out.png").getdata()) == list(Image.open(place / "good.jpg").getdata())


def test_frames_go_from_standard_input_to_standard_output(place):
    frames = (place / "good.jpg").read_bytes() * 3
    words = ["-m", "tf_cyclegan", "stylize", "--stdin", "--style", str(place / "style"), "--out", "-"]
    done = subprocess.run([sys.executable, *words], input=frames, capture_output=True, check=True, cwd=ROOT)
    assert done.stdout.count(b"\xff\xd8\xff") == 3
    assert done.stderr.endswith(b"-: 3 frames, 0:00.1\n")


def test_a_full_disk_is_one_line_and_the_earlier_painting_stays(place, tmp_path):
    """A limit on the size of files stands in for the disk: writing fails in the middle, as there."""
    (tmp_path / "out.png").write_bytes(b"earlier")
    code = "import resource as r, sys; r.setrlimit(r.RLIMIT_FSIZE, (999, 999)); sys.dont_write_bytecode = True;"
    code += "from tf_cyclegan.cli.main import main; sys.exit(main(sys.argv[1:]))"
    words = ("stylize", f"{place}/good.jpg", "--style", f"{place}/style", "--out", f"{tmp_path}/out.png")
    done = python(code, *words)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == f"error: {tmp_path}/out.png: cannot be written (File too large)"
    assert [path.name for path in tmp_path.iterdir()] == ["out.png"]
    assert (tmp_path / "out.png").read_bytes() == b"earlier"


def test_a_keyboard_interrupt_is_one_line_too(place, capsys, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("tf_cyclegan.prepare.sources.read_folder", interrupt)
    words = ["prepare", "--paintings", str(place / "data"), "--photos", str(place / "photos"), "--out", "x"]
    assert main(words) == 2
    assert capsys.readouterr().err == "error: interrupted\n"


@pytest.mark.parametrize(
    "error", [ZeroDivisionError("of the\nprogram"), MemoryError(), SystemExit(3), OSError(5, "I/O")]
)
def test_a_mistake_of_the_program_is_one_line_that_names_a_log(error, place, tmp_path, capsys, monkeypatch):
    def fail(*_):
        raise error

    monkeypatch.setattr("tf_cyclegan.prepare.sources.read_folder", fail)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert main(["prepare", "--paintings", str(place / "data"), "--photos", str(place / "photos"), "--out", "x"]) == 2
    line = capsys.readouterr().err
    assert line.startswith("error: ")
    assert line.count("\n") == 1
    (log,) = tmp_path.glob("*.log")
    assert line.endswith(f"; details are in {log}\n")
    assert type(error).__name__ in log.read_text()


COMMAND_LINES = {
    "prepare": "--photos a --paintings b --out c",
    "train": "a --run b",
    "summary": "--preset smoke",
    "stylize": "a --style b --out c",
}


def numeric_options():
    """Option and setting of every number of the command line."""
    for command in COMMANDS:
        known = command_parser(command)._option_string_actions
        for option, action in known.items():
            declared = declared_by(action)
            if declared and declared.kind in (int, float):
                yield pytest.param(command, option, declared, id=f"{command} {option}")
            assert action.type not in (int, float), f"{command} {option} has no bounds"


def command_parser(command):
    (commands,) = (a for a in build_parser()._actions if a.choices)
    return commands.choices[command]


def declared_by(action):
    cells = inspect.getclosurevars(action.type).nonlocals if inspect.isfunction(action.type) else {}
    return cells.get("declared")


def test_every_command_with_numbers_is_asked():
    assert {p.values[0] for p in numeric_options()} == set(COMMAND_LINES)


@pytest.mark.parametrize(("command", "option", "declared"), numeric_options())
def test_a_number_out_of_its_bounds_is_one_line_that_says_what_is_allowed(command, option, declared, capsys):
    words = [command, *COMMAND_LINES[command].split()]

    @settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(value=st.one_of(ANY_NUMBER.map(str), st.just("many"), st.just("")))
    def check(value):
        try:
            declared.check(option, declared.kind(value))
        except (ValueError, UserError):
            assert main([*words, f"{option}={value}"]) == 2
            said = capsys.readouterr()
            assert said.out == ""
            assert said.err.startswith(f"error: {option} must be {declared.allowed}, not ")
            assert said.err.count("\n") == 1
        else:
            options = build_parser().parse_args([*words, f"{option}={value}"])
            assert getattr(options, option.strip("-").replace("-", "_")) == declared.kind(value)

    check()


def test_a_wrong_option_is_one_line_that_names_the_help(capsys):
    assert main(["train", "data"]) == 2
    line = "error: the following arguments are required: --run (see python -m tf_cyclegan train --help)\n"
    assert capsys.readouterr().err == line
    assert main([]) == 2
    assert capsys.readouterr().err.endswith("(see python -m tf_cyclegan --help)\n")


def test_the_help_of_train_calls_no_default_the_papers(capsys):
    assert main(["train", "--help"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert "(paper" not in text
    assert "channels of the generators' first convolution (from 1 to 4,096; default: 16)" in text


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_is_text_in_every_encoding(command):
    for encoding in ("ascii", "cp1251"):
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": encoding}
        words = [sys.executable, "-m", "tf_cyclegan", *command.split(), "--help"]
        done = subprocess.run(words, capture_output=True, env=environment, check=False, timeout=60)
        assert (done.returncode, done.stderr) == (0, b"")
        assert done.stdout.decode(encoding).startswith("usage: python -m tf_cyclegan")


def test_a_refused_crop_leaves_no_folder(place, tmp_path, capsys):
    words = f"train {place}/data --run {tmp_path}/run --preset smoke"
    assert main(f"{words} --crop 30".split()) == 2
    line = "error: crop 30: --generator painter takes sides in multiples of 8, of at least 8 pixels; "
    assert capsys.readouterr().err.startswith(line)
    assert not (tmp_path / "run").exists()


def test_a_folder_of_damaged_pictures_names_each_and_fails(style, tmp_path, capsys):
    folder = tmp_path / "in"
    folder.mkdir()
    make_truncated_jpeg(folder / "a.jpg")
    assert main(["stylize", str(folder), "--style", str(style), "--out", str(tmp_path / "out")]) == 2
    lines = capsys.readouterr().err.replace("\r", "\n").splitlines()
    assert any("a.jpg: damaged" in line for line in lines if line.startswith("skipped: "))
    assert lines[-1].startswith("error: ")
    assert "none of the 1 pictures could be read" in lines[-1]
    assert not (tmp_path / "out").exists()


def test_a_folder_of_all_kinds_is_painted_and_the_rest_is_named_at_the_end(style, tmp_path, capsys):
    files = {"a.jpg": "HEIC", "b": "AVIF", "c.JFIF": "JPEG", "d.jpg": "motion", "notes.txt": "text", "e.mp4": "film"}
    folder = write_tree(tmp_path / "in", {**files, "@eaDir": {"a.jpg": "JPEG"}})
    (folder / "up").symlink_to("..")
    words = ["stylize", folder, "--style", style, "--out", tmp_path / "out"]
    assert main([str(word) for word in words]) == 0
    printed = capsys.readouterr()
    assert printed.out == f"{tmp_path / 'out'}: 4 of 4 pictures\n"
    assert printed.err.splitlines()[-2:] == [
        "left out: a link to a folder above it: 1 (up)",
        "left out: no picture, or of an unknown kind: 2 (e.mp4; notes.txt)",
    ]
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["a.jpg", "b.jpg", "c.jpg", "d.jpg"]


def test_prepare_names_what_is_no_picture(tmp_path, capsys):
    photos, paintings = make_pictures(tmp_path / "photos", 9), make_pictures(tmp_path / "paintings", 9, seed=500)
    (photos / "clip.mp4").write_bytes(b"x")
    words = f"prepare --photos {photos} --paintings {paintings} --out {tmp_path / 'out'} --size 40"
    for _ in range(2):
        assert main(words.split()) == 0
        printed = capsys.readouterr()
        assert "left out: no picture, or of an unknown kind: 1 (photos/clip.mp4)\n" in printed.err
        assert "left out of A: 1 no picture, or of an unknown kind\n" in printed.err
        assert "; 1 left out" in printed.out


def test_a_prepared_collection_tells_what_was_left_out(place, tmp_path, capsys):
    photos = make_pictures(tmp_path / "photos", 9)
    make_truncated_jpeg(photos / "003.jpg")
    words = ["prepare", "--historic-art", place / "art.zip", "--period", "baroque", "--photos", photos]
    assert main([str(w) for w in [*words, "--out", tmp_path / "out", "--size", 40]]) == 0
    printed = capsys.readouterr()
    assert "left out: photos/003.jpg: damaged" in printed.err
    assert printed.out.endswith("1 left out\n")
    assert json.loads((tmp_path / "out" / "prepare.json").read_text())["period"] == "Baroque"


def test_the_options_of_selection_reach_preparation(tmp_path, capsys):
    photos, paintings = make_pictures(tmp_path / "photos", 9), make_pictures(tmp_path / "paintings", 9, seed=500)
    make_picture(3).save(photos / "again.jpg", quality=60)
    make_picture(600).convert("L").save(paintings / "grey.jpg")
    for i, path in enumerate(sorted(paintings.iterdir())):
        (paintings / str(i % 3)).mkdir(exist_ok=True)
        path.rename(paintings / str(i % 3) / path.name)
    words = f"prepare --photos {photos} --paintings {paintings} --out {tmp_path / 'out'} --size 40"
    assert main(words.split()) == 0
    printed = capsys.readouterr()
    assert "left out of A: 1 duplicate (--keep-duplicates keeps them)\n" in printed.err
    assert "left out of B: 1 black and white (--keep-monochrome keeps them)\n" in printed.err
    assert printed.out.endswith("; 2 left out\n")

    assert main(words.split()) == 0
    assert capsys.readouterr().out.endswith("; 2 left out; it was prepared already\n")

    keep = " --keep-duplicates --keep-monochrome --keep-frames --keep-drawings --split artist --processes 1"
    assert main((words + keep).split()) == 2
    assert "--force" in capsys.readouterr().err
    assert main((words + keep + " --force").split()) == 0
    assert capsys.readouterr().out.endswith("; 0 left out\n")
    facts = json.loads((tmp_path / "out" / "prepare.json").read_text())
    assert facts["split"] == "artist"
    assert not any(facts["cleaning"][name] for name in ("frames", "drawings", "monochrome", "duplicates"))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("--genre landscapes", "--genre knows portrait, landscape, still life"),
        ("--min-side 500", "0 of 9 photographs are left, at least 8 are needed: 9 too small"),
        ("--split source", "this source has no split of its own; use --split random"),
        ("--processes 0", "--processes must be a whole number from 1"),
    ],
)
def test_a_selection_that_leaves_nothing_is_one_line(options, message, tmp_path, capsys):
    photos, paintings = make_pictures(tmp_path / "photos", 9), make_pictures(tmp_path / "paintings", 9, seed=500)
    words = f"prepare --photos {photos} --paintings {paintings} --out {tmp_path / 'out'} --size 40 {options}"
    assert main(words.split()) == 2
    last = capsys.readouterr().err.splitlines()[-1]
    assert last.startswith("error: ")
    assert message in last
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_from_pictures_to_paintings(tmp_path, capsys, monkeypatch):
    """prepare, train, export and stylize, as the README has them; one picture is damaged on the way."""
    monkeypatch.chdir(tmp_path)
    make_pictures(tmp_path / "photos", 24)
    make_pictures(tmp_path / "monet", 12, seed=40)
    words = "prepare --paintings monet --photos photos --out data/monet --size 40 --test-share 0.7"
    assert main(words.split()) == 0
    assert "trainA 7, testA 17, trainB 4, testB 8; 0 left out" in capsys.readouterr().out
    broken = make_truncated_jpeg(list_pictures("data/monet/trainA")[3])

    # So little time that it stops after one step.
    words = "train data/monet --run runs/monet --preset smoke --max-minutes 0.000001 --batch 8"
    assert main(words.split()) == 0
    printed = capsys.readouterr()
    assert "runs/monet: step 1 of 4; the same command continues" in printed.out
    assert printed.err.count("warning: skipped: ") == 1
    assert f"{broken}: damaged" in printed.err
    assert Path("runs/monet/checkpoints/ckpt-1.index").is_file()

    # The models of fixed sizes are converted in the tests of export.
    monkeypatch.setattr("export.bundle.MODELS", {"model.tflite": None})
    words = "export runs/monet --out styles/monet --archive styles/monet.tar --period Impressionism"
    assert main(words.split()) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("model.tflite (float16): ")
    found = hashlib.sha256(Path("styles/monet.tar").read_bytes()).hexdigest()
    assert printed.endswith(f"bytes, #sha256={found}\n")

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "styles" / "cache"))
    assert main(["stylize", "photos", "--style", "styles/monet.tar", "--out", "painted"]) == 0
    assert "painted: 24 of 24 pictures" in capsys.readouterr().out
    assert [p.name for p in list_pictures("painted")] == [p.name for p in list_pictures("photos")]
    assert {Image.open(p).size for p in list_pictures("painted")} == {(64, 48)}
    assert sorted(p.name for p in tmp_path.iterdir()) == ["data", "monet", "painted", "photos", "runs", "styles"]
