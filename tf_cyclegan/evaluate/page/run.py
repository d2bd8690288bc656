"""The page on a run: verdict, pictures, numbers next to their anchors, curves, a map, definitions. One file."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from tf_cyclegan.disk.replacing import replacing
from tf_cyclegan.evaluate.gallery import MOST, RANKS, Shown
from tf_cyclegan.evaluate.page.texts import definitions, number, percent, say
from tf_cyclegan.evaluate.row import Row, rows_of
from tf_cyclegan.evaluate.verdict import Statement, verdict
from tf_cyclegan.metrics.projection import project
from tf_cyclegan.page.charts import Line, Spot, draw_curves, draw_map, draw_scale
from tf_cyclegan.page.html import document, escape, figure, picture
from tf_cyclegan.periods import describe_period
from tf_cyclegan.run.folder import DIRECTIONS
from tf_cyclegan.run.losses import kinds_of, smooth, start_of

# Pixels of a picture in the gallery, twice what is shown; points of a set on the map, and of a curve.
_SIDE, _POINTS, _CURVE = 224, 400, 200
_STYLES = {"result": "c", "untouched": "a", "colour_transfer": "soft", "anchor": "", "real": "b"}

STYLE = """
.verdict { border-left: 4px solid var(--line); padding: .1rem 0 .1rem 1.1rem; margin: 1.2rem 0 }
.verdict p { margin: .35rem 0 }
.verdict p:first-child { font-size: 1.25rem; line-height: 1.35; font-weight: 600; max-width: 52rem }
.verdict.good { border-color: #2f8f4e } .verdict.bad { border-color: #c23b2e } .verdict.mixed { border-color: #c99414 }
.wide { overflow-x: auto; max-width: 100% }
.numbers th, .numbers td { white-space: nowrap }
.numbers thead th { white-space: normal; vertical-align: bottom }
.numbers tr.result th, .numbers tr.result td { font-weight: 600 }
.gallery { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(21rem, 100%), 1fr)); gap: 1rem 1.6rem }
.triple { display: grid; grid-template-columns: repeat(3, 1fr); gap: 3px }
.triple img { width: 100%; height: auto; display: block; border-radius: 2px }
.gallery figcaption { font-size: .8rem; overflow-wrap: anywhere; margin-top: .2rem }
.map, .scale { max-width: 34rem }
.scale { margin-top: 1.2rem }
dt { font-weight: 600; margin-top: .7rem; overflow-wrap: anywhere } dd { margin: 0; max-width: 46rem }
pre { background: color-mix(in srgb, var(--ink) 6%, transparent); padding: .7rem .9rem; border-radius: 4px;
  white-space: pre-wrap; overflow-wrap: anywhere; font-size: .9rem }
