"""How every artefact compared with Keras: `export.json`, and the same table as a picture."""

import io
import json
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from PIL import Image

from export.gate import MAX_SIZE, MIN_EQUAL_SHARE, MIN_PSNR_FLOAT16, MIN_PSNR_INTEGER, MIN_SPEED, Verdict

TABLE, PICTURE = "export.json", "export.png"
_HEAD = (
    "artefact",
    "precision",
    "largest\ndifference",
    "within\none level",
    "PSNR, dB",
    "SSIM",
    "KB",
    "times\nas fast",
)
_GOOD, _LEFT_OUT = "#e8f3ea", "#f7e3e0"


def write_table(folder: Path, verdicts: Sequence[Verdict], facts: Mapping[str, Any]) -> list[Path]:
    """Writes `export.json` and `export.png` into a folder; their paths.

    Args:
        folder: of the bundle.
        verdicts: of all artefacts, also of those that were left out.
        facts: more for `export.json`.
    """
    about = {
        "schema": 1,
        "reference": {name: version(name) for name in ("keras", "tensorflow", "ai-edge-litert")},
        "gate": {
            "float32": {"within_one_level": MIN_EQUAL_SHARE},
            "float16": {"psnr": MIN_PSNR_FLOAT16},
            "integer": {"psnr": MIN_PSNR_INTEGER, "speed": MIN_SPEED, "or_size": MAX_SIZE},
        },
        **facts,
        "artefacts": [verdict.as_dict() for verdict in verdicts],
    }
    text = json.dumps(about, indent=2, ensure_ascii=False) + "\n"
    (folder / TABLE).write_text(text, encoding="utf-8")
    draw_table(verdicts, folder / PICTURE)
    return [folder / TABLE, folder / PICTURE]


def draw_table(verdicts: Sequence[Verdict], path: Path) -> None:
    """The verdicts as a PNG, one row per artefact; rows left out are on another ground, with the reason below."""
    from matplotlib.figure import Figure
    from matplotlib.transforms import Bbox

    reasons = [f"{v.artefact}: {v.refused}" for v in verdicts if v.refused]
    height = 0.3 * (len(verdicts) + 2) + 0.18 * len(reasons)
    figure = Figure(figsize=(10, height), dpi=120)
    axes = figure.add_axes((0, 0.18 * len(reasons) / height, 1, 1 - 0.18 * len(reasons) / height))
    axes.axis("off")
    colours = [[_LEFT_OUT if v.refused else _GOOD] * len(_HEAD) for v in verdicts]
    widths = (0.25, 0.13, 0.11, 0.11, 0.1, 0.1, 0.1, 0.1)
    box = Bbox.unit()
    table = axes.table([_row(v) for v in verdicts], colours, "center", widths, colLabels=_HEAD, bbox=box)
    table.auto_set_font_size(False)
    table.set_fontsize(9)
    figure.text(0.01, 0.04 / height, "\n".join(reasons), fontsize=7, va="bottom")
    drawn = io.BytesIO()
    figure.savefig(drawn, metadata={"Software": None})
    # Few colours in a third of the bytes: it travels with every style.
    Image.open(drawn).convert("RGB").quantize(64).save(path, optimize=True)


def _row(verdict: Verdict) -> list[str]:
    if not verdict.pictures:
        return [verdict.artefact, verdict.precision, *["–"] * 6]
    return [
        verdict.artefact,
        verdict.precision,
        str(verdict.max_difference),
        f"{verdict.within_one_level:.3%}",
        f"{verdict.psnr:.1f}",
        f"{verdict.ssim:.4f}",
        f"{verdict.bytes / 1000:,.0f}" if verdict.bytes else "–",
        f"{verdict.speed:.2f}" if verdict.speed is not None else "–",
    ]
