"""The periods of a collection and how many works of which genre they have, as a table."""

from collections import Counter
from collections.abc import Iterable, Sequence

from tf_cyclegan.prepare.gather.collection import Collection
from tf_cyclegan.prepare.gather.work import Work
from tf_cyclegan.prepare.measure.genre import genre_of
from tf_cyclegan.settings.choices import GENRES


def count_genres(works: Iterable[Work]) -> dict[str, Counter[str]]:
    """Works of each genre for each period, the largest period first; genres come from title, picture data and shape."""
    counts: dict[str, Counter[str]] = {}
    for work in works:
        genre = genre_of(work.title, work.medium, work.width, work.height)
        counts.setdefault(work.period, Counter())[genre] += 1
    return dict(sorted(counts.items(), key=lambda item: (-item[1].total(), item[0])))


def format_periods(collection: Collection) -> str:
    """A table of text: one line per period, with its works, those that have a picture, and the works of each genre."""
    works = [*collection.works, *collection.missing]
    pictures = Counter(work.period for work in collection.works)
    genres = count_genres(works)
    lines: list[tuple[str, ...]] = [("period", "works", "pictures", *GENRES)]
    for period, counts in genres.items():
        lines.append(_line(period, counts, pictures[period]))
    lines.append(_line("all", sum(genres.values(), Counter()), pictures.total()))
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(_aligned(line, widths) for line in lines)


def _aligned(line: Sequence[str], widths: Sequence[int]) -> str:
    numbers = (cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True))
    return "  ".join((line[0].ljust(widths[0]), *numbers))


def _line(name: str, counts: Counter[str], pictures: int) -> tuple[str, ...]:
    return (name, str(counts.total()), str(pictures), *(str(counts[genre]) for genre in GENRES))
