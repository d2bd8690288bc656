"""How a picture is painted."""

from dataclasses import dataclass

from tf_cyclegan.settings.limits import MIN_SIDE
from tf_cyclegan.settings.setting import check_settings, setting

MAX_SIDE = 1024


@dataclass(frozen=True)
class Look:
    """How a picture is painted.

    Attributes:
        max_side: pictures with a longer side are made smaller first; None leaves them as large as they are.
        stroke_scale: the picture is painted this many times smaller, and the photograph's detail is restored
            (`finish.carry_detail`).
        strength: percentage of the painting; the rest is the photograph.
        keep_colours: take the photograph's colours and only the painting's luma.
        square: side in pixels of the square that is cut from the middle and scaled; None: no square.

    Raises:
        UserError: a number is out of its bounds.
    """

    max_side: int | None = setting(
        MAX_SIDE, "longer side of the result in pixels", least=MIN_SIDE, most=1_000_000, optional=True
    )
    stroke_scale: float = setting(
        1.0,
        "paint S times smaller, so that strokes become S times larger, then restore the photograph's detail",
        least=1.0,
        most=64.0,
    )
    strength: float = setting(
        100.0, "percentage of the painting in the mix; the rest is the photograph", least=0.0, most=100.0
    )
    keep_colours: bool = False
    square: int | None = None

    def __post_init__(self) -> None:
        check_settings(self)
