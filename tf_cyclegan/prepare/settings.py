"""The settings of a prepared folder, checked; together with the works they decide every byte of the pictures."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

from tf_cyclegan.errors import UserError
from tf_cyclegan.prepare.cleaning import Cleaning
from tf_cyclegan.prepare.gather.work import Work
from tf_cyclegan.settings.choices import GENRES, SPLITS
from tf_cyclegan.settings.limits import MAX_SEED, MIN_PICTURES, MIN_SIDE
from tf_cyclegan.settings.setting import Setting, check_settings, setting

# Settings of gathering and measuring; they affect the pictures only through the choice of works.
LIMIT = Setting(
    None,
    "the most works per domain, drawn with --seed before anything is fetched",
    int,
    least=2 * MIN_PICTURES,
    most=10**9,
    optional=True,
)
PROCESSES = Setting(None, "number of processes", int, least=1, most=1024, optional=True, unset="one per core")


@dataclass(frozen=True)
class Settings:
    """The settings of `prepare`.

    Attributes:
        size: of the written JPEGs, at most; their aspect is kept, and none is enlarged.
        split: "random"; "artist" for no artist on both sides; "source" for the split that the source has.
        genres: only works of these are kept; () for all. Photographs have no religious scenes and rarely still lifes:
            where one of these is wanted, those that are neither portrait nor landscape are kept too.
        all_photographs: `genres` is for paintings only.
        balance_genres: the same mix of portraits, landscapes and others in both domains.
        cleaning: the rules by which single pictures are left out.

    Raises:
        UserError: a value that makes no sense, or faces are asked for and scikit-image is missing.
    """

    size: int = setting(
        288,
        "short side of the pictures in pixels; smaller ones keep their size, larger ones are scaled down",
        least=MIN_SIDE,
        most=8192,
    )
    seed: int = setting(0, "seed of the split, of --limit and of --balance-genres", least=0, most=MAX_SEED)
    test_share: float = setting(0.15, "share of the pictures that is held out", above=0.0, below=1.0)
    split: str = setting(
        "random",
        "how test pictures are chosen; artist: no artist is on both sides, and works by unknown artists are split "
        "individually; source: as in the source",
        choices=SPLITS,
    )
    genres: tuple[str, ...] = ()
    all_photographs: bool = False
    balance_genres: bool = False
    cleaning: Cleaning = field(default_factory=Cleaning)

    def __post_init__(self):
        check_settings(self)
        for genre in self.genres:
            if genre not in GENRES:
                raise UserError(f"unknown genre {genre!r}; one of {', '.join(GENRES)}")
        if self.genres or self.balance_genres:
            _check_faces()

    def fingerprint(self, photographs: Sequence[Work], paintings: Sequence[Work]) -> str:
        """A hash of the settings and the names of all works: another selection has another one."""
        works = [sorted((w.source, w.name, w.title, w.artist) for w in side) for side in (photographs, paintings)]
        return hashlib.sha256(json.dumps([asdict(self), works]).encode()).hexdigest()[:16]


def _check_faces() -> None:
    # Not for --help, which reads the settings above.
    from tf_cyclegan.pictures.faces import can_find_faces

    if not can_find_faces():
        raise UserError("genres need scikit-image, which finds faces: pip install scikit-image")
