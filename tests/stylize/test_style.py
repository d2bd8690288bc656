import copy
import hashlib
import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tf_cyclegan.errors import UserError
from tf_cyclegan.settings.choices import BRUSH, BRUSHES
from tf_cyclegan.stylize import style as style_module
from tf_cyclegan.stylize.style import MODEL, Bundle, find_styles, open_bundle


@pytest.fixture
def folder(tmp_path):
    """A bundle of one file, which is no model: opening only checks that it is the file that is named."""
    folder = tmp_path / "monet"
    folder.mkdir()
    (folder / MODEL).write_bytes(b"model")
    about = {
        "schema": 1,
        "name": {"en": "Monet", "de": "Monet (de)"},
        "size": {"multiple": 4},
        "files": {MODEL: {"sha256": "9372c470eeadd5ecd9c3c74c2b3cb633f8e2f2fad799250a0f70d652b6b825e4"}},
    }
    write(folder, about)
    return folder


def write(folder, about):
    (folder / "style.json").write_text(json.dumps(about), encoding="utf-8")


def read(folder):
    return json.loads((folder / "style.json").read_text(encoding="utf-8"))


def test_a_good_bundle_opens(folder):
    opened = open_bundle(folder)
    assert opened.folder == folder
    assert opened.multiple == 4
    assert open_bundle(str(folder)) == opened


def test_names_fall_back_to_english(folder):
    opened = open_bundle(folder)
    assert (opened.name(), opened.name("de"), opened.name("fr")) == ("Monet", "Monet (de)", "Monet")


def test_a_note_is_a_text_or_texts_by_language(folder):
    about = read(folder)
    assert open_bundle(folder).note("de") == ""
    write(folder, {**about, "note": "early"})
    assert open_bundle(folder).note("de") == "early"
    write(folder, {**about, "note": {"en": "early", "de": "früh"}})
    opened = open_bundle(folder)
    assert (opened.note(), opened.note("de"), opened.note("fr")) == ("early", "früh", "early")


@pytest.mark.parametrize("note", [None, 3, ["early"], {"en": 3}, {"en": None}])
def test_a_note_that_is_none_is_reported(folder, note):
    write(folder, {**read(folder), "note": note})
    with pytest.raises(UserError, match="neither a text nor texts by language"):
        open_bundle(folder)


def test_a_style_may_name_the_brush_that_it_begins_with(folder):
    about = read(folder)
    about.pop("brush", None)
    write(folder, about)
    assert open_bundle(folder).brush == BRUSH
    for brush in BRUSHES:
        write(folder, {**about, "brush": brush})
        assert open_bundle(folder).brush == brush


@pytest.mark.parametrize("brush", [None, "huge", 3, ["fine"], {}])
def test_a_brush_that_is_none_is_reported(folder, brush):
    write(folder, {**read(folder), "brush": brush})
    with pytest.raises(UserError, match="none of fine, medium, broad"):
        open_bundle(folder)


def evaluated(folder, **kid):
    """The bundle as it would be had its evaluation found these kernel distances."""
    scores = {"photo-to-painting": {"kid": {name: {"value": value} for name, value in kid.items()}}}
    more = {"direction": "photo-to-painting", "training": {"metrics": {"directions": scores}}}
    write(folder, {**read(folder), **more})
    return open_bundle(folder)


def test_what_is_no_better_than_an_anchor_is_a_preview(folder):
    cases = [
        ({"result": 0.20, "untouched": 0.26, "colour_transfer": 0.18, "real": 0.0}, "colour_transfer"),
        ({"result": 0.20, "untouched": 0.20}, "untouched"),
        ({"result": 0.12, "untouched": 0.26, "colour_transfer": 0.18}, None),
        ({"untouched": 0.26}, None),
        ({}, None),
    ]
    for kid, anchor in cases:
        opened = evaluated(folder, **kid)
        assert (opened.not_better_than, opened.preview) == (anchor, anchor is not None), kid


def test_a_preview_by_hand_stays_one(folder):
    write(folder, {**read(folder), "preview": True})
    assert evaluated(folder, result=0.1, untouched=0.2).preview


