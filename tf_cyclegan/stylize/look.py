"""How a picture is painted."""

from dataclasses import dataclass

from tf_cyclegan.settings.choices import BRUSH, BRUSHES
from tf_cyclegan.settings.limits import MIN_SIDE
from tf_cyclegan.settings.setting import check_settings, setting

MAX_SIDE = 1024


@dataclass(frozen=True)
class Look:
    """How a picture is painted.

    Attributes:
        max_side: pictures with a longer side are made smaller first; None leaves them as large as they are.
        brush: how large the strokes are in relation to the picture, one of `choices.BRUSHES`; see `brush.py`.
        strength: percentage of the painting; the rest is the photograph.
        keep_colours: take the photograph's colours and only the painting's luma.
        square: side in pixels of the square that is cut from the middle and scaled; None: no square.

    Raises:
        UserError: a number is out of its bounds.
    """

    max_side: int | None = setting(
        MAX_SIDE, "longer side of the result in pixels", least=MIN_SIDE, most=1_000_000, optional=True
    )
    brush: str = setting(
        BRUSH, "size of the strokes; fine keeps faces and small things, broad shows the strokes most", choices=BRUSHES
    )
    strength: float = setting(
        100.0, "percentage of the painting in the mix; the rest is the photograph", least=0.0, most=100.0
    )
    keep_colours: bool = False
    square: int | None = None

    def __post_init__(self) -> None:
        check_settings(self)
