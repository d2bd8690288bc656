"""Evaluations that are made up, so that pages and comparisons need no network; and a quick extractor."""

import copy

import numpy as np
import pytest

SETS = {"result": 0.1, "untouched": 0.2, "colour_transfer": 0.18, "real": 0.01}


def _look(shift=0.0):
    distances = {
        name: {"value": v + shift, "subset_mean": v, "subset_std": 0.02, "subset_size": 6} for name, v in SETS.items()
    }
    fid = {name: {"value": 1e3 * v, "low": 90.0, "high": 1234.5, "extrapolated": None} for name, v in SETS.items()}
    memory = {"distance_mean": 0.4, "distance_least": 0.2, "share_nearer_than_real": 0.0}
    return {
        "kid": distances,
        "fid": fid,
        **{name: dict.fromkeys(SETS, 0.5) for name in ("precision", "recall", "mifid")},
        "memorization": dict.fromkeys(SETS, memory),
        "period_classifier": {"result": 0.4, "untouched": 0.1, "colour_transfer": 0.2, "real": 0.9, "accuracy": 0.95},
    }


def _direction():
    nearer = {"value": -0.1, "low": -0.15, "high": -0.05, "p": 0.002}
    return {
        "samples": {"source": 12, "target": 12, "source_training": 20, "target_training": 20},
        **_look(),
        "grey": _look(0.03),
        "inception_score": None,
        "tests": {name: {"kid": nearer, "grey": nearer} for name in ("untouched", "colour_transfer")},
        "content": {"result": 0.8, "untouched": 1.0, "colour_transfer": 0.9, "recognised": 1.0},
        "bands": {
            "result": {"detail_kept": 0.31, "shapes_kept": 0.95},
            "untouched": {"detail_kept": 1.0, "shapes_kept": 1.0},
            "colour_transfer": {"detail_kept": 0.97, "shapes_kept": 0.99},
        },
        "edges": 0.7,
        "shapes": {
            "result": {"new_edges": 0.004, "faces": 0.9, "pictures": 10},
            "colour_transfer": {"new_edges": 0.008, "faces": 1.0, "pictures": 10},
        },
        "cycle": {"psnr": 25.0, "ssim": 0.9},
        "identity": {"psnr": None, "ssim": 1.0},
    }


@pytest.fixture
def made_up_metrics():
    """What `metrics.json` holds of 12 photographs and 12 paintings; to be changed at will."""
    conditions = {"features": "mobilenet_v2", "weights": "abc", "resize": "bicubic", "side": 256, "pictures": "012"}
    directions = {name: _direction() for name in ("photo-to-painting", "painting-to-photo")}
    about = {"schema": 4, **conditions, "generators": {"A": "aaa", "B": "bbb"}, "crop": "centre"}
    return copy.deepcopy({**about, "directions": directions, "remarks": [], "definitions": {}})


@pytest.fixture
def made_up_rows():
    """Rows of `scores.csv` of 12 photographs."""
    return [
        {
            "direction": "photo-to-painting",
            "picture": f"{i:03d}.jpg",
            "realism": 1.5 - i / 10,
            "content": 0.8,
            "edges": 0.7,
            "detail_kept": 0.31,
            "shapes_kept": 0.95,
            "new_edges": 0.004,
            "face": None,
            "psnr": 25.0,
            "ssim": 0.9,
            "period": i / 20,
            "training_distance": 0.4,
            "training_picture": "x.jpg",
        }
        for i in range(12)
    ]


@pytest.fixture
def made_up_features():
    """What `features.npz` holds: results between photographs and paintings."""
    random = np.random.default_rng(0)
    photographs, paintings = random.normal(0, 1, (12, 6)), random.normal(2, 1, (12, 6))
    found = {}
    for look in ("colour", "grey"):
        found |= {f"A_{look}": photographs, f"B_{look}": paintings}
        found |= {f"photo-to-painting_{look}": photographs + 1, f"painting-to-photo_{look}": paintings - 1}
    return found


def with_anchor(metrics, name):
    """The same, with another program's pictures, from a folder of this name, between colour transfer and result."""
    metrics = copy.deepcopy(metrics)
    scores = metrics["directions"]["photo-to-painting"]
    for look in (scores, scores["grey"]):
        for number in ("kid", "fid", "precision", "recall", "mifid", "memorization", "period_classifier"):
            values = copy.deepcopy(look[number])
            real = values.pop("real")
            look[number] = {**values, "anchor": copy.deepcopy(values["colour_transfer"]), "real": real}
    scores["kid"]["anchor"]["value"] = 0.123
    scores["tests"]["anchor"] = scores["tests"]["untouched"]
    scores["content"]["anchor"] = 0.61
    scores["bands"]["anchor"] = {"detail_kept": 0.22, "shapes_kept": 0.93}
    scores["shapes"]["anchor"] = scores["shapes"]["colour_transfer"]
    return {**metrics, "anchor": {"name": name, "pictures": "345"}}
