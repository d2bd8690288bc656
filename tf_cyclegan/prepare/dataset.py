"""Writes a prepared folder: trainA testA trainB testB (A photographs, B paintings), manifest.csv and report.html.

While OUT is being made, OUT.partial next to it holds every finished picture, so that an interrupted preparation can
continue. OUT itself appears only when it is complete.
"""

import contextlib
import csv
import json
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path, PurePosixPath
from statistics import median_low
from typing import Any

from tf_cyclegan.disk.folders import bring_back, is_free, place_of, publish
from tf_cyclegan.disk.lock import locked
from tf_cyclegan.disk.manifest import sha256_of
from tf_cyclegan.disk.names import unique_names
from tf_cyclegan.disk.paths import Given, check_apart
from tf_cyclegan.errors import UserError
from tf_cyclegan.pictures.faces import can_find_faces
from tf_cyclegan.pictures.kinds import missing_kinds
from tf_cyclegan.pictures.listing import describe
from tf_cyclegan.prepare.candidate import DOMAINS, Candidate
from tf_cyclegan.prepare.cleaning import UNDECODED, UNREAD, count_reason
from tf_cyclegan.prepare.contents import digest_contents
from tf_cyclegan.prepare.gather.work import PassedOver, Work
from tf_cyclegan.prepare.licences import licence_note
from tf_cyclegan.prepare.picture import Form, Picture, Refused, Task, as_portable, write_work
from tf_cyclegan.prepare.processes import count_processes, in_order
from tf_cyclegan.prepare.report import write_report
from tf_cyclegan.prepare.selection import assign_sides, leave_out_by_words, select, staying
from tf_cyclegan.prepare.settings import Settings
from tf_cyclegan.prepare.split import artist_of, has_artist, identity, name_artists
from tf_cyclegan.settings.limits import MIN_HELD_OUT, MIN_PICTURES

FACTS = "prepare.json"
MANIFEST = "manifest.csv"
LEFT_OUT = "left_out.csv"
REPORT = "report.html"
# In the working folder: the set that the new one replaces, and the sign that the new set is about to get its name.
_EARLIER, _PUBLISHING = "earlier", "publishing"
# All that can be in it.
_OURS = frozenset(("lock", "pictures", "set", _EARLIER, _PUBLISHING))
MANIFEST_COLUMNS = (
    *("file", "domain", "split", "source", "artist", "title", "period", "genre", "url", "licence", "crop", "sha256"),
)
_LEFT_OUT_COLUMNS = ("domain", "source", "name", "artist", "title", "reason", "detail")
FOLDERS = tuple(f"{split}{domain}" for domain in DOMAINS for split in ("train", "test"))


@dataclass
class Preparation:
    """The works that were written and left out.

    Attributes:
        counts: number of pictures in each of the four folders.
        dropped: a line for each picture that could not be read, and for each reason why files were passed over.
        left_out: for each domain how many works, and files that are none, were left out for which reason.
        report: the page that shows all this.
        new: False where the folder was there already, made with the same settings from the same works.
    """

    counts: dict[str, int] = field(default_factory=dict)
    dropped: list[str] = field(default_factory=list)
    left_out: dict[str, dict[str, int]] = field(default_factory=dict)
    report: Path = Path(REPORT)
    new: bool = True