@pytest.mark.parametrize("training", [None, [], {"metrics": []}, {"metrics": {"directions": {None: {"kid": [1]}}}}])
def test_numbers_that_are_none_say_nothing(folder, training):
    write(folder, {**read(folder), "training": training})
    assert open_bundle(folder).kid == {}
    assert not open_bundle(folder).preview


def test_a_changed_byte_is_reported(folder):
    (folder / MODEL).write_bytes(b"mOdel")
    with pytest.raises(UserError, match=r"model\.tflite: not the file that style\.json names \(sha256 differs\)"):
        open_bundle(folder)


def test_a_missing_file_is_reported(folder):
    (folder / MODEL).unlink()
    with pytest.raises(UserError, match=r"model\.tflite: cannot be read"):
        open_bundle(folder)


@pytest.mark.parametrize(
    "text", ["", "{", "null", "[]", "3", '"text"', "{}", '{"files": []}', '{"files": {}}', "[" * 500]
)
def test_a_style_file_that_is_junk_is_reported(folder, text):
    (folder / "style.json").write_text(text)
    with pytest.raises(UserError, match=r"style\.json: .*export the style again"):
        open_bundle(folder)


def test_bytes_that_are_no_text_are_reported(folder):
    (folder / "style.json").write_bytes(b"\xff\xfe\x00\x80")
    with pytest.raises(UserError, match="damaged or incomplete"):
        open_bundle(folder)


KEYS = [("schema",), ("name",), ("name", "en"), ("size",), ("size", "multiple"), ("files",), ("files", MODEL)]
JUNK = [None, [], {}, "text", -1, 0, 1.5, True]


@pytest.mark.parametrize("key", [*KEYS, ("files", MODEL, "sha256")], ids=".".join)
@pytest.mark.parametrize("junk", JUNK, ids=repr)
def test_a_value_that_makes_no_sense_is_a_user_error_or_harmless(folder, key, junk):
    about = read(folder)
    parent = about
    for name in key[:-1]:
        parent = parent[name]
    parent[key[-1]] = copy.deepcopy(junk)
    write(folder, about)
    try:
        opened = open_bundle(folder)
    except UserError as error:
        assert "style.json" in str(error) or MODEL in str(error)
    else:
        assert opened.multiple >= 1
        assert opened.name("fr")


@pytest.mark.parametrize("key", KEYS, ids=".".join)
def test_a_missing_value_is_reported(folder, key):
    about = read(folder)
    parent = about
    for name in key[:-1]:
        parent = parent[name]
    del parent[key[-1]]
    write(folder, about)
    with pytest.raises(UserError, match="export the style again"):
        open_bundle(folder)


@pytest.mark.parametrize("facts", [{}, None, [], "text", {"sha256": None}], ids=repr)
def test_a_second_file_without_checksum_is_reported(folder, facts):
    about = read(folder)
    about["files"]["model_256.tflite"] = facts
    (folder / "model_256.tflite").write_bytes(b"x")
    write(folder, about)
    with pytest.raises(UserError):
        open_bundle(folder)


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "a/b", "..", "", "./model.tflite"])
def test_names_outside_the_folder_are_refused(folder, name):
    (folder.parent / "secret").write_bytes(b"model")
    about = read(folder)
    about["files"][name] = about["files"][MODEL]
    write(folder, about)
    with pytest.raises(UserError):
        open_bundle(folder)


GOOD = {"file": MODEL, "side": 256, "overlap": 88}


@pytest.mark.parametrize(
    "change",
    [
        {"file": "none"},
        {"side": 176},
        {"side": 255},
        {"overlap": 87},
        {"overlap": -4},
        {"side": "wide"},
        {"side": None},
    ],
    ids=str,
)
def test_a_rule_for_tiles_that_makes_no_sense_is_reported(folder, change):
    write(folder, {**read(folder), "tiling": GOOD})
    assert open_bundle(folder).about["tiling"] == GOOD
    write(folder, {**read(folder), "tiling": {**GOOD, **change}})
    with pytest.raises(UserError, match="tiles"):
        open_bundle(folder)


