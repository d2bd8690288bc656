"""Photographs become paintings of an art period. A script needs two names of this package:

    from tf_cyclegan import load_style, paint

    painting = paint("photo.jpg", load_style("rococo"))
    painting.save("painting.jpg")

Nothing else is loaded before one of the names is used, and TensorFlow not even then.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tf_cyclegan.errors import UserError as UserError
    from tf_cyclegan.stylize.interface import load_style as load_style
    from tf_cyclegan.stylize.interface import paint as paint
    from tf_cyclegan.stylize.stylizer import Stylizer as Stylizer

__version__ = "0.2.0"
_HOMES = {
    "Stylizer": "tf_cyclegan.stylize.stylizer",
    "UserError": "tf_cyclegan.errors",
    "load_style": "tf_cyclegan.stylize.interface",
    "paint": "tf_cyclegan.stylize.interface",
}
__all__ = [*_HOMES]  # noqa: PLE0604 (they are texts)


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