@media print {
  .gallery { grid-template-columns: repeat(2, 1fr); gap: .5rem 1rem }
  .figures, .tables { grid-template-columns: repeat(2, 1fr) }
  .map, .scale { max-width: 11cm }
  .numbers, .numbers thead th { font-size: 8pt } .numbers th, .numbers td { padding-right: .6rem }
  .wide { overflow: visible } .verdict, dt, dd { break-inside: avoid }
}
"""


@dataclass(frozen=True)
class Material:
    """The material of the page.

    Attributes:
        name: of the run.
        period: of the paintings; empty where it is not known.
        metrics: contents of `metrics.json`.
        remarks: names of remarks in `texts` with their values.
        shown: the gallery of each direction.
        ranked: how many pictures the gallery was chosen from, by direction, and by which column.
        features: in colour, of the held-out pictures ("A", "B") and of the results ("photo-to-painting", …).
        losses: the columns of `losses.csv`; empty where it is not there.
        evaluations: the rows of `evaluations.csv`.
        commands: the commands that made it.
    """

    name: str
    period: str
    metrics: dict[str, Any]
    remarks: Sequence[tuple[str, dict[str, Any]]]
    shown: dict[str, list[Shown]]
    ranked: dict[str, tuple[int, str]]
    features: dict[str, np.ndarray]
    losses: dict[str, np.ndarray] = field(default_factory=dict)
    evaluations: Sequence[dict[str, Any]] = ()
    commands: Sequence[str] = ()


def write_report(path: Path, material: Material, language: str = "en") -> None:
    """Writes the page.

    Args:
        path: of the HTML file.
        material: what it is made of.
        language: one of `choices.LANGUAGES`.

    Raises:
        UserError: it cannot be written.
    """
    words = Words(language, material.period)
    title = words("title", run=material.name)
    main, back = DIRECTIONS
    parts = [
        _head(words, title, material),
        _verdict(words, main, material),
        _gallery(words, main, material),
        _numbers(words, main, material),
        _curves(words, material),
        _checkpoints(words, material),
        _map(words, main, material),
        f"<h2>{escape(words(back))}</h2>",
        _sentences(words, back, material),
        _gallery(words, back, material, level=3),
        _numbers(words, back, material, level=3),
        _definitions(words),
        _repeat(words, material),
    ]
    with replacing(path) as partial:
        page = document(title, filter(None, parts), style=STYLE, language=language)
        partial.write_text(page, encoding="utf-8")


class Words:
    """The texts of a language, with the names of the domains put in.

    Args:
        language: one of `choices.LANGUAGES`.
        period: of the paintings; empty where it is not known.
    """

    def __init__(self, language: str, period: str):
        self.language = language
        self._period = describe_period(period)["name"][language] if period else self("the_period")

    def __call__(self, name: str, /, **values: Any) -> str:
        return say(self.language, name, **values)

    def number(self, value: float | None, digits: int) -> str:
        return number(self.language, value, digits)

    def percent(self, share: float | None, digits: int = 0) -> str:
        return percent(self.language, share, digits)

    def domains(self, direction: str) -> dict[str, str]:
        """Names of source and target, also in the dative."""
        return {
            f"{role}{case}": self(f"{letter}{case}", period=self._period)
            for role, letter in (("source", DIRECTIONS[direction].source), ("target", DIRECTIONS[direction].target))
            for case in ("", "_dative")
        }

    def set_name(self, metrics: dict[str, Any], name: str) -> str:
        """What a set is called in tables: a folder's name for the pictures of another program."""
        return metrics["anchor"]["name"] if name == "anchor" else self(name)

    def sentence(self, statement: Statement, direction: str) -> str:
        """A statement of the verdict."""
        write = self.percent if statement.shares else self.number
        values = {
            name: self(value)
            if isinstance(value, str)
            else write(value, statement.digits)
            if isinstance(value, float)
            else str(value)
            for name, value in statement.values.items()
        }
        return self(statement.name, **self.domains(direction), **values)


def _head(words: Words, title: str, material: Material) -> str:
    metrics = material.metrics
    samples = metrics["directions"]["photo-to-painting"]["samples"]
    counts = {"source": samples["source"], "paintings": samples["target"]}
    about = words("subtitle", **counts, features=metrics["features"], resize=metrics["resize"])
    return f"<h1>{escape(title)}</h1><p class=soft>{escape(about)}</p>"


def _verdict(words: Words, direction: str, material: Material) -> str:
    remarks = "".join(f"<li>{escape(words(f'remark_{name}', **values))}</li>" for name, values in material.remarks)
    kept_in_mind = f"<h3>{escape(words('remarks'))}</h3><ul class=soft>{remarks}</ul>" if remarks else ""
    rules = f"<p class=soft>{escape(words('rules'))}</p>"
    return f"<h2>{escape(words('verdict'))}</h2>" + _sentences(words, direction, material) + rules + kept_in_mind


def _sentences(words: Words, direction: str, material: Material) -> str:
    to_paintings = DIRECTIONS[direction].target == "B"
    statements = verdict(material.metrics["directions"][direction], to_paintings=to_paintings)
    tone = {1: "good", 0: "mixed", -1: "bad"}[statements[0].tone]
    lines = "".join(f"<p>{escape(words.sentence(statement, direction))}</p>" for statement in statements)
    return f'<div class="verdict {tone}">{lines}</div>'


