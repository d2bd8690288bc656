"""Both domains from wherever the user has them: the collection, folders, or a set of TensorFlow Datasets."""

import hashlib
import os
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

from tf_cyclegan.disk.cache import cache_folder
from tf_cyclegan.disk.paths import Given, paths_of
from tf_cyclegan.errors import UserError
from tf_cyclegan.prepare.gather.collection import SOURCE, join_collections, no_picture, read_collection
from tf_cyclegan.prepare.gather.collection import Collection as HistoricArt
from tf_cyclegan.prepare.gather.folder import read_folder
from tf_cyclegan.prepare.gather.kaggle import download_dataset, name_of
from tf_cyclegan.prepare.gather.label import label_sources
from tf_cyclegan.prepare.gather.tfds import check_photographs, paintings_come_first, read_photographs, read_tfds
from tf_cyclegan.prepare.gather.urls import fetch_works
from tf_cyclegan.prepare.gather.work import PassedOver, Work
from tf_cyclegan.prepare.measure.genre import genre_in_words
from tf_cyclegan.prepare.settings import LIMIT
from tf_cyclegan.prepare.split import identity
from tf_cyclegan.settings.choices import GENRES
from tf_cyclegan.settings.limits import MIN_PICTURES


@dataclass(frozen=True)
class Choice:
    """Where the pictures of both domains come from. A set of TensorFlow Datasets is alone; all else can be combined.

    Attributes:
        historic_art: the collection as a folder or zip, or its two tables alone where `download_urls`; or several.
        kaggle: name of the collection on Kaggle, to be downloaded.
        paintings: a folder of paintings, or a zip of one; or several.
        tfds: a set of TensorFlow Datasets with both domains, `cycle_gan/CONFIG`.
        period: of the collection, for domain B; for other sources only a name for the style.
        photos: a folder of photographs, or a zip of one; or several.
        photos_kaggle: a data set of Kaggle, all pictures of which are photographs, to be downloaded.
        photos_tfds: a set of TensorFlow Datasets, the photographs of which are taken, `cycle_gan/monet2photo`.
        photos_period: a period of the collection instead of photographs.
        swap: turn a set of TensorFlow Datasets round.
        download_urls: fetch the collection's missing pictures from their addresses.
        genres: take only works of the collection whose words do not show another genre; if empty, take all.
        all_photographs: `genres` is for domain B only.
        limit: the most works per domain, drawn by `seed`.
        seed: of the drawing.
        cache: folder of what is downloaded (default: `cache_folder()`; Kaggle and TensorFlow Datasets have their own).
    """

    historic_art: Given = None
    kaggle: str | None = None
    paintings: Given = None
    tfds: str | None = None
    period: str | None = None
    photos: Given = None
    photos_kaggle: str | None = None
    photos_tfds: str | None = None
    photos_period: str | None = None
    swap: bool = False
    download_urls: bool = False
    genres: Collection[str] = ()
    all_photographs: bool = False
    limit: int | None = None
    seed: int = 0
    cache: str | Path | None = None

    def places(self) -> dict[str, Given]:
        """The folders and files that are read, by option."""
        names = ("photos", "paintings", "historic_art", "cache")
        return {f"--{name.replace('_', '-')}": getattr(self, name) for name in names}

    @property
    def has_collection(self) -> bool:
        """Whether paintings of a collection are chosen."""
        return bool(self.kaggle or paths_of(self.historic_art))

    @property
    def has_photos(self) -> bool:
        """Whether photographs are chosen, from whatever source."""
        return bool(paths_of(self.photos) or self.photos_kaggle or self.photos_tfds)


@dataclass(frozen=True)
class Sources:
    """The works of both domains.

    Attributes:
        photographs: domain A.
        paintings: domain B.
        about: facts for `prepare.json`.
        remarks: a line for everything that was counted and left out.
        passed_over: by domain, files of folders that are no works.
    """

    photographs: list[Work]
    paintings: list[Work]
    about: dict[str, Any]
    remarks: list[str] = field(default_factory=list)
    passed_over: dict[str, list[PassedOver]] = field(default_factory=dict)


