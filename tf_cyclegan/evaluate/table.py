"""What `evaluate` prints: the scores of a run as a table."""

from typing import Any

from tf_cyclegan.evaluate.page.run import best_checkpoint


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
        cycle, same, shapes = scores["cycle"], scores["identity"], scores["shapes"]["result"]
        faces = f", {shapes['faces']:.0%} of {shapes['pictures']} faces found again" if shapes["pictures"] else ""
        lines.append(
            f"content {_number(scores['content']['result'], 3)}, edges {_number(scores['edges'], 3)}, "
            f"new edges {shapes['new_edges']:.2%}{faces}; "
            f"cycle {_number(cycle['psnr'], 1)} dB, SSIM {_number(cycle['ssim'], 3)}; "
            f"identity {_number(same['psnr'], 1)} dB, SSIM {_number(same['ssim'], 3)}; "
            f"classifier right on {scores['period_classifier']['accuracy']:.0%} of real pictures"
        )
    if "checkpoints" in metrics:
        lines += ["", f"{'checkpoint':24}{'KID':>8}{'grey':>8}{'content':>9}"]
        for score in metrics["checkpoints"]["scores"]:
            lines.append(f"{score['name']:24}{score['kid']:8.3f}{score['kid_grey']:8.3f}{score['content']:9.3f}")
        lines.append(best_checkpoint("en", metrics["checkpoints"]))
    return "\n".join([*lines, "", *metrics["remarks"]])


def _row(scores: dict[str, Any], name: str) -> str:
    kid, grey = scores["kid"][name], scores["grey"]["kid"][name]
    numbers = ((kid["value"], 3), (kid["subset_std"], 3), (grey["value"], 3), (scores["fid"][name]["value"], 1))
    shares = scores["precision"][name], scores["recall"][name], scores["period_classifier"][name]
    return "".join(f"{_number(*number):>8}" for number in (*numbers, *((share, 2) for share in shares)))


def _number(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:.{digits}f}"
