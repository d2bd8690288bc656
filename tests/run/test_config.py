import dataclasses
import json
import shlex
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.settings.test_setting import ANY_NUMBER, is_within
from tf_cyclegan.errors import UserError
from tf_cyclegan.run.command import train_command
from tf_cyclegan.run.config import TrainConfig, load_config
from tf_cyclegan.run.places import places, with_absolute_places
from tf_cyclegan.run.presets import PRESETS, together
from tf_cyclegan.settings.limits import MAX_SEED
from tf_cyclegan.settings.setting import settings_of


def test_the_paper_preset_is_the_published_set_up():
    config = TrainConfig(**PRESETS["paper"])
    assert (config.generator, config.filters, config.load, config.crop) == ("resnet_9blocks", 64, 286, 256)
    assert (config.learning_rate, config.beta_1, config.pool_size, config.batch) == (2e-4, 0.5, 50, 1)
    assert (config.lambda_cycle_x, config.lambda_cycle_y, config.lambda_identity) == (10, 10, 0.5)


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_is_a_valid_config(preset):
    TrainConfig(**PRESETS[preset])


def test_every_setting_has_a_help_text():
    assert all(settings_of(TrainConfig)[field.name].help for field in dataclasses.fields(TrainConfig))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"generator": "vgg"}, "generator: 'vgg' is unknown; one of resnet_9blocks"),
        ({"gan_mode": "x"}, "gan_mode: 'x' is unknown; one of lsgan"),
        ({"batch": 0}, "batch must be a whole number from 1 to 4,096, not 0"),
        ({"steps": -3}, "steps must be a whole number from 1 to 1,000,000,000, not -3"),
        ({"crop": 300}, "crop 300 is larger than load 286"),
        ({"ema": 1.0}, "ema must be a number at least 0 and below 1, not 1.0"),
        ({"decay_from": -0.1}, "decay_from must be a number at least 0 and below 1, not -0.1"),
        ({"filters_f": -1}, "filters_f must be a whole number from 0 to 4,096, not -1"),
        ({"generator_f": "vgg"}, "generator_f: .vgg. is unknown"),
        ({"augment": "color,zoom"}, "augment: .zoom. is unknown; any of color, translation, cutout"),
        ({"steps": "5"}, "steps must be a whole number"),
        ({"flip": 1}, "flip must be true or false, not 1"),
        ({"data": 7}, "data must be a text, not 7"),
        ({"add_period": True}, "--add-period needs --start-from"),
        (
            {"add_period": True, "start_from": "x", **PRESETS["style"], "periods": "a,b"},
            "--add-period adds one period at a time",
        ),
        ({"batch": 3, "devices": 2}, "batch 3 cannot be shared evenly"),
        ({"schedule": "step", "decay_from": 1e-4}, "with schedule step decay_from must be at least 0.01"),
    ],
)
def test_a_setting_that_makes_no_sense_is_refused(settings, message):
    with pytest.raises(UserError, match=message):
        TrainConfig(**settings)


@settings(deadline=None, max_examples=30)
@given(
    preset=st.sampled_from(sorted(PRESETS)),
    changes=st.fixed_dictionaries(
        {}, optional={"seed": st.integers(0, MAX_SEED), "dropout": st.booleans(), "ema": st.floats(0, 0.999)}
    ),
)
def test_a_config_survives_its_file(tmp_path_factory, preset, changes):
    config = TrainConfig(data="d", run="r", **{**PRESETS[preset], **changes})
    path = tmp_path_factory.mktemp("config") / "config.json"
    path.write_text(config.to_json(), encoding="utf-8")
    assert load_config(path) == config


def test_a_missing_file_asks_for_the_folder_of_a_run(tmp_path):
    with pytest.raises(UserError, match="is this the folder of a run"):
        load_config(tmp_path / "config.json")