def read_sources(choice: Choice, *, bar: Callable[..., Iterable] | None = None) -> Sources:
    """Finds the works of both domains, and downloads them where needed.

    Args:
        choice: what is wanted.
        bar: shows the progress of a download, e.g. `tqdm`.

    Raises:
        UserError: what was chosen contradicts itself, or a source cannot be read.
    """
    check_choice(choice)
    if choice.tfds:
        return _read_set(choice)
    passed_over: dict[str, list[PassedOver]] = {"A": [], "B": []}
    # Folders first, so that gigabytes are not fetched for one that is missing.
    photographs = _read_folders(choice.photos, passed_over["A"])
    photographs += _photographs_by_name(choice, passed_over["A"])
    paintings = _read_folders(choice.paintings, passed_over["B"], taken={SOURCE} if choice.has_collection else ())
    remarks: list[str] = []
    about = {"period": choice.period or ""}
    if choice.has_collection:
        collection = open_collection(choice)
        remarks += [*collection.remarks, *([] if choice.download_urls else collection.describe_missing())]
        paintings += _of_period(collection, cast(str, choice.period), choice, remarks)
        about["period"] = " + ".join(collection.names_of(cast(str, choice.period)))
        if choice.photos_period:
            photographs = _of_period(collection, choice.photos_period, choice, remarks)
            about["photos_period"] = " + ".join(collection.names_of(choice.photos_period))
    photographs, paintings = (
        _with_pictures(_limited(works, choice), choice, remarks, bar) for works in (photographs, paintings)
    )
    return replace(_sources(photographs, paintings, about, remarks, choice), passed_over=passed_over)


def _read_folders(given: Given, passed_over: list[PassedOver], taken: Collection[str] = ()) -> list[Work]:
    """The pictures of all folders, in an order that does not depend on that of the options."""
    labelled = label_sources(paths_of(given), taken)
    return [work for label, place in labelled for work in read_folder(place, passed_over, label)]


def _photographs_by_name(choice: Choice, passed_over: list[PassedOver]) -> list[Work]:
    works = []
    if choice.photos_kaggle:
        label = f"kaggle/{name_of(choice.photos_kaggle)}"
        works += read_folder(download_dataset(choice.photos_kaggle, choice.cache), passed_over, label)
    if choice.photos_tfds:
        works += read_photographs(choice.photos_tfds, data_dir=_sets_folder(choice))
    return works


def _sets_folder(choice: Choice) -> Path | None:
    """Where TensorFlow Datasets keeps its sets; None for its own folder."""
    return Path(choice.cache) / "tensorflow_datasets" if choice.cache else None


def open_collection(choice: Choice) -> HistoricArt:
    """The collection of a choice, downloaded from Kaggle where that is chosen; several are read as one.

    Raises:
        UserError: it cannot be obtained or read, or none is chosen.
    """
    if not choice.has_collection:
        raise UserError("which collection? give --historic-art DIR_OR_ZIP or --kaggle ansonnnnn/historic-art")
    kaggle = [name_of(choice.kaggle).rpartition("/")[2]] if choice.kaggle else []
    labelled = label_sources(paths_of(choice.historic_art), taken=kaggle)
    labelled += [(name, download_dataset(cast(str, choice.kaggle), choice.cache)) for name in kaggle]
    if len(labelled) == 1:
        return read_collection(labelled[0][1])
    return join_collections([read_collection(place, f"{SOURCE}/{label}") for label, place in sorted(labelled)])


def check_choice(choice: Choice) -> None:
    """Checks that a choice does not contradict itself; reads no file.

    Raises:
        UserError: it does.
    """
    photos, paintings = ([*map(os.path.realpath, paths_of(given))] for given in (choice.photos, choice.paintings))
    collection = choice.has_collection
    wrong = {
        "give a source of paintings: --historic-art, --kaggle, --paintings or --tfds": (
            not collection and not paintings and not choice.tfds
        ),
        "a set of TensorFlow Datasets has both domains; leave other sources of paintings out": (
            choice.tfds and (collection or paintings)
        ),
        "the collection needs --period, e.g. --period Impressionism": collection and not choice.period,
        "--photos-period and --download-urls belong to --historic-art or --kaggle": (
            not collection and (choice.photos_period or choice.download_urls)
        ),
        "a set of TensorFlow Datasets has both domains; leave --photos out": choice.tfds and choice.has_photos,
        "--swap turns a set of --tfds round; other domains are chosen by their own options": (
            choice.swap and not choice.tfds
        ),
        "give either photographs or --photos-period": choice.has_photos and choice.photos_period,
        "domain A is missing: give --photos DIR, or by name --photos-tfds cycle_gan/monet2photo": (
            not choice.tfds and not choice.has_photos and not choice.photos_period
        ),
        "--photos-period and --period are the same period": (
            choice.period
            and choice.photos_period
            and choice.period.strip().casefold() == choice.photos_period.strip().casefold()
        ),
        "--photos and --paintings are the same": set(photos) & set(paintings),
        f"--genre knows {', '.join(GENRES)}": not set(choice.genres) <= set(GENRES),
    }
    for message, is_wrong in wrong.items():
        if is_wrong:
            raise UserError(message)
    for given in (choice.historic_art, choice.paintings, choice.photos):
        label_sources(paths_of(given))  # None is given twice.
    if choice.photos_kaggle:
        name_of(choice.photos_kaggle)
    if choice.photos_tfds:
        check_photographs(choice.photos_tfds)
    LIMIT.check("--limit", choice.limit)


