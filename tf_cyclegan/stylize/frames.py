"""A stream of pictures, one directly after the other: what `ffmpeg -f image2pipe` writes and reads (MJPEG, or PNG)."""

import io
import struct
from collections.abc import Iterator
from typing import IO

from tf_cyclegan.errors import UserError

MAX_BYTES = 256 << 20
_PNG = b"\x89PNG\r\n\x1a\n"
# Markers of a JPEG that no length follows: TEM, the restarts and SOI.
_BARE = {0x01, *range(0xD0, 0xD9)}
_SOI, _EOI = 0xD8, 0xD9
_BLOCK = 1 << 16


class _Reader:
    """Reads exactly, and keeps what is read of the present frame."""

    def __init__(self, stream: IO[bytes]):
        self._stream = stream
        self._ahead = b""
        self.frame = bytearray()

    def take(self, count: int) -> bytes:
        """`count` bytes.

        Raises:
            EOFError: the stream ends before.
            ValueError: the frame has become impossibly large.
        """
        if len(self.frame) + count > MAX_BYTES:
            raise ValueError(f"a frame of more than {MAX_BYTES >> 20} MB")
        while len(self._ahead) < count:
            self._fill()
        data, self._ahead = self._ahead[:count], self._ahead[count:]
        self.frame += data
        return data

    def take_until(self, byte: bytes) -> None:
        """Everything up to and with the next `byte`."""
        while (place := self._ahead.find(byte)) < 0:
            self.take(len(self._ahead))
            self._fill()
        self.take(place + 1)

    def _fill(self) -> None:
        block = self._stream.read1(_BLOCK) if isinstance(self._stream, io.BufferedIOBase) else self._stream.read(_BLOCK)
        if not block:
            raise EOFError
        self._ahead += block

    def at_end(self) -> bool:
        """Whether the stream ends here; starts a new frame."""
        self.frame = bytearray()
        try:
            if not self._ahead:
                self._fill()
        except EOFError:
            return True
        return False


def split_frames(stream: IO[bytes]) -> Iterator[bytes]:
    """The encoded pictures of a stream of JPEGs and PNGs, each as soon as it is complete.

    Pictures are found by their own structure, so the thumbnail in a photograph's metadata is no frame.

    Args:
        stream: binary, e.g. `sys.stdin.buffer`.

    Raises:
        UserError: what follows is neither JPEG nor PNG, or the stream ends within a frame; the message counts the
            frames before.
    """
    reader, count = _Reader(stream), 0
    while not reader.at_end():
        try:
            _read_frame(reader)
        except (EOFError, ValueError) as error:
            fault = "the stream ends within a frame" if isinstance(error, EOFError) else str(error)
            raise UserError(f"after {count} frames: {fault}; frames are JPEG or PNG, one after the other") from error
        yield bytes(reader.frame)
        count += 1


def _read_frame(reader: _Reader) -> None:
    start = reader.take(2)
    if start == b"\xff\xd8":
        _read_jpeg(reader)
    elif start == _PNG[:2] and reader.take(6) == _PNG[2:]:
        _read_png(reader)
    else:
        raise ValueError("neither JPEG nor PNG")


def _read_jpeg(reader: _Reader) -> None:
    marker = _SOI
    while marker != _EOI:
        reader.take_until(b"\xff")
        while (marker := reader.take(1)[0]) == 0xFF:
            pass
        # 0 after 0xff is a value of the picture's data, no marker.
        if marker == _SOI:
            raise ValueError("a JPEG that begins within another")
        if marker not in _BARE and marker not in (0, _EOI):
            (length,) = struct.unpack(">H", reader.take(2))
            reader.take(max(0, length - 2))


def _read_png(reader: _Reader) -> None:
    kind = b""
    while kind != b"IEND":
        length, kind = struct.unpack(">I4s", reader.take(8))
        reader.take(length + 4)
