"""Standard streams that take every text: on terminals, pipes and files of any encoding, and where there are none."""

import codecs
import io
import os
import sys
import unicodedata

_ERRORS = "tf_cyclegan_plain"
_PLAIN = {"→": "->", "×": "x", "–": "-", "—": "-", "“": '"', "”": '"', "’": "'", "·": "-", "±": "+-", "≥": ">="}


def open_streams() -> None:
    """Makes standard output and standard error take every text, and all three streams be there.

    Characters that the encoding of a stream does not have, such as → in cp1252, are written in plainer letters. If a
    stream is closed or missing, as under pythonw, the null device replaces it: otherwise the next file that is opened
    would get its number, and with it everything that libraries write to the stream.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # Takes the lowest number that is free, which is this one.
    codecs.register_error(_ERRORS, _as_plain)
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115 (open while we run)
        elif mode == "w" and isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=_ERRORS)


def _as_plain(error: UnicodeError) -> tuple[str, int]:
    """An error handler of `codecs`: plainer letters, and ? where there are none."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(map(_plain, error.object[error.start : error.end])), error.end


def _plain(letter: str) -> str:
    text = _PLAIN.get(letter) or unicodedata.normalize("NFKD", letter)
    return "".join(c for c in text if c.isascii()) or "?"