def _of_period(collection: HistoricArt, period: str, choice: Choice, remarks: list[str]) -> list[Work]:
    """The chosen works of a period; some may still be without a picture where those are to be fetched.

    If all pictures are there, `prepare` selects by genre and counts the works that it leaves out.
    """
    works = collection.of_period(period, with_missing=choice.download_urls)
    if _genres(choice, period) and (choice.download_urls or choice.limit is not None):
        genres = [(work, genre_in_words(work.title, work.medium)) for work in works]
        works = [work for work, genre in genres if genre is None or genre in choice.genres]
        remarks.append(f"works of {period} whose words show another genre, not chosen: {len(genres) - len(works)}")
        _check_number(works, f"period {period!r} has {len(works)} works that may be {' or '.join(choice.genres)}")
    return works


def _genres(choice: Choice, period: str) -> Collection[str]:
    return () if choice.all_photographs and period == choice.photos_period else choice.genres


def _with_pictures(
    works: list[Work], choice: Choice, remarks: list[str], bar: Callable[..., Iterable] | None
) -> list[Work]:
    """The works with those fetched that have no picture; remarks on those that cannot be fetched are added."""
    wanted = [work for work in works if work.open is no_picture]
    if not wanted:
        return works
    fetched = fetch_works(wanted, Path(choice.cache or cache_folder()) / "urls", bar=bar)
    remarks += [f"left out: {line}" for line in fetched.failed]
    found = {identity(work): work for work in fetched.works}
    left = [found.get(identity(work), work) for work in works if identity(work) in found or work.open is not no_picture]
    lost = f"{len(fetched.failed)} of {len(wanted)} pictures could not be fetched"
    first = fetched.failed[0] if fetched.failed else "none"
    _check_number(left, f"period {wanted[0].period!r}: {lost} (first: {first}), so it has {len(left)} works")
    return left


def _check_number(works: Sequence[Work], message: str) -> None:
    if len(works) < 2 * MIN_PICTURES:
        raise UserError(f"{message}; at least {2 * MIN_PICTURES} are needed")


def _read_set(choice: Choice) -> Sources:
    name = cast(str, choice.tfds)
    a, b = read_tfds(name, swap=choice.swap, data_dir=_sets_folder(choice))
    remarks = []
    if paintings_come_first(name) and not choice.swap:
        remarks.append(f"A of {name} are paintings, while A of a data set here are photographs: --swap turns it round")
    about = {"period": choice.period or "", "swap": choice.swap}
    return _sources(_limited(a, choice), _limited(b, choice), about, remarks, choice)


def _sources(
    photographs: list[Work], paintings: list[Work], about: dict[str, Any], remarks: list[str], choice: Choice
) -> Sources:
    sides = {"A": photographs, "B": paintings}
    about["sources"] = {domain: " + ".join(sorted({w.source for w in works})) for domain, works in sides.items()}
    if choice.limit:
        about["limit"] = choice.limit
    return Sources(photographs, paintings, about, remarks)


def _limited(works: Sequence[Work], choice: Choice) -> list[Work]:
    """At most `limit` works, drawn by a hash of the seed and the work's name: the same on every machine."""
    if choice.limit is None or len(works) <= choice.limit:
        return [*works]

    def rank(work: Work) -> bytes:
        return hashlib.sha256(f"limit/{choice.seed}/{work.source}/{work.name}".encode()).digest()

    drawn = {id(work) for work in sorted(works, key=rank)[: choice.limit]}
    return [work for work in works if id(work) in drawn]
