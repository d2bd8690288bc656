"""The page on several runs: is the difference more than chance, one table, the same photographs."""

from collections.abc import Sequence
from pathlib import Path

from tf_cyclegan.disk.replacing import replacing
from tf_cyclegan.evaluate.comparison import DIRECTION, Comparison, Contrast, Example
from tf_cyclegan.evaluate.gallery import RANKS
from tf_cyclegan.evaluate.page.run import STYLE, Words, difference, numbers_table, thumbnail
from tf_cyclegan.evaluate.row import Row
from tf_cyclegan.evaluate.verdict import nature
from tf_cyclegan.metrics.paired import RESAMPLES
from tf_cyclegan.page.html import document, escape, figure

_COLUMNS = (
    *("kid_grey", "content", "detail_kept", "shapes_kept", "new_edges"),
    *("fid_plain", "precision", "recall", "share"),
)
_STYLE = """
.side { display: flex; flex-wrap: wrap; gap: .6rem; margin: 0 0 1.1rem }
.side figure { flex: 0 1 224px; min-width: 7.5rem }
.side img { width: 100%; height: auto; display: block; border-radius: 2px }
.side figcaption { font-size: .8rem; overflow-wrap: anywhere }
@media print { .side { flex-wrap: nowrap; break-inside: avoid } .side figure { min-width: 0 } }
"""


def write_comparison(path: Path, comparison: Comparison, *, language: str = "en", period: str = "") -> None:
    """Writes the page.

    Args:
        path: of the HTML file.
        comparison: of `compare_runs`.
        language: one of `choices.LANGUAGES`.
        period: of the paintings; empty where it is not known.

    Raises:
        UserError: it cannot be written.
    """
    words = Words(language, period)
    title = words("compare_title", count=len(comparison.entries))
    metrics = comparison.entries[0].metrics
    sizes = metrics["directions"][DIRECTION]["samples"]
    samples = f"{sizes['source']} {words('photographs')}, {sizes['target']} {words('paintings')}"
    about = words("compare_about", features=metrics["features"], resize=metrics["resize"], samples=samples)
    parts = [
        f"<h1>{escape(title)}</h1><p class=soft>{escape(about)}</p>",
        _verdict(words, comparison),
        f"<h2>{escape(words('table'))}</h2>{_table(words, comparison)}",
        _gallery(words, comparison),
    ]
    with replacing(path) as partial:
        page = document(title, parts, style=STYLE + _STYLE, language=language)
        partial.write_text(page, encoding="utf-8")


def sentences(words: Words, comparison: Comparison) -> list[tuple[int, str]]:
    """For each run but the first whether it is nearer (1), farther (-1) or neither, and that in words."""
    first = comparison.entries[0].name
    names = {-1: "compare_nearer", 0: "compare_same", 1: "compare_farther"}
    return [
        (
            -contrast.sign,
            words(
                "compare_identical" if contrast.same else names[contrast.sign],
                run=entry.name,
                first=first,
                **words.domains(DIRECTION),
            ),
        )
        for entry, contrast in zip(comparison.entries[1:], comparison.contrasts, strict=True)
    ]


def natures(words: Words, comparison: Comparison) -> list[str]:
    """What each run's results are, in words; nothing of a run that an older version evaluated."""
    found = [(entry.name, nature(entry.metrics["directions"][DIRECTION])) for entry in comparison.entries]
    return [words("compare_nature", run=run, nature=words(f"nature_{name}")) for run, name in found if name]


def _verdict(words: Words, comparison: Comparison) -> str:
    found = [*(text for _, text in sentences(words, comparison)), *natures(words, comparison)]
    lines = "".join(f"<p>{escape(text)}</p>" for text in found)
    rules = words("compare_rules", first=comparison.entries[0].name, resamples=words.number(RESAMPLES, 0))
    return (
        f"<h2>{escape(words('compare_verdict'))}</h2><div class=verdict>{lines}</div><p class=soft>{escape(rules)}</p>"
    )


def _table(words: Words, comparison: Comparison) -> str:
    first = comparison.entries[0]
    columns = [words("run"), words("kid"), words("kid_difference", first=first.name), words("p"), *map(words, _COLUMNS)]
    contrasts: Sequence[Contrast | None] = [None, *comparison.contrasts]
    rows = [
        ("result", _cells(words, entry.name, entry.rows["result"], contrast))
        for entry, contrast in zip(comparison.entries, contrasts, strict=True)
    ]
    rows += [
        (name, _cells(words, words.set_name(first.metrics, name), row))
        for name, row in first.rows.items()
        if name != "result"
    ]
    return numbers_table(columns, rows)


def _cells(words: Words, label: str, row: Row, contrast: Contrast | None = None) -> list[str]:
    return [
        label,
        f"{words.number(row.kid, 3)} ± {words.number(row.kid_std, 3)}",
        difference(words, contrast.kid._asdict()) if contrast else "",
        words.number(contrast.p, 3) if contrast else "",
        words.number(row.grey, 3),
        words.number(row.content, 2),
        words.number(row.detail_kept, 2),
        words.number(row.shapes_kept, 2),
        words.percent(row.new_edges, 1),
        words.number(row.fid, 1),
        words.number(row.precision, 2),
        words.number(row.recall, 2),
        words.percent(row.share),
    ]


def _gallery(words: Words, comparison: Comparison) -> str:
    parts = [f"<h2>{escape(words('compare_gallery'))}</h2><p class=soft>{escape(words('compare_gallery_about'))}</p>"]
    for rank in RANKS:
        examples = [example for example in comparison.examples if example.rank == rank]
        if examples:
            strips = "".join(_strip(words, comparison, example) for example in examples)
            parts.append(f"<h3>{escape(words(rank))}</h3>{strips}")
    return "".join(parts)


def _strip(words: Words, comparison: Comparison, example: Example) -> str:
    original = figure(thumbnail(example.photograph, example.name), f"{example.name}, {words('original')}")
    results = [
        figure(thumbnail(pixels, f"{example.name}, {entry.name}"), entry.name)
        for entry, pixels in zip(comparison.entries, example.results, strict=True)
    ]
    return f"<div class=side>{original}{''.join(results)}</div>"


def table(comparison: Comparison) -> str:
    """The comparison as lines of text, in English."""
    words = Words("en", "")
    head = f"{'':24}{'KID':>8}{'±':>8}{'grey':>8}{'content':>9}{'detail':>8}{'shapes':>8}{'new edges':>11}"
    lines = [f"{head}  difference [95 %], p"]
    for entry, contrast in zip(comparison.entries, [None, *comparison.contrasts], strict=True):
        row = entry.rows["result"]
        kept = "".join(f"{words.number(value, 2):>8}" for value in (row.detail_kept, row.shapes_kept))
        numbers = f"{row.kid:8.3f}{row.kid_std:8.3f}{row.grey:8.3f}{row.content:9.2f}{kept}{row.new_edges:11.1%}"
        against = f"  {difference(words, contrast.kid._asdict())}, {contrast.p:.3f}" if contrast else ""
        lines.append(f"{entry.name[:23]:24}{numbers}{against}")
    found = [*(text for _, text in sentences(words, comparison)), *natures(words, comparison)]
    return "\n".join([*lines, "", *found])
