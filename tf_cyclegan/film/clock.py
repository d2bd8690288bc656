"""Times within a film, as they are written on the command line."""

import re

from tf_cyclegan.errors import UserError

_TIME = re.compile(r"(?:(?:(\d+):)?(\d+):)?(\d+(?:\.\d*)?)")


def read_time(option: str, text: str) -> float:
    """`1:02:03.5`, `0:05` or `5` → seconds.

    Raises:
        UserError: the text is no time.
    """
    found = _TIME.fullmatch(text.strip())
    if not found:
        raise UserError(f"{option}: {text!r} is no time; write seconds, or minutes and seconds such as 1:05")
    hours, minutes, seconds = (float(part or 0) for part in found.groups())
    return hours * 3600 + minutes * 60 + seconds


def write_time(seconds: float) -> str:
    """Seconds → `1:05.2`, or `1:01:05.2`."""
    tenths = round(seconds * 10)
    minutes, rest = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    start = f"{hours}:{minutes:02d}" if hours else f"{minutes}"
    return f"{start}:{rest / 10:04.1f}"