def prepare(
    photographs: Sequence[Work],
    paintings: Sequence[Work],
    out: str | Path,
    *,
    about: dict[str, Any] | None = None,
    passed_over: Mapping[str, Sequence[PassedOver]] | None = None,
    force: bool = False,
    processes: int | None = None,
    bar: Callable[..., Iterable] | None = None,
    **settings: Any,
) -> Preparation:
    """Converts both domains to one form, cleans them and splits them into training and test pictures.

    Called again, it continues an interrupted preparation; a finished one is left as it is.

    Args:
        photographs: domain A.
        paintings: domain B.
        out: the folder to make; it appears only when it is complete.
        about: what to write into `prepare.json` in addition to the settings and counts.
        passed_over: by domain, the files in the sources that are no works; counted and named with the works that are
            left out.
        force: replace a folder that was prepared with other settings or from other works.
        processes: default one per core, fewer for few pictures; the result does not depend on it.
        bar: shows progress, e.g. `tqdm`.
        settings: fields of `Settings`.

    Raises:
        UserError: a setting makes no sense, the folder is another one, is not apart from the works' or cannot be
            written, a domain has too few pictures, or a split by artist is asked for and no artist is known.
    """
    chosen, origins = Settings(**settings), [_origins(works) for works in (photographs, paintings)]
    check_places(out, {"the photographs of": origins[0], "the paintings of": origins[1]})
    out = place_of(out)
    others = {domain: [*(passed_over or {}).get(domain, ())] for domain in DOMAINS}
    for domain, works in zip(DOMAINS, (photographs, paintings), strict=True):
        if len(works) < 2 * MIN_PICTURES:
            least = f"{len(works)} works for domain {domain} are too few; at least {2 * MIN_PICTURES}"
            raise UserError("; ".join([least, *(f"left out: {line}" for line in _describe(others[domain]))]))
    if chosen.split == "artist":
        paintings = name_artists(paintings)
    fingerprint = chosen.fingerprint(photographs, paintings)
    _tidy(out)
    candidates = [*_candidates("A", photographs), *_candidates("B", paintings)]
    leave_out_by_words(candidates, chosen)
    opened = [c for c in candidates if not c.reason]
    if not is_free(out) and (found := _finished(out, fingerprint, partial(digest_contents, opened, bar), force)):
        return found
    with _working_folder(out) as work_folder:
        _write_pictures(candidates, work_folder / "pictures", chosen, processes, bar)
        select(candidates, chosen)
        _check_numbers(candidates)
        assign_sides(candidates, chosen)
        result = _result(candidates, others, out)
        _check_sides(result.counts, chosen.split)
        facts = {**(about or {}), "selection": fingerprint, "contents": digest_contents(opened), **asdict(chosen)}
        facts["counts"] = result.counts
        facts |= {"sides": _sides(candidates, chosen.size), "left_out": result.left_out, "dropped": result.dropped}
        if chosen.split == "artist":
            facts["artists"] = _artists(candidates)
        _assemble(work_folder, candidates, others, facts)
        _publish(work_folder, out)
    return result


def check_places(out: str | Path, inputs: Mapping[str, Given]) -> None:
    """Refuses a data set that is not apart from what it is made of, as `check_apart`; also its working folder.

    Args:
        out: the folder to make.
        inputs: what is read, by option or by what it is.
    """
    check_apart({"--out": out, "--out's working folder": _working(place_of(out))}, inputs)


def _working(out: Path) -> Path:
    return out.with_name(f"{out.name}.partial")


def _origins(works: Sequence[Work]) -> list[Path]:
    return list(dict.fromkeys(origin for work in works for origin in work.origins))


def _tidy(out: Path) -> None:
    """Cleans up after a kill between two renames.

    An earlier folder gets its name back, or a finished one loses its working folder.
    """
    folder = _working(out)
    try:
        if not is_free(folder) and not {path.name for path in folder.iterdir()} <= _OURS:
            raise UserError(f"{folder}: exists and is not from a preparation; move it, or choose another --out")
        bring_back(out, folder / _EARLIER)
        if out.exists() and (folder / _PUBLISHING).exists() and not (folder / "set").exists():
            shutil.rmtree(folder)
    except OSError as error:
        raise UserError(f"{folder}: cannot be cleared away ({error.strerror or error})") from error


def _finished(out: Path, fingerprint: str, contents: Callable[[], str], force: bool) -> Preparation | None:
    """The result of an earlier preparation of the same; None if it is to be replaced.

    Args:
        out: the folder.
        fingerprint: of the selection.
        contents: computes the digest of the sources' pictures. A folder of an older version has none to compare with.
        force: replace it where it was made of something else.
    """
    try:
        facts = json.loads((out / FACTS).read_text(encoding="utf-8"))
        selection = facts.get("selection")
    except (OSError, ValueError, AttributeError) as error:
        raise UserError(f"{out}: exists already and is no prepared folder; choose another one") from error
    readable = _readable_now(facts)
    if force and (selection != fingerprint or readable):
        return None
    if selection != fingerprint:
        raise UserError(
            f"{out}: exists already, with another selection or other settings; choose another folder, or replace it "
            "with --force"
        )
    if readable:
        raise UserError(
            f"{out}: was prepared without {' and '.join(readable)}, which can be read now; --force prepares it anew"
        )
    changed = facts.get("contents") and facts["contents"] != contents()
    if changed and not force:
        changed = "the sources now have other pictures under the same names"
        raise UserError(f"{out}: exists already, and {changed}; choose another folder, or replace it with --force")
    damaged = "" if changed else _find_damage(out)
    if damaged and not force:
        raise UserError(f"{out}: {damaged} is missing or damaged; --force prepares the folder anew")
    if changed or damaged:
        return None
    keys = ("counts", "dropped", "left_out")
    return Preparation(**{key: facts[key] for key in keys}, report=out / REPORT, new=False)


