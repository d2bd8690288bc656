"""Which pictures are left out, and why: drawings, plates, blur, too small. Each rule has a switch."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tf_cyclegan.pictures.kinds import REMEDIES
from tf_cyclegan.settings.limits import MAX_SIDE
from tf_cyclegan.settings.setting import check_settings, setting

if TYPE_CHECKING:  # The command line reads the settings here, and is not to load NumPy for it.
    from tf_cyclegan.prepare.measure.measures import Measures

# Why a picture is left out, in the order in which the rules are tried; texts of the report.
UNREADABLE = "cannot be read"
TOO_SMALL = "too small"
NOT_A_PAINTING = "drawing, print or object"
MONOCHROME = "black and white"
BLURRED = "blurred"
DUPLICATE = "duplicate"
OTHER_GENRE = "of another genre"
BALANCED = "for the same mix of genres"
# By kind of picture, where a package is missing.
UNDECODED = {kind: f"{kind} without a decoder" for kind in REMEDIES}
UNREAD = (UNREADABLE, *UNDECODED.values())
REASONS = (UNREADABLE, TOO_SMALL, NOT_A_PAINTING, MONOCHROME, BLURRED, DUPLICATE, OTHER_GENRE, BALANCED)

# By reason, the option that keeps such pictures, or the package that makes them readable.
_OPTIONS = {
    TOO_SMALL: "--min-side 0 keeps them",
    NOT_A_PAINTING: "--keep-drawings keeps them",
    MONOCHROME: "--keep-monochrome keeps them",
    BLURRED: "--min-sharpness 0 keeps them",
    DUPLICATE: "--keep-duplicates keeps them",
    **{UNDECODED[kind]: f"{command} makes them readable" for kind, command in REMEDIES.items()},
}

# Two thirds of the usual 288 pixels: as far as training may enlarge a picture without blurring it.
_LEAST_SIDE = 192

_DRAWN = re.compile(
    r"\b(?:drawing|chalk|charcoal|pencil|pen and|pen on|pen,|brown ink|black ink|ink on|silverpoint|metalpoint|graphite"
    r"|engraving|etching|woodcut|lithograph|drypoint|mezzotint|aquatint|linocut|crayon on paper)"
)
_OBJECT = re.compile(
    r"\b(?:marble|bronze|terracotta|limestone|sandstone|alabaster|ivory|stucco|wood, height|polychrome wood|limewood"
    r"|lindenwood|silver|gilded|enamel|tapestry|stained glass|photo|mosaic|majolica|porcelain)\b"
)
_PAINTED = re.compile(r"\b(?:oil|tempera|fresco|acrylic|canvas|panel|gouache|watercolou?r|pastel|casein|distemper)\b")


@dataclass(frozen=True)
class Cleaning:
    """The rules of cleaning; each can be switched off.

    Attributes:
        min_side: None for two thirds of the size that is written and at most 192, 0 for no limit.
        min_sharpness: a blur of 3 pixels at a short side of 256 leaves 2 to 5; clouds have 10.
        frames: cut off margins and gilt frames.
        drawings: leave out what its medium or its look calls a drawing, a print or an object (paintings only).
        monochrome: leave out black-and-white and sepia pictures.
        duplicates: keep one picture of each group of near duplicates.
    """

    min_side: int | None = setting(
        None,
        "shorter side in pixels, margins apart, below which a picture is too small",
        kind=int,
        least=0,
        most=MAX_SIDE,
        optional=True,
        unset="two thirds of --size, but at most 192",
    )
    min_sharpness: float = setting(
        6.0,
        "variance of the Laplacian below which a picture is blurred; 0 keeps all",
        least=0.0,
        most=1e6,
    )
    frames: bool = True
    drawings: bool = True
    monochrome: bool = True
    duplicates: bool = True

    def __post_init__(self) -> None:
        check_settings(self)


def fault(
    medium: str, is_painting: bool, short_side: int, measures: "Measures", *, rules: Cleaning, size: int
) -> str | None:
    """Why a picture is left out on its own merits, one of `REASONS`; None if it stays.

    Args:
        medium: the source's words about its material.
        is_painting: drawings and objects are looked for among paintings only.
        short_side: of the source, after margins are cut off, in pixels.
        measures: of the picture.
        rules: which are in force.
        size: the largest short side that is written, in pixels.
    """
    least = min(2 * size // 3, _LEAST_SIDE) if rules.min_side is None else rules.min_side
    if short_side < least:
        return TOO_SMALL
    if rules.drawings and is_painting and (is_no_painting(medium) or _looks_drawn(measures)):
        return NOT_A_PAINTING
    # A grey picture has some colour left where JPEG rounds it; dark Baroque paintings begin at 0.1.
    if rules.monochrome and measures.colour <= 0.08:
        return MONOCHROME
    if measures.sharpness is not None and measures.sharpness < rules.min_sharpness:
        return BLURRED
    return None


def count_reason(count: int, reason: str) -> str:
    """ "7 black and white (--keep-monochrome keeps them)": how many were left out, and which option keeps them."""
    return f"{count} {reason}" + (f" ({_OPTIONS[reason]})" if reason in _OPTIONS else "")


def is_no_painting(medium: str) -> bool:
    """Does "black chalk on paper" or "marble, height 60 cm" say that this is no painting?"""
    text = medium.casefold()
    return bool((_DRAWN.search(text) or _OBJECT.search(text)) and not _PAINTED.search(text))


def _looks_drawn(measures: "Measures") -> bool:
    """Strokes of one colour on paper: little colour compared with the luma, one large light tone, and many edges."""
    paper = measures.tone >= 170 and measures.tone_share >= 0.3
    return paper and measures.colour <= 0.14 and measures.strokes >= 1000
