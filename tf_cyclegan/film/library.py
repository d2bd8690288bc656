"""PyAV, which reads and writes films with an FFmpeg of its own."""

from typing import Any

from tf_cyclegan.errors import UserError


def load_av() -> Any:
    """The module `av`.

    Raises:
        UserError: it is not installed.
    """
    try:
        import av
        import av.filter
        import av.sidedata.sidedata
    except ImportError as error:
        raise UserError("films need PyAV: pip install av") from error
    return av
