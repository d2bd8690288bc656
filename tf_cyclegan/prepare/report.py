"""The page that shows what a data set is made of: one file with all of it, for any browser, without a network."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from tf_cyclegan.page.charts import Series, draw_histogram, draw_lines
from tf_cyclegan.page.html import document, escape, figure, picture, table
from tf_cyclegan.prepare.candidate import DOMAINS, Candidate
from tf_cyclegan.prepare.cleaning import REASONS
from tf_cyclegan.prepare.selection import staying
from tf_cyclegan.settings.choices import GENRES

# Pictures of a contact sheet, and of the left out for one reason and domain; pixels of the longer side of each.
_SHOWN, _LEFT_OUT_SHOWN, _THUMBNAIL = 48, 24, 144
# Pictures whose colours are counted.
_COUNTED = 400
_SPLITS = {
    "random": "at random",
    "artist": "by artist: no artist is on both sides, each work of an unknown one is placed by itself",
    "source": "as in the source",
}

_STYLE = """
.sheet { display: flex; flex-wrap: wrap; gap: 6px }
.sheet img { height: 96px; width: auto; max-width: 100%; display: block; border-radius: 2px }
@media print { .sheet img { height: 56px } }
"""


def write_report(path: Path, candidates: Sequence[Candidate], pictures: Path, facts: dict[str, Any]) -> None:
    """Writes the page.

    Args:
        path: of the HTML file.
        candidates: all works, with their outcome.
        pictures: folder of the finished pictures, `KEY.jpg`.
        facts: what `prepare.json` says.
    """
    title = facts.get("period") or "A data set of two domains"
    parts = [
        _head(str(title), candidates, facts),
        f'<div class="tables"><div>{_left_out_counts(candidates, facts["left_out"])}</div>',
        f"<div>{_genres(candidates)}</div></div>",
        *(_sheet(domain, candidates, pictures) for domain in DOMAINS),
        _histograms(candidates, pictures),
        _left_out(candidates, pictures),
    ]
    path.write_text(document(f"{title}: data report", parts, style=_STYLE), encoding="utf-8")


def _plural(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def _head(title: str, candidates: Sequence[Candidate], facts: dict[str, Any]) -> str:
    counts = facts["counts"]
    rows = [
        (f"{domain}: {name}", counts[f"train{domain}"], counts[f"test{domain}"]) for domain, name in DOMAINS.items()
    ]
    given = {domain: sum(c.domain == domain for c in candidates) for domain in DOMAINS}
    kept = sum(counts.values())
    about = (
        f"{_plural(kept, 'picture')} of {given['A']:,} photographs and {given['B']:,} paintings; short side at most "
        f"{facts['size']} pixels. Split {_SPLITS[facts['split']]} (seed {facts['seed']}, {facts['test_share']:.0%} "
        "held out)." + _describe_artists(facts.get("artists"), counts)
    )
    sides = {domain: facts["sides"][domain].values() for domain in DOMAINS}
    counted = table(
        ("", "train", "test", "given", f"of {facts['size']} pixels", "median short side"),
        [(*row, given[row[0][0]], *sides[row[0][0]]) for row in rows],
    )
    return f"<h1>{escape(title)}</h1><p class=soft>{about}</p>{counted}"


def _describe_artists(found: dict[str, int] | None, counts: dict[str, int]) -> str:
    """Where the artists of a split by artist come from; empty where there is none."""
    if not found:
        return ""
    whole = counts["trainB"] + counts["testB"]
    known = f" {_plural(found['artists'], 'artist')}, known of {found['known']:,} of {_plural(whole, 'painting')}"
    return known + (f", of {found['from_folders']:,} by the folder that they are in." if found["from_folders"] else ".")


def _genres(candidates: Sequence[Candidate]) -> str:
    found = {d: Counter(c.genre or "not known" for c in staying(candidates) if c.domain == d) for d in DOMAINS}
    rows = [(g, *(found[d][g] for d in DOMAINS)) for g in (*GENRES, "not known") if any(found[d][g] for d in DOMAINS)]
    note = "Genres come from titles, folders and looks; among photographs only portraits and landscapes are recognised."
    return f"<h2>Genres</h2><p class=soft>{note}</p>" + table(("", *DOMAINS.values()), rows)


def _left_out_counts(candidates: Sequence[Candidate], left_out: dict[str, dict[str, int]]) -> str:
    found = {d: Counter(left_out[d]) for d in DOMAINS}
    others = sorted({reason for d in DOMAINS for reason in found[d]} - {*REASONS})
    rows = [(reason, *(found[d][reason] for d in DOMAINS)) for reason in (*REASONS, *others)]
    cut = [sum(_is_cut(c) for c in staying(candidates) if c.domain == d) for d in DOMAINS]
    foot = ("together", *(found[d].total() for d in DOMAINS))
    return (
        "<h2>Left out</h2>"
        + table(("reason", *DOMAINS.values()), rows, foot)
        + f"<p class=soft>Margins or frames were cut off {_plural(cut[0], 'photograph')} and "
        f"{_plural(cut[1], 'painting')} that stayed. All that was left out is listed in left_out.csv.</p>"
    )


def _is_cut(candidate: Candidate) -> bool:
    return candidate.made.box != (0, 0, candidate.made.width, candidate.made.height)


def _sheet(domain: str, candidates: Sequence[Candidate], pictures: Path) -> str:
    mine = [c for c in staying(candidates) if c.domain == domain]
    shown = _spread(mine, _SHOWN)
    name = DOMAINS[domain].capitalize()
    return f"<h2>{name}</h2><p class=soft>{len(shown)} of {len(mine):,}</p>" + _thumbnails(shown, pictures)


def _spread(candidates: Sequence[Candidate], count: int) -> list[Candidate]:
    """`count` of them, at equal distances."""
    if len(candidates) <= count:
        return [*candidates]
    return [candidates[i * len(candidates) // count] for i in range(count)]


def _thumbnails(candidates: Sequence[Candidate], pictures: Path) -> str:
    return f"<div class=sheet>{''.join(_thumbnail(c, pictures) for c in candidates)}</div>"


def _thumbnail(candidate: Candidate, pictures: Path) -> str:
    work = candidate.work
    name = ", ".join(part for part in (work.artist, work.title or work.name) if part)
    about = [name, f"{work.source}/{work.name}", candidate.genre, candidate.detail]
    label = "\n".join(part for part in about if part)
    with Image.open(pictures / f"{candidate.made.key}.jpg") as image:
        image.draft("RGB", (_THUMBNAIL, _THUMBNAIL))
        small = image.convert("RGB")
    small.thumbnail((3 * _THUMBNAIL, _THUMBNAIL))
    return picture(small, name, title=label)


def _histograms(candidates: Sequence[Candidate], pictures: Path) -> str:
    stay = {d: [c for c in staying(candidates) if c.domain == d] for d in DOMAINS}
    sides = [Series(DOMAINS[d], d.lower(), [c.made.short_side for c in stay[d]]) for d in DOMAINS]
    shapes = [Series(DOMAINS[d], d.lower(), [_aspect(c) for c in stay[d]]) for d in DOMAINS]
    key = "".join(f'<span class="key {d.lower()}"><span>{name}</span></span>' for d, name in DOMAINS.items())
    figures = [
        figure(draw_histogram(sides), "Short side of the sources in pixels, share of the pictures"),
        figure(draw_histogram(shapes), "Width over height, share of the pictures"),
    ]
    levels = {d: _levels(stay[d], pictures) for d in DOMAINS}
    for i, channel in enumerate(("Red", "Green", "Blue")):
        lines = [(d.lower(), levels[d][i]) for d in DOMAINS]
        figures.append(figure(draw_lines(lines), f"{channel}, share of the pixels at each level of 0 to 255"))
    return f"<h2>Sizes and colours</h2><p>{key}</p><div class=figures>{''.join(figures)}</div>"


def _aspect(candidate: Candidate) -> float:
    left, top, right, bottom = candidate.made.box
    return (right - left) / (bottom - top)


def _levels(candidates: Sequence[Candidate], pictures: Path) -> np.ndarray:
    """Shares of red, green and blue in 32 steps, each picture of the domain counted equally: `(3, 32)`."""
    total = np.zeros((3, 32))
    for candidate in _spread(candidates, _COUNTED):
        with Image.open(pictures / f"{candidate.made.key}.jpg") as image:
            image.draft("RGB", (_THUMBNAIL, _THUMBNAIL))
            counts = np.array(image.convert("RGB").histogram(), np.float64).reshape(3, 32, 8).sum(axis=2)
        total += counts / counts[0].sum()
    return total / max(1, min(len(candidates), _COUNTED))


def _left_out(candidates: Sequence[Candidate], pictures: Path) -> str:
    parts = []
    for reason in REASONS:
        for domain, name in DOMAINS.items():
            mine = [c for c in candidates if c.reason == reason and c.domain == domain and c.picture]
            if mine:
                shown = _spread(mine, _LEFT_OUT_SHOWN)
                parts.append(f"<h3>{name.capitalize()}, {reason}: {len(shown)} of {len(mine):,}</h3>")
                parts.append(_thumbnails(shown, pictures))
    return "<h2>What was left out</h2>" + "".join(parts) if parts else ""
