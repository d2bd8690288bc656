"""A run's folder → metrics.json."""

import json
from pathlib import Path
from typing import Any

from tf_cyclegan.config import load_config
from tf_cyclegan.errors import UserError
from tf_cyclegan.features import load_extractor
from tf_cyclegan.files import replacing
from tf_cyclegan.networks import load_network
from tf_cyclegan.pictures import list_pictures
from tf_cyclegan.score import SIDE, score_direction

SCHEMA = 1


def evaluate(run: str | Path, *, features: str = "mobilenet_v2", weights: str | Path | None = None) -> dict[str, Any]:
    """Scores both directions of a run on the held-out pictures of its data and writes `metrics.json` into it.

    Args:
        run: the run's folder.
        features: name of the feature extractor.
        weights: a file with its weights, where they cannot be downloaded.

    Returns:
        The contents of `metrics.json`.

    Raises:
        UserError: the run has no generators or no held-out pictures, or the file cannot be written.
    """
    run = Path(run)
    data = Path(load_config(run / "config.json").data)
    for name in ("testA", "testB"):
        if not (data / name).is_dir():
            raise UserError(f"{data / name}: no such folder; evaluation needs held-out pictures")
        count = len(list_pictures(data / name))
        if count < 2:
            raise UserError(f"{data / name}: {count} held-out picture is too few to evaluate; at least 2, better 50")
    extractor = load_extractor(features, weights)
    directions = {}
    for name, file, source, target in (
        ("photo-to-painting", "generator.keras", "A", "B"),
        ("painting-to-photo", "generator_f.keras", "B", "A"),
    ):
        folders = (data / f"test{source}", data / f"test{target}", data / f"train{target}")
        directions[name] = score_direction(extractor, load_network(run / file), *folders)
    definition = f"centre crops of {SIDE} px, bicubic to 224 px; KID unbiased, kernel (x·y/d + 1)³"
    metrics = {"schema": SCHEMA, "features": extractor.name, "definition": definition, "directions": directions}
    with replacing(run / "metrics.json") as partial:
        partial.write_text(json.dumps(metrics, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return metrics
