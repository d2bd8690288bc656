"""What `evaluate` prints: the scores of a run as a table."""

from typing import Any

from tf_cyclegan.evaluate.page.run import best_checkpoint
from tf_cyclegan.evaluate.page.texts import say
from tf_cyclegan.evaluate.row import Row, rows_of
from tf_cyclegan.evaluate.verdict import nature
from tf_cyclegan.run.folder import DIRECTIONS


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
        rows = {_label(metrics, name): row for name, row in rows_of(scores).items()}
        lines += [f"{name:18}{_distances(row)}" for name, row in rows.items()]
        lines += [f"{'':18}{'content':>8}{'detail':>8}{'shapes':>8}{'new edges':>11}   (kept of the originals)"]
        lines += [f"{name:18}{_kept(row)}" for name, row in rows.items() if row.detail_kept is not None]
        lines.append(_others(scores))
        if direction == next(iter(DIRECTIONS)) and (found := nature(scores)):
            lines.append(f"the results: {say('en', f'nature_{found}')}")
    if "checkpoints" in metrics:
        lines += ["", f"{'checkpoint':24}{'KID':>8}{'grey':>8}{'content':>9}"]
        for score in metrics["checkpoints"]["scores"]:
            lines.append(f"{score['name']:24}{score['kid']:8.3f}{score['kid_grey']:8.3f}{score['content']:9.3f}")
        lines.append(best_checkpoint("en", metrics["checkpoints"]))
    return "\n".join([*lines, "", *metrics["remarks"]])


def _label(metrics: dict[str, Any], name: str) -> str:
    """What a set is called in a table: a folder's name for the pictures of another program."""
    return (metrics["anchor"]["name"] if name == "anchor" else name.replace("_", " "))[:17]


def _distances(row: Row) -> str:
    numbers = ((row.kid, 3), (row.kid_std, 3), (row.grey, 3), (row.fid, 1))
    shares = ((share, 2) for share in (row.precision, row.recall, row.share))
    return "".join(f"{_number(*number):>8}" for number in (*numbers, *shares))


def _kept(row: Row) -> str:
    kept = "".join(f"{_number(value, 2):>8}" for value in (row.content, row.detail_kept, row.shapes_kept))
    return f"{kept}{'–' if row.new_edges is None else f'{row.new_edges:.2%}':>11}"


def _others(scores: dict[str, Any]) -> str:
    cycle, same, shapes = scores["cycle"], scores["identity"], scores["shapes"]["result"]
    faces = f"{shapes['faces']:.0%} of {shapes['pictures']} faces found again; " if shapes["pictures"] else ""
    return (
        f"{faces}edges {_number(scores['edges'], 3)}; "
        f"cycle {_number(cycle['psnr'], 1)} dB, SSIM {_number(cycle['ssim'], 3)}; "
        f"identity {_number(same['psnr'], 1)} dB, SSIM {_number(same['ssim'], 3)}; "
        f"classifier right on {scores['period_classifier']['accuracy']:.0%} of real pictures"
    )


def _number(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:.{digits}f}"
