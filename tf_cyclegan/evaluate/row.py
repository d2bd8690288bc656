"""The numbers of one set, the results or an anchor, as tables show them; nothing else knows their places."""

from typing import Any, NamedTuple


class Row(NamedTuple):
    """Of one set; None where a number is not there.

    Attributes:
        kid, kid_std, grey: kernel distance, its deviation over subsets, and the distance on grey pictures.
        fid, fid_low, fid_high, fid_infinite: Fréchet distance, its 95 % interval, and extrapolated.
        precision, recall, mifid: as in `metrics`.
        share: taken for the target by the classifier.
        content: mean cosine to the features of the originals.
        detail_kept, shapes_kept: means of `score.bands`; runs that were evaluated by an older version have none.
        new_edges: share of places, as in `score.damage`.
    """

    kid: float
    kid_std: float
    grey: float
    fid: float
    fid_low: float
    fid_high: float
    fid_infinite: float | None
    precision: float | None
    recall: float | None
    mifid: float
    share: float
    content: float | None
    detail_kept: float | None
    shapes_kept: float | None
    new_edges: float | None


def rows_of(scores: dict[str, Any]) -> dict[str, Row]:
    """The row of every set: the results first, real pictures last.

    Args:
        scores: a direction's part of `metrics.json`.

    Raises:
        KeyError: a number is missing that every version writes.
    """
    return {name: _row(scores, name) for name in scores["kid"]}


def _row(scores: dict[str, Any], name: str) -> Row:
    kid, fid = scores["kid"][name], scores["fid"][name]
    bands = scores.get("bands", {}).get(name, {})
    return Row(
        kid=kid["value"],
        kid_std=kid["subset_std"],
        grey=scores["grey"]["kid"][name]["value"],
        fid=fid["value"],
        fid_low=fid["low"],
        fid_high=fid["high"],
        fid_infinite=fid["extrapolated"],
        precision=scores["precision"][name],
        recall=scores["recall"][name],
        mifid=scores["mifid"][name],
        share=scores["period_classifier"][name],
        content=scores["content"].get(name),
        detail_kept=bands.get("detail_kept"),
        shapes_kept=bands.get("shapes_kept"),
        new_edges=scores["shapes"].get(name, {}).get("new_edges"),
    )
