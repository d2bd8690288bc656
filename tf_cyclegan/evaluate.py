"""A run's folder → metrics.json and scores.csv."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image

from tf_cyclegan.config import load_config
from tf_cyclegan.evaluation.feature_sets import SIDE, FeatureCache
from tf_cyclegan.evaluation.features import Extractor, load_extractor
from tf_cyclegan.evaluation.metrics_json import SCHEMA, check_writable, write_metrics, write_scores
from tf_cyclegan.evaluation.score import Domain, count_shared, find_pictures, read_domain, score_direction
from tf_cyclegan.networks import load_network

DIRECTIONS = {"photo-to-painting": ("A", "B"), "painting-to-photo": ("B", "A")}
_GENERATORS = {"A": "generator.keras", "B": "generator_f.keras"}
_CROP = f"central crops of {SIDE} px (short side brought to {SIDE} px)"
DEFINITIONS = {
    "kid": "unbiased squared MMD, kernel (x·y/d + 1)³; subset_mean and _std: over 100 random subsets (Bińkowski 2018)",
    "fid": "Fréchet distance of Gaussians (Heusel 2017); low and high: 95 % by bootstrap at this sample size; "
    "extrapolated: to infinitely many pictures (Chong 2020), null where pictures are too few for it; the floor is "
    "of as many pictures as the results, where there are so many; precision and recall are of the same ones",
    "precision": "share in the manifold of the target's held-out pictures, k = 3 (Kynkäänniemi 2019)",
    "recall": "share of the target's held-out pictures in the manifold of the set, k = 3 (Kynkäänniemi 2019)",
    "mifid": "FID over the mean cosine distance to the nearest training picture where that is below 0.1 (Bai 2021)",
    "memorization": "cosine distance to the nearest training picture of the target; share of pictures nearer to one "
    "than 95 % of the target's held-out pictures are",
    "inception_score": "exp E KL(p(class | picture) ‖ p(class)) (Salimans 2016); null where there are no classes",
    "grey": "the same on grey pictures, luminance scaled to mean 128 and deviation 50",
    "content": "mean cosine of the features of picture and result",
    "edges": "mean correlation of gradient magnitudes of the luminance, picture and result",
    "cycle": "picture and its translation back: mean PSNR in dB (null: some unchanged), SSIM of the luminance",
    "identity": "a picture of the target and what the generator makes of it: as cycle",
    "period_classifier": "share taken for the target by a logistic regression on features of the training pictures; "
    "accuracy: balanced, on held-out real pictures",
    "sets": "result; untouched: the source pictures; colour_transfer: each of these in the colours of a training "
    "picture of the target (Reinhard 2001, in L*a*b*); real: training pictures of the target, the floor (held-out ones "
    "for mifid, memorization and classifier)",
}


def evaluate(
    run: str | Path,
    *,
    features: str = "mobilenet_v2",
    weights: str | Path | None = None,
    tell: Callable[[str], None] = lambda line: None,
) -> dict[str, Any]:
    """Scores both directions of a run on the held-out pictures of its data; writes `metrics.json` and `scores.csv`.

    Features of real pictures are kept in the data's folder, `features/`, or where that cannot be written in the run's.

    Args:
        run: the run's folder.
        features: name of the feature extractor.
        weights: a file with its weights, where they cannot be downloaded.
        tell: is called with a line at the start of each part.

    Returns:
        The contents of `metrics.json`.

    Raises:
        UserError: the run has no generators or no held-out pictures, these are the training pictures, the extractor's
            weights cannot be had, or a file cannot be written.
    """
    run = Path(run)
    data = Path(load_config(run / "config.json").data)
    check_writable(run)
    files = {letter: find_pictures(data / f"test{letter}", data / f"train{letter}") for letter in "AB"}
    generators = {letter: load_network(run / file) for letter, file in _GENERATORS.items()}
    extractor = load_extractor(features, weights)
    cache = FeatureCache(extractor, (data / "features", run / "features"))
    shared = {letter: count_shared(cache, files[letter]) for letter in files}
    tell("features of the real pictures")
    domains = {letter: read_domain(cache, files[letter]) for letter in files}
    directions, rows = {}, []
    for name, (source, target) in DIRECTIONS.items():
        tell(name)
        networks = generators[source], generators[target]
        directions[name], found = score_direction(cache, domains[source], domains[target], *networks, tell=tell)
        rows += [{"direction": name, **row} for row in found]
    about = {"schema": SCHEMA, **_conditions(extractor, cache, domains)}
    metrics = {
        **about,
        "directions": directions,
        "remarks": _remarks(extractor, domains, shared),
        "definitions": DEFINITIONS,
    }
    write_scores(run, rows)
    write_metrics(run, metrics)
    return metrics


def _conditions(extractor: Extractor, cache: FeatureCache, domains: dict[str, Domain]) -> dict[str, Any]:
    files = [path for domain in domains.values() for path in (*domain.files.held_out, *domain.files.training)]
    return {
        "features": extractor.name,
        "weights": extractor.weights,
        "resize": extractor.resize,
        "crop": _CROP,
        "side": SIDE,
        "pictures": cache.digest(files)[:12],
    }


def _remarks(extractor: Extractor, domains: dict[str, Domain], shared: dict[str, int]) -> list[str]:
    """What a reader must know to judge the numbers, in whole sentences."""
    remarks = []
    fewest = min(len(domain.files.held_out) for domain in domains.values())
    if fewest <= extractor.width:
        remarks.append(
            f"A set has only {fewest} pictures, and {extractor.name} has {extractor.width} features: FID and MiFID are "
            "biased upwards and say something only beside the anchors of this table; KID is unbiased at any size."
        )
    if fewest < 50:
        remarks.append(f"With {fewest} held-out pictures every number here is uncertain; 50 are better, 200 good.")
    if not extractor.classifies:
        remarks.append(f"The weights given for {extractor.name} have no classes: no inception score.")
    if fewest <= 3:
        remarks.append("Precision and recall need at least 4 pictures of each set: not computed.")
    for letter, domain in domains.items():
        held_out = domain.files.held_out
        if shared[letter]:
            remarks.append(
                f"{shared[letter]} of {len(held_out)} pictures of test{letter} are in train{letter} too: not held out."
            )
        small = sum(min(_size(path)) < SIDE for path in held_out)
        if small:
            remarks.append(
                f"{small} of {len(held_out)} pictures of test{letter} are smaller than {SIDE} px and were enlarged."
            )
    return remarks


def _size(path: Path) -> tuple[int, int]:
    with Image.open(path) as picture:
        return picture.size


def table(metrics: dict[str, Any]) -> str:
    """The main numbers of `metrics.json` as lines of text."""
    lines = [f"{metrics['features']}, {metrics['crop']}, {metrics['resize']}"]
    for direction, scores in metrics["directions"].items():
        sizes = ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in scores["samples"].items())
        lines += [
            "",
            f"{direction} ({sizes})",
            f"{'':18}{'KID':>8}{'±':>8}{'grey':>8}{'FID':>8}{'prec.':>8}{'recall':>8}{'period':>8}",
        ]
        lines += [f"{name.replace('_', ' '):18}{_row(scores, name)}" for name in scores["kid"]]
        cycle, same = scores["cycle"], scores["identity"]
        lines.append(
            f"content {_number(scores['content']['result'], 3)}, edges {_number(scores['edges'], 3)}; "
            f"cycle {_number(cycle['psnr'], 1)} dB, SSIM {_number(cycle['ssim'], 3)}; "
            f"identity {_number(same['psnr'], 1)} dB, SSIM {_number(same['ssim'], 3)}; "
            f"classifier right on {scores['period_classifier']['accuracy']:.0%} of real pictures"
        )
    return "\n".join([*lines, "", *metrics["remarks"]])


def _row(scores: dict[str, Any], name: str) -> str:
    kid, grey = scores["kid"][name], scores["grey"]["kid"][name]
    numbers = ((kid["value"], 3), (kid["subset_std"], 3), (grey["value"], 3), (scores["fid"][name]["value"], 1))
    shares = scores["precision"][name], scores["recall"][name], scores["period_classifier"][name]
    return "".join(f"{_number(*number):>8}" for number in (*numbers, *((share, 2) for share in shares)))


def _number(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:.{digits}f}"
