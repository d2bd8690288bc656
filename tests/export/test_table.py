import json

from PIL import Image

from export.gate import Verdict
from export.table import draw_table, write_table

GOOD = Verdict("model.tflite", "float16", 16, 1, 1.0, 60.5, 0.9998, 289988)
LEFT_OUT = Verdict("model_int8.tflite", "int8", 16, 74, 0.01, 16.8, 0.57, 240000, 1.4, 0.83, "PSNR 16.8 dB")
FAILED = Verdict("model_int16x8.tflite", "int16x8", refused="TensorFlow cannot convert it")


def test_the_table_holds_every_artefact_and_the_gate(tmp_path):
    paths = write_table(tmp_path, [GOOD, LEFT_OUT, FAILED], {"pictures": 16})
    assert [path.name for path in paths] == ["export.json", "export.png"]
    table = json.loads(paths[0].read_text(encoding="utf-8"))
    assert table["pictures"] == 16
    assert table["artefacts"] == [v.as_dict() for v in (GOOD, LEFT_OUT, FAILED)]
    assert table["gate"]["integer"] == {"psnr": 35.0, "speed": 1.2, "or_size": 0.5}
    assert set(table["reference"]) == {"keras", "tensorflow", "ai-edge-litert"}


def test_what_was_left_out_looks_different(tmp_path):
    grounds = []
    for verdict in (GOOD, LEFT_OUT):
        draw_table([verdict], tmp_path / "t.png")
        colours = Image.open(tmp_path / "t.png").convert("RGB").getcolors(10**6)
        grounds.append(max((n, c) for n, c in colours if c != (255, 255, 255))[1])
    assert grounds[0] != grounds[1]


def test_the_picture_grows_with_the_rows(tmp_path):
    heights = []
    for verdicts in ([GOOD], [GOOD] * 6, [GOOD] * 6 + [FAILED]):
        draw_table(verdicts, tmp_path / "t.png")
        heights.append(Image.open(tmp_path / "t.png").height)
    assert heights == sorted(set(heights))
