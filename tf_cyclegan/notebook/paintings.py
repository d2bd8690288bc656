"""One photograph in every period, and in mixtures of two of them."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from PIL import Image
from tqdm import tqdm

from tf_cyclegan.errors import UserError
from tf_cyclegan.stylize.interface import load_style, paint
from tf_cyclegan.stylize.style import find_bundles, find_styles, open_bundle

# Of the second period, in percent.
_SHARES = (0, 25, 50, 75, 100)


def paint_periods(photo: str | Path, max_side: int) -> dict[str, Image.Image]:
    """The photograph in every style that comes with the package, by the style's name; progress is below the cell.

    Args:
        photo: path of a picture.
        max_side: longer side of the paintings in pixels.

    Raises:
        UserError: the photograph cannot be read.
    """
    styles = map(load_style, tqdm([*find_styles()], desc="periods", leave=False))
    return {style.bundle.name(): paint(photo, style, max_side=max_side) for style in styles}


def paint_mixtures(photo: str | Path, periods: tuple[str, str], max_side: int) -> dict[str, Image.Image]:
    """The photograph on the way from one period to another, in five steps; by periods and shares in words.

    Args:
        photo: path of a picture.
        periods: keys of two periods that one network paints, such as `("impressionism", "baroque")`.
        max_side: longer side of the paintings in pixels.

    Raises:
        UserError: no network of the package paints both periods, or the photograph cannot be read.
    """
    first, second = periods
    network, known = _network_of(first, second)
    paintings = {}
    for share in tqdm(_SHARES, desc="mixtures", leave=False):
        style = load_style(network, mix={first: 1 - share / 100, second: share / 100})
        shares = ((known[first], 100 - share), (known[second], share))
        title = " and ".join(f"{name} {part} %" if 0 < part < 100 else name for name, part in shares if part)
        paintings[title] = paint(photo, style, max_side=max_side)
    return paintings


def keep(paintings: Mapping[str, Image.Image], folder: str | Path) -> None:
    """Writes paintings as JPEGs, each named by its style, and says where they are.

    Raises:
        UserError: the folder cannot be written.
    """
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
        for name, painting in paintings.items():
            painting.save(Path(folder) / f"{name}.jpg", quality=95)
    except OSError as error:
        raise UserError(f"{folder}: cannot be written ({error.strerror or error})") from error
    print(f"{len(paintings)} paintings are in {Path(folder).resolve()}")


def _network_of(first: str, second: str) -> tuple[str, dict[str, str]]:
    """The style of several periods that has both, and the names of its periods by key."""
    several = dict(_periods_of_networks())
    for network, known in several.items():
        if first in known and second in known and first != second:
            return network, known
    names = ", ".join(key for known in several.values() for key in known)
    raise UserError(f"MIXTURE: {first!r} and {second!r} cannot be mixed; two of {names} can")


def _periods_of_networks() -> Iterator[tuple[str, dict[str, str]]]:
    for network in find_bundles():
        bundle = open_bundle(network)
        yield network, {key: bundle.of({key: 1.0}).name() for key in bundle.periods}