def _gallery(words: Words, direction: str, material: Material, level: int = 2) -> str:
    shown = material.shown[direction]
    count, column = material.ranked[direction]
    each = max([sum(s.rank == rank for s in shown) for rank in RANKS], default=0)
    name = "gallery_about" if column == "realism" else "gallery_period"
    parts = [f"<h{level}>{escape(words('gallery'))}</h{level}>"]
    parts.append(f"<p class=soft>{escape(words(name, each=each, count=count))}</p>")
    for rank in (*RANKS, MOST):
        figures = "".join(_triple(words, direction, s) for s in shown if s.rank == rank)
        if figures:
            parts.append(f"<h{level + 1}>{escape(words(rank))}</h{level + 1}><div class=gallery>{figures}</div>")
    return "".join(parts)


def _triple(words: Words, direction: str, shown: Shown) -> str:
    row = shown.row
    names = (words("original"), words("result"), words("turned_back"))
    pictures = "".join(
        thumbnail(pixels, f"{row['picture']}, {name}") for pixels, name in zip(shown.pictures, names, strict=True)
    )
    numbers = {"realism": words.number(row["realism"], 2), "content": words.number(row["content"], 2)}
    numbers["edges"] = words.percent(row["new_edges"], 1)
    values = {**numbers, "period": words.percent(row["period"]), "target": words.domains(direction)["target"]}
    return figure(f"<div class=triple>{pictures}</div>", words("caption", name=row["picture"], **values))


def thumbnail(pixels: np.ndarray, text: str) -> str:
    """A picture of the gallery, `(h, w, 3)` uint8."""
    image = Image.fromarray(pixels)
    image.thumbnail((_SIDE, _SIDE))
    return picture(image, text, quality=80)


def _numbers(words: Words, direction: str, material: Material, level: int = 2) -> str:
    metrics = material.metrics
    scores, rows = metrics["directions"][direction], rows_of(metrics["directions"][direction])
    about = f"<p class=soft>{escape(words('table_about'))}</p>" if level == 2 else ""
    spots = [Spot(words.set_name(metrics, name), _STYLES[name], row.kid, row.kid_std) for name, row in rows.items()]
    drawing = draw_scale(spots, lambda value: words.number(value, 2))
    return (
        f"<h{level}>{escape(words('table'))}</h{level}>{about}{_anchors(words, metrics, rows)}"
        f"{_kept(words, metrics, rows)}<p>{escape(_others(words, scores))} {escape(_damage(words, scores))}</p>"
        f"{_tests(words, metrics, scores)}<div class=scale>{figure(drawing, words('scale'))}</div>"
    )


def _anchors(words: Words, metrics: dict[str, Any], rows: dict[str, Row]) -> str:
    columns = ("kid", "kid_grey", "fid", "fid_infinite", "precision", "recall", "mifid", "share")
    body = [(name, [words.set_name(metrics, name), *_anchor_row(words, row)]) for name, row in rows.items()]
    return numbers_table(["", *map(words, columns)], body)


def _kept(words: Words, metrics: dict[str, Any], rows: dict[str, Row]) -> str:
    """What is left of the originals: of their content to the extractor, their detail and their shapes."""
    columns = ("content", "detail_kept", "shapes_kept")
    body = [
        (name, [words.set_name(metrics, name), *(words.number(getattr(row, column), 2) for column in columns)])
        for name, row in rows.items()
        if row.detail_kept is not None
    ]
    return f"<p class=soft>{escape(words('kept_about'))}</p>" + numbers_table(["", *map(words, columns)], body)


def numbers_table(columns: Sequence[str], rows: Sequence[tuple[str, Sequence[str]]]) -> str:
    """A wide table; each row is a class and its cells."""
    head = "".join(f'<th scope="col">{escape(c)}</th>' for c in columns)
    body = "".join(
        f'<tr class="{escape(style)}"><th scope="row">{escape(cells[0])}</th>'
        + "".join(f"<td>{escape(cell)}</td>" for cell in cells[1:])
        + "</tr>"
        for style, cells in rows
    )
    return f"<div class=wide><table class=numbers><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"