def test_a_file_in_place_of_the_run_folder_is_reported(tmp_path):
    (tmp_path / "run").write_text("x")
    with pytest.raises(UserError, match="run"):
        load_config(tmp_path / "run" / "config.json")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "[1, 2]",
        "null",
        '"text"',
        '{"unknown": 1}',
        '{"steps": "many"}',
        '{"steps": null}',
        '{"steps": 0}',
    ],
)
def test_a_damaged_file_is_reported(tmp_path, text):
    (tmp_path / "config.json").write_text(text)
    with pytest.raises(UserError, match="damaged, or from another version"):
        load_config(tmp_path / "config.json")


def test_a_setting_that_is_gone_is_ignored_where_it_did_nothing(tmp_path):
    path = tmp_path / "config.json"
    teacher = {"teacher": "", "teacher_digest": "", "lambda_teacher": 10.0}
    path.write_text(json.dumps({"steps": 7, **teacher, "lambda_nce": 0.0, "lambda_edges": 0, "average_from": 1.0}))
    assert load_config(path) == TrainConfig(steps=7)


@pytest.mark.parametrize(
    ("name", "value"), [("teacher", "/t"), ("lambda_nce", 1.0), ("lambda_edges", 60.0), ("average_from", 0.3)]
)
def test_a_run_that_used_a_setting_that_is_gone_is_reported_in_one_line(name, value, tmp_path):
    path = tmp_path / "config.json"
    path.write_text(json.dumps({"steps": 7, name: value}))
    with pytest.raises(UserError) as caught:
        load_config(path)
    said = f"damaged, or from another version (unknown here: {name}; use the version that trained the run)"
    assert str(caught.value) == f"{path}: {said}"


def test_a_run_whose_generator_is_gone_is_reported_in_one_line(tmp_path):
    path = tmp_path / "config.json"
    path.write_text(json.dumps({"generator": "mobile_dense"}))
    with pytest.raises(UserError, match=r"another version \(generator: 'mobile_dense' is unknown; one of [^\n]*\)$"):
        load_config(path)


def test_bytes_that_are_no_text_are_reported(tmp_path):
    (tmp_path / "config.json").write_bytes(b"\xff\xfe\x80")
    with pytest.raises(UserError, match="damaged"):
        load_config(tmp_path / "config.json")


def test_changed_settings_name_both_values():
    ours = TrainConfig(data="d")
    assert ours.changed_settings(dataclasses.replace(ours, filters=32, seed=5)) == [
        "filters: 64, now 32",
        "seed: 0, now 5",
    ]


def test_free_settings_may_change():
    ours = TrainConfig(data="d")
    free = {"run": "r", "steps": 9, "max_minutes": 1.0, "save_minutes": 2.0, "sample_steps": 3, "decay_from": 0.1}
    assert ours.changed_settings(dataclasses.replace(ours, **free)) == []


def test_the_command_names_the_nearest_preset_and_what_differs():
    config = TrainConfig(data="/a/b/paintings", run="/c/monet", **{**PRESETS["style"], "batch": 2, "xla": True})
    command = train_command(config)
    assert command == ("python -m tf_cyclegan train data/paintings --run runs/monet --preset style --batch 2 --xla")


# Any name of a folder but those that a path does not keep, and its parents.
FOLDERS = st.builds(
    "{}{}".format,
    st.sampled_from(("", "/content/drive/My Drive/", "../", "it's/")),
    st.text(st.characters(exclude_characters="/\\\0", exclude_categories=["Cs"]), min_size=1, max_size=12).filter(
        lambda name: name not in (".", "..")
    ),
)


def _values(declared):
    if declared.choices:
        return st.sampled_from(declared.choices)
    if declared.kind is str:
        return st.text(max_size=12)
    if declared.kind is bool:
        return st.booleans()
    least, most = (bound if bound is not None else other for bound, other in ((declared.least, 0), (declared.most, 1)))
    return st.integers(int(least), int(most)) if declared.kind is int else st.floats(least, most)


FIELDS = {
    name: _values(found) for name, found in settings_of(TrainConfig).items() if found.role in ("option", "machine")
}