def _readable_now(facts: dict[str, Any]) -> list[str]:
    """Kinds of pictures that a preparation left out because a package was missing, which is there now."""
    lacked = {reason for reasons in facts.get("left_out", {}).values() for reason in reasons}
    kinds = [kind for kind, reason in UNDECODED.items() if reason in lacked]
    return sorted({*kinds} - missing_kinds()) if kinds else []


def _find_damage(out: Path) -> str | None:
    """The first file of the manifest that differs from what was written."""
    try:
        with (out / MANIFEST).open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                if not (out / row["file"]).is_file() or sha256_of(out / row["file"]) != row["sha256"]:
                    return row["file"]
    except (OSError, KeyError):
        return MANIFEST
    return None


def _candidates(domain: str, works: Sequence[Work]) -> list[Candidate]:
    names = _file_names(works)
    return [Candidate(work, domain, name) for work, name in zip(works, names, strict=True)]


def _file_names(works: Sequence[Work]) -> list[str]:
    """A JPEG name for each work, with its source where there are several.

    Two works never share one, whatever the disk makes of their names.
    """
    several = len({work.source for work in works}) > 1
    return unique_names((_stem(identity(work) if several else work.name) for work in works), ".jpg")


def _stem(name: str) -> str:
    """A work's name in one piece: without its ending, and without steps that lead out of a folder."""
    path = PurePosixPath(name)
    parts = [*path.parent.parts, path.stem if path.suffix else path.name]
    return "_".join(part for part in parts if part not in ("", "/", "//", ".."))


@contextlib.contextmanager
def _working_folder(out: Path) -> Iterator[Path]:
    """OUT.partial, for one preparation at a time; it stays if it holds a picture that the next one can use."""
    folder = _working(out)
    pictures = folder / "pictures"
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with locked(out.with_name(f"{out.name}.lock"), f"{out}: another preparation writes this folder; wait for it"):
            try:
                pictures.mkdir(parents=True, exist_ok=True)
                yield folder
            except UserError as error:
                kept = f"; pictures prepared so far stay in {folder.name}, and the next try continues"
                raise UserError(f"{error}{kept if any(pictures.glob('*.json')) else ''}") from error
            finally:
                with contextlib.suppress(OSError):  # A folder that cannot be made need not be removed.
                    if folder.exists() and not any(pictures.glob("*.json")):
                        shutil.rmtree(folder)
    except OSError as error:
        raise UserError(f"{out}: cannot be written ({error.strerror or error})") from error


def _write_pictures(
    candidates: Sequence[Candidate],
    folder: Path,
    settings: Settings,
    processes: int | None,
    bar: Callable[..., Iterable] | None,
) -> None:
    """Sets the picture of every candidate that is not left out yet, or the reason why it has none."""
    waiting = [c for c in candidates if not c.reason]
    processes = count_processes(len(waiting), processes)
    tasks = _tasks(waiting, folder, settings, portable=processes > 1)
    outcomes: Iterable[Picture | Refused] = in_order(write_work, tasks, processes)
    if bar:
        outcomes = bar(outcomes, total=len(waiting), unit="picture")
    for candidate, outcome in zip(waiting, outcomes, strict=True):
        if isinstance(outcome, Refused):
            candidate.leave_out(*outcome)
        else:
            candidate.picture = outcome


def _tasks(waiting: Sequence[Candidate], folder: Path, settings: Settings, *, portable: bool) -> Iterator[Task]:
    looks = can_find_faces()
    for candidate in waiting:
        form = Form(settings.size, settings.cleaning.frames, looks and not candidate.genre, candidate.is_painting)
        work = as_portable(candidate.work) if portable else candidate.work
        yield Task(work, f"{candidate.domain}/{candidate.name}", folder, form)


def _check_numbers(candidates: Sequence[Candidate]) -> None:
    """Raises a UserError if a domain is too small; it says why the others were left out."""
    for domain, name in DOMAINS.items():
        mine = [c for c in candidates if c.domain == domain]
        left = len(staying(mine))
        if left >= 2 * MIN_PICTURES:
            continue
        reasons = ", ".join(count_reason(n, r) for r, n in Counter(c.reason for c in mine if c.reason).most_common())
        first = next((f"; first: {c.detail}" for c in mine if c.reason in UNREAD), "")
        least = 2 * MIN_PICTURES
        raise UserError(f"{left} of {len(mine)} {name} are left, at least {least} are needed: {reasons}{first}")