def _anchor_row(words: Words, row: Row) -> list[str]:
    low, high = (words.number(end, 0) for end in (row.fid_low, row.fid_high))
    return [
        f"{words.number(row.kid, 3)} ± {words.number(row.kid_std, 3)}",
        words.number(row.grey, 3),
        f"{words.number(row.fid, 1)} [{low}–{high}]",
        words.number(row.fid_infinite, 1),
        words.number(row.precision, 2),
        words.number(row.recall, 2),
        words.number(row.mifid, 1),
        words.percent(row.share),
    ]


def _others(words: Words, scores: dict[str, Any]) -> str:
    cycle, same, score = scores["cycle"], scores["identity"], scores["inception_score"]
    return words(
        "others",
        edges=words.number(scores["edges"], 2),
        psnr=words.number(cycle["psnr"], 1) + " dB" * (cycle["psnr"] is not None),
        ssim=words.number(cycle["ssim"], 2),
        same_psnr=words.number(same["psnr"], 1) + " dB" * (same["psnr"] is not None),
        same_ssim=words.number(same["ssim"], 2),
        score=words.number(score and score["value"], 2),
        accuracy=words.percent(scores["period_classifier"]["accuracy"]),
    )


def _damage(words: Words, scores: dict[str, Any]) -> str:
    result, colours = (scores["shapes"][name] for name in ("result", "colour_transfer"))
    edges = {name: words.percent(of["new_edges"], 1) for name, of in (("edges", result), ("colours", colours))}
    if result["faces"] is None:
        return words("damage", **edges)
    faces = {name: words.percent(of["faces"]) for name, of in (("share", result), ("colours", colours))}
    return f"{words('damage', **edges)} {words('damage_faces', count=result['pictures'], **faces)}"


def _tests(words: Words, metrics: dict[str, Any], scores: dict[str, Any]) -> str:
    rows = [
        (
            "",
            [
                words("difference_from", other=words.set_name(metrics, other)),
                *(difference(words, test[look]) for look in ("kid", "grey")),
            ],
        )
        for other, test in scores["tests"].items()
    ]
    caption = f"<p class=soft>{escape(words('difference'))}</p>"
    return caption + numbers_table(["", words("colour"), words("grey")], rows)


def difference(words: Words, test: dict[str, Any]) -> str:
    """A difference with its interval."""
    value, low, high = (words.number(test[name], 3) for name in ("value", "low", "high"))
    return f"{value} [{low}, {high}]"


def _curves(words: Words, material: Material) -> str:
    figures = [*_loss_figures(words, material.losses), *_kid_figure(words, material)]
    if not figures:
        return f"<h2>{escape(words('curves'))}</h2><p class=soft>{escape(words('no_curves'))}</p>"
    return f"<h2>{escape(words('curves'))}</h2>{_key(words)}<div class=figures>{''.join(figures)}</div>"


def _key(words: Words) -> str:
    return "<p>" + "".join(f'<span class="key {s}"><span>{escape(words(t))}</span></span>' for s, t in _KEYS) + "</p>"


_KEYS = (("a", "curve_x"), ("b", "curve_y"))


def _loss_figures(words: Words, losses: dict[str, np.ndarray]) -> list[str]:
    if not len(losses.get("step", ())):
        return []
    steps, figures = losses["step"], []
    places = np.unique(np.linspace(0, len(steps) - 1, min(len(steps), _CURVE)).astype(int))
    for kind, about in kinds_of(losses).items():
        names = [name for name in losses if name.startswith(f"{kind}_") and np.isfinite(losses[name]).all()]
        lines = [
            Line("a" if start_of(n) == "photo" else "b", steps[places], _smoothed(losses[n], places)) for n in names
        ]
        if lines:
            # A few wild steps, the first above all, must not press the rest flat.
            top = max(float(np.quantile(line.values, 0.97)) for line in lines)
            figures.append(
                figure(draw_curves(lines, _axis(words, top), top=max(top, 1e-6)), about.title[words.language])
            )
    return figures