@pytest.mark.parametrize("junk", [[], 3, "text", {}, {"file": MODEL}])
def test_junk_in_place_of_a_rule_for_tiles_is_reported(folder, junk):
    write(folder, {**read(folder), "tiling": junk})
    with pytest.raises(UserError, match="export the style again"):
        open_bundle(folder)


def test_another_schema_is_reported_with_both_numbers(folder):
    write(folder, {**read(folder), "schema": 2})
    with pytest.raises(UserError, match="schema 2, this program reads 1"):
        open_bundle(folder)


def test_styles_that_come_with_the_project_open_by_name(folder, monkeypatch):
    monkeypatch.setattr(style_module, "STYLE_FOLDERS", (folder.parent / "none", folder.parent))
    assert find_styles() == {"monet": folder}
    assert open_bundle("monet").folder == folder


def test_the_first_folder_of_styles_comes_first(folder, monkeypatch):
    other = folder.parent / "other" / "monet"
    shutil.copytree(folder, other)
    monkeypatch.setattr(style_module, "STYLE_FOLDERS", (other.parent, folder.parent))
    assert find_styles()["monet"] == other


@pytest.mark.parametrize("style", ["manet", "", "no/such/folder", "../monet"])
def test_an_unknown_style_lists_the_known(folder, monkeypatch, style):
    monkeypatch.setattr(style_module, "STYLE_FOLDERS", (folder.parent,))
    monkeypatch.chdir(folder)
    (folder / "style.json").rename(folder / "moved")
    shutil.copytree(folder, folder.parent / "renoir")
    (folder.parent / "renoir" / "moved").rename(folder.parent / "renoir" / "style.json")
    with pytest.raises(UserError, match=r"no such style; a folder with style\.json, or one of: renoir"):
        open_bundle(style)


def test_without_any_style_it_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(style_module, "STYLE_FOLDERS", (tmp_path,))
    with pytest.raises(UserError, match="one of: none"):
        open_bundle("monet")


def test_the_commands_of_all_runs_are_reported_in_order():
    def commands(**training):
        return Bundle(Path(), {"training": training}).commands

    assert commands(command="train b", began_with="# to step 3:\ntrain a") == "# to step 3:\ntrain a\ntrain b"
    assert commands(command="train b") == "train b"
    assert Bundle(Path(), {}).commands == commands(source="a.keras") == ""


def test_a_text_that_git_wrote_with_cr_lf_is_the_same_file(folder):
    text = b'{\n  "gate": true\n}\n'
    about = read(folder)
    about["files"]["export.json"] = {"sha256": hashlib.sha256(text).hexdigest()}
    write(folder, about)
    (folder / "export.json").write_bytes(text.replace(b"\n", b"\r\n"))
    assert open_bundle(folder).about == about
    (folder / "export.json").write_bytes(text.replace(b"true", b"false"))
    with pytest.raises(UserError, match=r"export\.json: not the file that style.json names"):
        open_bundle(folder)


def test_a_model_is_never_taken_for_a_text(folder):
    model = b"mo\ndel"
    about = read(folder)
    about["files"][MODEL]["sha256"] = hashlib.sha256(model).hexdigest()
    write(folder, about)
    (folder / MODEL).write_bytes(model.replace(b"\n", b"\r\n"))
    with pytest.raises(UserError, match="sha256 differs"):
        open_bundle(folder)


def test_git_writes_the_files_of_styles_as_they_were_exported(tmp_path):
    """A checkout as Git for Windows makes it: the attributes of the repository keep line ends."""
    git = shutil.which("git")
    if not git:
        pytest.skip("git is not installed")
    settings = ["-c", "core.autocrlf=true", "-c", "user.name=x", "-c", "user.email=x", "-c", "commit.gpgsign=false"]
    style = next(iter(find_styles().values()))
    shutil.copytree(style, tmp_path / "here" / "style")
    shutil.copy(Path(__file__).parents[2] / ".gitattributes", tmp_path / "here")
    for words in ("init -q here", "-C here add -A", "-C here commit -q -m x", "clone -q here there"):
        subprocess.run([git, *settings, *words.split()], cwd=tmp_path, check=True)
    for file in style.iterdir():
        assert (tmp_path / "there" / "style" / file.name).read_bytes() == file.read_bytes(), file.name