def _check_sides(counts: dict[str, int], split: str) -> None:
    for name, count in counts.items():
        least = MIN_PICTURES if name.startswith("train") else MIN_HELD_OUT
        if count < least:
            raise UserError(f"the split ({split}) leaves {count} pictures in {name}, at least {least} are needed")


def _result(candidates: Sequence[Candidate], others: Mapping[str, Sequence[PassedOver]], out: Path) -> Preparation:
    counts = Counter(f"{c.split}{c.domain}" for c in staying(candidates))
    reasons = {d: [c.reason for c in candidates if c.reason and c.domain == d] for d in DOMAINS}
    left_out = {d: dict(Counter([*reasons[d], *(other.reason for other in others[d])])) for d in DOMAINS}
    dropped = [c.detail for c in candidates if c.reason in UNREAD]
    dropped += [line for domain in DOMAINS for line in _describe(others[domain])]
    return Preparation({name: counts[name] for name in FOLDERS}, dropped, left_out, out / REPORT)


def _artists(candidates: Sequence[Candidate]) -> dict[str, int]:
    """For how many paintings that stay the artist is known, and for how many only from their folder."""
    known = [c.work for c in staying(candidates) if c.domain == "B" and has_artist(c.work)]
    by_folder = sum(work.artist == work.folder for work in known)
    return {"artists": len({artist_of(work) for work in known}), "known": len(known), "from_folders": by_folder}


def _sides(candidates: Sequence[Candidate], size: int) -> dict[str, dict[str, int]]:
    """For each domain how many pictures reach the size, and the median short side, in pixels as written."""
    sides = {d: [min(size, c.made.short_side) for c in staying(candidates) if c.domain == d] for d in DOMAINS}
    return {d: {"reach_size": found.count(size), "median": median_low(found)} for d, found in sides.items()}


def _describe(others: Sequence[PassedOver]) -> list[str]:
    return describe({f"{other.source}/{other.name}": other.reason for other in others})


def _assemble(
    work_folder: Path,
    candidates: Sequence[Candidate],
    others: Mapping[str, Sequence[PassedOver]],
    facts: dict[str, Any],
) -> None:
    """Makes the whole data set in `set`, within the working folder."""
    folder = work_folder / "set"
    (work_folder / _PUBLISHING).unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
    for name in FOLDERS:
        (folder / name).mkdir(parents=True)
    stay = staying(candidates)
    for candidate in stay:
        _link(work_folder / "pictures" / f"{candidate.made.key}.jpg", folder / candidate.file)
    _write_table(folder / MANIFEST, MANIFEST_COLUMNS, map(_manifest_row, stay))
    rows = [_left_out_row(c) for c in candidates if c.reason]
    rows += [{"domain": domain, **other._asdict()} for domain in DOMAINS for other in others[domain]]
    _write_table(folder / LEFT_OUT, _LEFT_OUT_COLUMNS, rows)
    write_report(folder / REPORT, candidates, work_folder / "pictures", facts)
    (folder / FACTS).write_text(json.dumps(facts, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _link(source: Path, target: Path) -> None:
    """Makes a hard link to a file, or a copy where the file system has no links; an existing file is never replaced."""
    try:
        os.link(source, target)
    except FileExistsError:
        raise
    except OSError:
        with source.open("rb") as file, target.open("xb") as copy:
            shutil.copyfileobj(file, copy)


def _manifest_row(candidate: Candidate) -> dict[str, str]:
    work, picture = candidate.work, candidate.made
    known = {key: getattr(work, key) for key in ("source", "artist", "title", "period", "url")}
    whole = picture.box == (0, 0, picture.width, picture.height)
    return known | {
        "file": candidate.file,
        "domain": candidate.domain,
        "split": candidate.split,
        "genre": candidate.genre,
        "licence": licence_note(work),
        "crop": "" if whole else " ".join(map(str, picture.box)),
        "sha256": picture.sha256,
    }


def _left_out_row(candidate: Candidate) -> dict[str, str]:
    known = {key: getattr(candidate.work, key) for key in ("source", "name", "artist", "title")}
    return known | {"domain": candidate.domain, "reason": candidate.reason, "detail": candidate.detail}


def _write_table(path: Path, columns: Sequence[str], rows: Iterable[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)


def _publish(work_folder: Path, out: Path) -> None:
    """Gives the finished set its name, instead of an earlier one, and clears the working folder away."""
    (work_folder / _PUBLISHING).touch()
    publish(work_folder / "set", out, work_folder / _EARLIER)
    shutil.rmtree(work_folder)