def _smoothed(values: np.ndarray, places: np.ndarray) -> np.ndarray:
    return smooth(values, places, len(values) // 50 | 1)


def _axis(words: Words, top: float) -> Callable[[float], str]:
    return lambda value: words.number(value, 0 if top >= 10 else 1 if top >= 2 else 2)


def _kid_figure(words: Words, material: Material) -> list[str]:
    rows = [r for r in material.evaluations if r["extractor"] == material.evaluations[-1]["extractor"]]
    if not rows:
        return []
    steps = [row["step"] for row in rows]
    lines = [
        Line("soft", [steps[0], steps[-1]], [rows[-1]["kid_untouched"]] * 2),
        Line("b", steps, [row["kid_grey"] for row in rows], marked=True),
        Line("c", steps, [row["kid"] for row in rows], marked=True),
    ]
    best = min(rows, key=lambda row: row["kid"])
    key = "".join(
        f'<span class="key {style}"><span>{escape(words(name))}</span></span>'
        for style, name in (("c", "kid_colour"), ("b", "kid_without"), ("soft", "kid_photos"))
    )
    caption = words("kid_curve", photographs=rows[-1]["photographs"])
    best_words = words("best_step", step=words.number(best["step"], 0), kid=words.number(best["kid"], 3))
    drawing = draw_curves(lines, lambda value: words.number(value, 2)) + f"<p>{key}</p>"
    return [figure(drawing, f"{caption}. {best_words}")]


def _checkpoints(words: Words, material: Material) -> str:
    found = material.metrics.get("checkpoints")
    if not found:
        return ""
    columns = ("checkpoint", "kid_plain", "kid_grey", "content")
    rows = [
        (
            "result" if score["name"] == found["best"] else "",
            [
                score["name"],
                *(words.number(score[n], 3) for n in ("kid", "kid_grey")),
                words.number(score["content"], 2),
            ],
        )
        for score in found["scores"]
    ]
    best = f"<p>{escape(best_checkpoint(words.language, found))}</p>"
    return f"<h3>{escape(words('checkpoints'))}</h3>{numbers_table(list(map(words, columns)), rows)}{best}"


def best_checkpoint(language: str, found: dict[str, Any]) -> str:
    """Names the best of `candidates.score_candidates`, and says whether its lead is more than chance."""
    words = {True: "checkpoint_certain", False: "checkpoint_uncertain"}
    word = "" if found["certain"] is None else say(language, words[found["certain"]])
    return say(language, "checkpoint_best", name=found["best"], word=word).strip()


def _map(words: Words, direction: str, material: Material) -> str:
    source, target = DIRECTIONS[direction].source, DIRECTIONS[direction].target
    sets = {"a": material.features[source], "b": material.features[target], "c": material.features[direction]}
    found = project([_spread(features) for features in sets.values()])
    names = {"a": "photographs", "b": "paintings", "c": "results"}
    key = "".join(f'<span class="key {s}"><span>{escape(words(n))}</span></span>' for s, n in names.items())
    shares = {"first": found.explained[0], "second": found.explained[1], "share": sum(found.explained)}
    values = {name: words.percent(share) for name, share in {**shares, "rest": 1 - sum(found.explained)}.items()}
    drawing = draw_map(list(zip(sets, found.points, strict=True)))
    shown = figure(drawing, words("map_about", **values))
    return f"<h2>{escape(words('map'))}</h2><p>{key}</p><div class=map>{shown}</div>"


def _spread(features: np.ndarray) -> np.ndarray:
    """At most `_POINTS` of them, at equal distances."""
    most = min(len(features), _POINTS)
    return features[np.arange(most) * len(features) // most]


def _definitions(words: Words) -> str:
    items = "".join(
        f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in definitions(words.language).items()
    )
    return f"<h2>{escape(words('definitions'))}</h2><dl>{items}</dl>"


def _repeat(words: Words, material: Material) -> str:
    metrics = material.metrics
    digests = {name: metrics[name] for name in ("pictures", "weights")}
    about = words("repeat_about", **digests, generators=", ".join(metrics["generators"].values()))
    commands = escape("\n".join(material.commands))
    return f"<h2>{escape(words('repeat'))}</h2><pre>{commands}</pre><p class=soft>{escape(about)}</p>"
