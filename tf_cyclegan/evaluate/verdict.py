"""The plain sentences about a run: they follow by stated rules from the numbers and nothing else.

A difference counts if its 95 % interval (`paired`) does not contain 0. Sentences are names with values; `texts` has the
words.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

# The classifier is quoted if it is right on at least this share of held-out real pictures; below the second share it is
# hardly better than chance, and nothing can be judged.
CLASSIFIER_GOOD, CLASSIFIER_POOR = 0.8, 0.65
# Of the results, nearer to their own photograph than to any other: content kept, or kept in part.
CONTENT_KEPT, CONTENT_IN_PART = 0.9, 0.5
# Share of the way from colour transfer to real paintings: "a little" below it, "clearly" from it on.
CLEARLY = 0.25
# Places with coarse edges that the picture does not have: reported from this share on, if above colour transfer's.
NEW_EDGES = 0.01
# Faces that are still found, as a share of those that are found after colour transfer: below it they are lost.
FACES_KEPT = 0.8
# Detail kept (`score.bands`) by a painting at most, and by a filter more than; shapes kept by either at least.
PAINTING_DETAIL, FILTER_DETAIL, SCENE_SHAPES = 0.40, 0.60, 0.90
# Share of results nearer to a training picture than 95 % of the held-out ones are.
MEMORIZED = 0.15
FEW = 10


class Statement(NamedTuple):
    """A sentence: its name in `texts`, the values put into it, and whether it is good news (1), bad (-1) or neither.

    Its floats are given with `digits` digits after the point, in per cent if they are `shares`.
    """

    name: str
    values: dict[str, Any]
    tone: int = 0
    digits: int = 0
    shares: bool = True


def verdict(scores: dict[str, Any], *, to_paintings: bool = True) -> list[Statement]:
    """The sentences on one direction, the most important first.

    Args:
        scores: the direction's part of `metrics.json`.
        to_paintings: whether photographs become paintings, so that it matters whether the results are painted. The
            first sentence is no good news then unless they are, at least in part.
    """
    counts = {f"{name}_count": scores["samples"][name] for name in ("source", "target")}
    if min(counts.values()) < FEW:
        return [Statement("too_few", counts, -1)]
    if not _can_tell(scores):
        return [Statement("cannot_tell", {"accuracy": scores["period_classifier"]["accuracy"]}, -1)]
    headline, painted = _headline(scores), [*_nature(scores)] if to_paintings else []
    if any(statement.name in _NOT_PAINTED for statement in painted):
        headline = headline._replace(tone=min(headline.tone, 0))
    found = [headline, *painted, _way(scores), _classifier(scores), _content(scores)]
    found += [_patches(scores), _faces(scores), _memorized(scores)]
    return [statement for statement in found if statement]


def _can_tell(scores: dict[str, Any]) -> bool:
    kid = scores["kid"]
    apart = kid["untouched"]["value"] > kid["real"]["value"]
    return apart and scores["period_classifier"]["accuracy"] >= CLASSIFIER_POOR


def _nearer(test: dict[str, float]) -> int:
    """1 where the results are nearer to the target, -1 where they are farther, 0 where that is not shown."""
    return 1 if test["high"] < 0 else -1 if test["low"] > 0 else 0


def _headline(scores: dict[str, Any]) -> Statement:
    photos, colours = scores["tests"]["untouched"], scores["tests"]["colour_transfer"]
    if _nearer(photos["kid"]) < 1:
        return Statement("farther_than_source" if _nearer(photos["kid"]) else "no_nearer_than_source", {}, -1)
    in_colour, in_grey = _nearer(colours["kid"]), _nearer(colours["grey"])
    if in_colour < 1:
        names = {1: "nearer_in_grey_only", 0: "no_nearer_than_colours", -1: "no_nearer_than_colours"}
        name = "farther_than_colours" if in_colour < 0 and in_grey < 1 else names[in_grey]
        return Statement(name, {}, 0 if in_grey > 0 else -1)
    kid = scores["kid"]
    share = _share(kid["colour_transfer"]["value"], kid["result"]["value"], kid["real"]["value"])
    size = "clearly" if share is not None and share >= CLEARLY else "a_little"
    return Statement("nearer" if in_grey > 0 else "nearer_in_colour_only", {"size": size}, 1 if in_grey > 0 else 0)


def nature(scores: dict[str, Any]) -> str | None:
    """What the results are: "painting", "filter", "between" these, "scene_lost", or "detail_lost".

    The last is said of results that have as little of the photographs' detail as a painting, but are not shown to be
    nearer to paintings than the photographs are: a blur loses detail, too. None where `bands` were not measured.
    """
    if "bands" not in scores:
        return None
    detail, shapes = (scores["bands"]["result"][name] for name in ("detail_kept", "shapes_kept"))
    if shapes < SCENE_SHAPES:
        return "scene_lost"
    if detail > PAINTING_DETAIL:
        return "filter" if detail > FILTER_DETAIL else "between"
    return "painting" if _nearer(scores["tests"]["untouched"]["kid"]) > 0 else "detail_lost"


_NOT_PAINTED = ("is_filter", "is_scene_lost", "is_detail_lost")


def _nature(scores: dict[str, Any]) -> Iterator[Statement]:
    """What the results are; and where they are a filter that lowered KID, that this was not by paint."""
    found = nature(scores)
    if found is None:
        return
    bands = scores["bands"]
    values = {
        "detail": bands["result"]["detail_kept"],
        "shapes": bands["result"]["shapes_kept"],
        "detail_colours": bands["colour_transfer"]["detail_kept"],
        "shapes_colours": bands["colour_transfer"]["shapes_kept"],
    }
    tone = {"painting": 1, "between": 0}.get(found, -1)
    yield Statement(f"is_{found}", values, tone, digits=2, shares=False)
    if found == "filter" and _nearer(scores["tests"]["untouched"]["kid"]) > 0:
        yield Statement("nearer_without_paint", {}, -1)


def _share(start: float, here: float, end: float) -> float | None:
    """How much of the way from start to end is gone; None where there is no way."""
    return (start - here) / (start - end) if start > end else None


def _way(scores: dict[str, Any]) -> Statement | None:
    shares = [
        _share(kid["untouched"]["value"], kid["result"]["value"], kid["real"]["value"])
        for kid in (scores["kid"], scores["grey"]["kid"])
    ]
    if None in shares:
        return None
    return Statement("way", {"share": shares[0], "grey": shares[1]})


def _classifier(scores: dict[str, Any]) -> Statement | None:
    found = scores["period_classifier"]
    if found["accuracy"] < CLASSIFIER_GOOD:
        return None
    tone = 1 if found["result"] >= found["real"] / 2 else -1 if found["result"] < found["untouched"] + 0.1 else 0
    return Statement("classifier", found, tone)


def _content(scores: dict[str, Any]) -> Statement:
    share = scores["content"]["recognised"]
    name = "keeps" if share >= CONTENT_KEPT else "keeps_in_part" if share >= CONTENT_IN_PART else "loses"
    return Statement(f"{name}_content", {"share": share}, {"keeps": 1, "loses": -1}.get(name, 0))


def _patches(scores: dict[str, Any]) -> Statement | None:
    result, colours = (scores["shapes"][name]["new_edges"] for name in ("result", "colour_transfer"))
    values = {"share": result, "colours": colours}
    return Statement("patches", values, -1, digits=1) if result >= NEW_EDGES and result > colours else None


def _faces(scores: dict[str, Any]) -> Statement | None:
    result, colours = (scores["shapes"][name] for name in ("result", "colour_transfer"))
    if result["pictures"] < FEW or not colours["faces"]:
        return None
    kept = result["faces"] >= FACES_KEPT * colours["faces"]
    values = {"count": result["pictures"], "share": result["faces"], "colours": colours["faces"]}
    return Statement("keeps_faces" if kept else "loses_faces", values, 1 if kept else -1)


def _memorized(scores: dict[str, Any]) -> Statement | None:
    share = scores["memorization"]["result"]["share_nearer_than_real"]
    return Statement("memorized", {"share": share}, -1) if share >= MEMORIZED else None
