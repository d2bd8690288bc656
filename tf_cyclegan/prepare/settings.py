"""What a prepared folder is made by, checked; with the works it decides every byte of the pictures."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

from tf_cyclegan.errors import UserError
from tf_cyclegan.faces import can_find_faces
from tf_cyclegan.pictures import MIN_SIDE
from tf_cyclegan.prepare.cleaning import Cleaning
from tf_cyclegan.prepare.genre import GENRES
from tf_cyclegan.prepare.split import SPLITS
from tf_cyclegan.prepare.work import Work


@dataclass(frozen=True)
class Settings:
    """The settings of `prepare`.

    Attributes:
        size: short side of the written JPEGs in pixels, aspect kept.
        seed: of the split, and of the choice where genres are balanced.
        test_share: share held out, in (0, 1).
        split: "random"; "artist" for no artist on both sides; "source" for the split that the source has.
        genres: only works of these are kept; () for all. Photographs have no religious scenes and rarely still lifes:
            where one of these is wanted, those that are neither portrait nor landscape are kept too.
        all_photographs: `genres` is for paintings only.
        balance_genres: the same mix of portraits, landscapes and others in both domains.
        cleaning: what is left out for what it is.

    Raises:
        UserError: a value that makes no sense, or faces are asked for and scikit-image is missing.
    """

    size: int = 288
    seed: int = 0
    test_share: float = 0.15
    split: str = "random"
    genres: tuple[str, ...] = ()
    all_photographs: bool = False
    balance_genres: bool = False
    cleaning: Cleaning = field(default_factory=Cleaning)

    def __post_init__(self):
        if self.size < MIN_SIDE or not 0 < self.test_share < 1:
            raise UserError(f"size must be at least {MIN_SIDE} and the held-out share within (0, 1)")
        if self.split not in SPLITS:
            raise UserError(f"unknown split {self.split!r}; one of {', '.join(SPLITS)}")
        for genre in self.genres:
            if genre not in GENRES:
                raise UserError(f"unknown genre {genre!r}; one of {', '.join(GENRES)}")
        if (self.genres or self.balance_genres) and not can_find_faces():
            raise UserError("genres need scikit-image, which finds faces: pip install scikit-image")

    def fingerprint(self, photographs: Sequence[Work], paintings: Sequence[Work]) -> str:
        """A hash of the settings and the names of all works: another selection has another one."""
        works = [sorted((w.source, w.name, w.title, w.artist) for w in side) for side in (photographs, paintings)]
        return hashlib.sha256(json.dumps([asdict(self), works]).encode()).hexdigest()[:16]
