"""Which of several generators of one run is best, on the held-out pictures?"""

from collections.abc import Callable, Iterable
from typing import Any

import keras
import numpy as np

from tf_cyclegan.errors import UserError
from tf_cyclegan.metrics.distances import kernel_distance
from tf_cyclegan.metrics.paired import kid_difference
from tf_cyclegan.pictures.similarity import cosines
from tf_cyclegan.score.domain import Domain
from tf_cyclegan.score.extractors import Extractor
from tf_cyclegan.score.feature_sets import LOOKS, kept_of
from tf_cyclegan.score.translation import batches, paint


def score_candidates(
    extractor: Extractor,
    source: Domain,
    target: Domain,
    candidates: Iterable[tuple[str, keras.Model]],
    *,
    tell: Callable[[str], None] = lambda line: None,
) -> dict[str, Any]:
    """Scores generators on the source's held-out pictures, at most those whose features are kept.

    Args:
        extractor: of the features.
        source, target: the domains.
        candidates: names and generators source → target; each is used before the next is asked for, so that they may
            share one network whose weights change.
        tell: is called with a line for each.

    Returns:
        For `metrics.json`: `scores`, a dictionary each of name, kid, kid_grey and content; `best`, the name of the one
        with the lowest KID; `certain`, whether the paired 95 % intervals (`paired.kid_difference`) of its differences
        from all others do not contain 0, None where there are no others.

    Raises:
        UserError: there are no candidates, or one paints NaN.
    """
    scores: list[dict[str, Any]] = []
    results: dict[str, np.ndarray] = {}
    for name, generator in candidates:
        tell(f"checkpoint {name}")
        found = _features(extractor, source, generator)
        kids = {look: kernel_distance(found[look], target.held_out[look].kept) for look in LOOKS}
        content = float(cosines(source.held_out["colour"].kept, found["colour"]).mean())
        scores.append({"name": name, "kid": kids["colour"], "kid_grey": kids["grey"], "content": content})
        results[name] = found["colour"]
    if not scores:
        raise UserError("no checkpoint to score")
    best: str = min(scores, key=lambda score: score["kid"])["name"]
    real = target.held_out["colour"].kept
    others = [kid_difference(results[best], results[name], real) for name in results if name != best]
    certain = all(other.high < 0 for other in others) if others else None
    return {"scores": scores, "best": best, "certain": certain}


def _features(extractor: Extractor, source: Domain, generator: keras.Model) -> dict[str, np.ndarray]:
    """Features of a generator's results for the held-out pictures, by look; of those whose own features are kept."""
    held_out = source.files.held_out
    paths = [held_out[i] for i in kept_of(len(held_out))]
    parts: dict[str, list[np.ndarray]] = {look: [] for look in LOOKS}
    for _, pictures in batches(paths):
        results = paint(generator, pictures)
        for look, change in LOOKS.items():
            parts[look].append(extractor(map(change, results)))
    return {look: np.concatenate(found) for look, found in parts.items()}