@st.composite
def configs(draw):
    """Any config that is allowed: a preset, and any values of a few settings."""
    names = draw(st.lists(st.sampled_from(sorted(FIELDS)), max_size=4, unique=True))
    changes = {name: draw(FIELDS[name]) for name in names}
    changes |= {name: draw(FOLDERS) for name in ("data", "run")}
    changes["start_from"] = draw(st.just("") | FOLDERS)
    try:
        return TrainConfig(**{**PRESETS[draw(st.sampled_from(sorted(PRESETS)))], **changes})
    except UserError:
        return draw(st.nothing())


@settings(deadline=None, max_examples=200)
@given(config=configs())
def test_the_command_parsed_again_gives_the_same_config(config):
    from tf_cyclegan.cli.main import build_parser

    words = shlex.split(train_command(config))
    assert words[:3] == ["python", "-m", "tf_cyclegan"]
    options = vars(build_parser().parse_args(words[3:]))
    own = {f.name: options[f.name] for f in dataclasses.fields(TrainConfig) if options.get(f.name) is not None}
    own["data"], own["periods"] = together(own["data"])
    folders = {"data": f"data/{Path(config.data).name}", "run": f"runs/{Path(config.run).name}"}
    folders["start_from"] = config.start_from and f"runs/{Path(config.start_from).name}"
    expected = dataclasses.replace(config, **folders, backup="", weights="")
    assert TrainConfig(**{**PRESETS[options["preset"]], **own}) == expected


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        *(("C:\\Users\\me\\My Pictures", "My Pictures"), (".\\monet", "monet"), ("data\\monet\\", "monet")),
        *(("monet/", "monet"), (".", "here"), ("", "here"), ("sub/..", "here")),
    ],
)
def test_the_command_has_the_last_name_of_a_folder_however_it_was_given(folder, name, tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    words = shlex.split(train_command(TrainConfig(data=folder, run=folder)))
    assert (words[4], words[6]) == (f"data/{name}", f"runs/{name}")


def test_json_is_readable_by_people():
    text = TrainConfig().to_json()
    assert text.startswith("{\n  ")
    assert json.loads(text)["crop"] == 256


NUMBERS = sorted(name for name, declared in settings_of(TrainConfig).items() if declared.kind in (int, float))


@pytest.mark.parametrize("name", NUMBERS)
def test_every_number_has_both_bounds(name):
    declared = settings_of(TrainConfig)[name]
    assert declared.least is not None or declared.above is not None
    assert declared.most is not None or declared.below is not None


@settings(deadline=None)
@given(name=st.sampled_from(NUMBERS), value=ANY_NUMBER)
def test_a_number_is_taken_where_it_is_within_its_bounds_and_named_where_not(name, value):
    declared = settings_of(TrainConfig)[name]
    # Large enough that no other setting is in the way.
    others = {"load": 8192} if name == "crop" else {"crop": 1} if name == "load" else {}
    config, fault = None, ""
    try:
        config = TrainConfig(**{**others, name: value})
    except UserError as error:
        fault = str(error)
    if is_within(declared, value) and not (name == "devices" and value > 1):
        assert fault == ""
        assert getattr(config, name) == value
        assert type(getattr(config, name)) is declared.kind
    else:
        assert name in fault
        assert "\n" not in fault
        assert len(fault) < 200


@pytest.mark.parametrize("name", NUMBERS)
def test_bounds_themselves_are_allowed(name):
    declared = settings_of(TrainConfig)[name]
    for value in filter(None, (declared.least, declared.most)):
        others = {"load": 8192} if name == "crop" else {"crop": 1} if name == "load" else {"batch": 4096}
        assert getattr(TrainConfig(**{**others, name: value}), name) == value


def test_roles_say_what_is_an_option_and_what_is_in_the_command():
    roles = {name: declared.role for name, declared in settings_of(TrainConfig).items()}
    assert {name for name, role in roles.items() if role == "found"} == {
        "identity",
        "periods",
        "period",
        "data_digest",
        "backend",
        "began_with",
    }
    assert set(roles.values()) == {"option", "found", "place", "run", "machine"}
    config = TrainConfig(data="/d", run="/r", backup="/secret", weights="/w.h5", start_from="/x/old")
    command = train_command(config)
    assert "secret" not in command
    assert "w.h5" not in command
    assert command.endswith("--start-from runs/old")


@pytest.mark.parametrize(
    ("data", "run", "found"),
    [
        ("data", "run", ["/now/data"]),
        ("../data", "runs/r", ["/data"]),
        ("/was/data/x", "/was/runs/r", ["/was/data/x", "/now/data/x"]),
        ("C:\\was\\data\\x", "C:\\was\\runs\\r", ["C:\\was\\data\\x", "/now/data/x"]),
        ("D:/data", "C:/runs/r", ["D:/data"]),
        ("/data", "runs/r", ["/data"]),
    ],
)
def test_a_path_of_a_run_is_where_it_was_or_at_the_same_place_seen_from_the_run(data, run, found, monkeypatch):
    now = "/now/run" if run == "run" else "/now/runs/r"
    assert places(TrainConfig(data=data, run=run), "data", Path(now)) == found


def test_paths_are_kept_as_absolute_ones(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    config = with_absolute_places(TrainConfig(data="data", run="runs/r", start_from="runs/t", weights="/w"))
    assert (config.data, config.run) == (str(tmp_path / "data"), str(tmp_path / "runs" / "r"))
    assert (config.start_from, config.weights, config.backup) == (str(tmp_path / "runs" / "t"), "/w", "")


STYLE = PRESETS["style"]


def test_several_folders_are_periods_of_one_network(tmp_path):
    data, periods = together([str(tmp_path / "data" / name) for name in ("baroque", "rococo")])
    config = TrainConfig(data=data, periods=periods, run="/r/both", **STYLE)
    assert config.folders == [tmp_path / "data" / "baroque", tmp_path / "data" / "rococo"]
    architectures = config.architectures()
    assert {name: found.get("periods") for name, found in architectures.items()} == {
        "generator_g": 2,
        "generator_f": None,
        "discriminator_x": None,
        "discriminator_y": 2,
    }
    expected = "train data/baroque data/rococo --run runs/both --preset style"
    assert train_command(config).endswith(expected)
    taken = dataclasses.replace(config, run="/r/both/rococo", period="rococo")
    assert train_command(taken).endswith(expected)


def test_one_folder_is_one_period():
    assert together(["data/baroque"]) == ("data/baroque", "")


@pytest.mark.parametrize(
    ("folders", "message"),
    [
        (["a/x", "b/x"], "must be next to one another"),
        (["a/x", "a/x"], "named twice"),
        (["a/x", "a/y/../x"], "named twice"),
        (["a/x,y", "a/z"], "cannot have a comma"),
    ],
)
def test_folders_that_cannot_be_one_network_are_refused(folders, message):
    with pytest.raises(UserError, match=message):
        together(folders)


@pytest.mark.parametrize(
    "setting", [{"generator": "unet_128"}, {"discriminator": "basic"}, {"norm": "batch"}, {"pool_size": 5}]
)
def test_networks_that_know_no_periods_are_refused(setting):
    with pytest.raises(UserError, match="several periods in one network need --generator painter"):
        TrainConfig(data="/d", periods="a,b", **{**STYLE, **setting})


def test_scoring_while_training_is_for_one_period():
    with pytest.raises(UserError, match="--evaluate-every scores one period"):
        TrainConfig(data="/d", periods="a,b", **STYLE, evaluate_every=10)


def test_a_style_that_ships_is_named_by_its_folder_in_the_project():
    config = TrainConfig(data="/d", run="/r", start_from="/home/me/project/streamlit_app/styles/baroque")
    assert train_command(config).endswith("--start-from streamlit_app/styles/baroque")
