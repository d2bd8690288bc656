"""A mixture of periods, as it is written on the command line."""

import math

from tf_cyclegan.errors import UserError
from tf_cyclegan.stylize.style import Bundle

# Shares are typed with a few digits.
_ROUNDING = 0.005


def mixed(bundle: Bundle, text: str | None) -> Bundle:
    """A bundle that paints the mixture that a text names, such as `impressionism:0.7,baroque:0.3`.

    Args:
        bundle: any; one of a single period takes no text.
        text: a period alone has the share 1; None where no mixture was asked for.

    Raises:
        UserError: the bundle has no such periods, the shares do not add up to 1, or nothing says which period to paint.
    """
    names = ", ".join(bundle.periods)
    if text is None:
        if bundle.periods and not bundle.weights:
            raise UserError(f"{bundle.folder}: paints several periods; choose with --mix one of {names}, or a mixture")
        return bundle
    if not bundle.periods:
        raise UserError(f"--mix: {bundle.folder} paints one period only")
    shares: dict[str, float] = {}
    for part in text.split(","):
        name, share = _share(part)
        if name not in bundle.periods:
            raise UserError(f"--mix: {name!r} is unknown; one of {names}")
        if name in shares:
            raise UserError(f"--mix: {name} is named twice")
        shares[name] = share
    total = sum(shares.values())
    if abs(total - 1) > _ROUNDING:
        raise UserError(f"--mix: the shares add up to {total:g}, not to 1")
    return bundle.of({name: share / total for name, share in shares.items()})


def _share(part: str) -> tuple[str, float]:
    name, colon, number = (piece.strip() for piece in part.partition(":"))
    try:
        share = float(number) if colon else 1.0
    except ValueError:
        share = math.nan
    if not 0 <= share <= 1:
        raise UserError(f"--mix: {part.strip()!r} is no period with a share from 0 to 1, such as baroque:0.3")
    return name, share
