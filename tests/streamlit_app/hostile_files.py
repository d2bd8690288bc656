"""Makes files that a page must survive: damaged, lying, huge, strange. The same number gives the same file."""

import io
import struct
import zlib
from collections.abc import Callable, Iterator
from functools import cache

import numpy as np
from PIL import Image
from pillow_heif import register_heif_opener

register_heif_opener(thumbnails=False)

KINDS = ("JPEG", "PNG", "WEBP", "TIFF", "HEIF", "AVIF")
SUFFIX = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp", "TIFF": "tif", "HEIF": "heic", "AVIF": "avif", "GIF": "gif"}


@cache
def _picture(seed: int, width: int = 96, height: int = 64, mode: str = "RGB") -> Image.Image:
    coarse = np.random.default_rng(seed).integers(0, 256, (4, 5, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC).convert(mode)


def _save(picture: Image.Image, kind: str, **settings: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **settings)
    return file.getvalue()


@cache
def healthy(kind: str, seed: int = 0) -> bytes:
    """A small good file, with EXIF data so that there is more to damage."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 1 + seed % 8, "a description"
    settings = {} if kind == "GIF" else {"exif": exif}
    if kind == "JPEG" and seed % 2:
        settings |= {"progressive": True}
    if kind == "TIFF":
        settings |= {"compression": ("raw", "tiff_lzw", "tiff_deflate", "jpeg")[seed % 4]}
    return _save(_picture(seed % 4), kind, **settings)


def borders(kind: str, data: bytes) -> list[int]:
    """Where the parts of a file begin: markers of JPEG, chunks of PNG and RIFF, boxes of HEIF, directory of TIFF."""
    if kind == "JPEG":
        return [i for i in range(len(data) - 1) if data[i] == 0xFF and data[i + 1] not in (0, 0xFF)]
    found, at = [], {"PNG": 8, "WEBP": 12, "HEIF": 0, "AVIF": 0}.get(kind, 4)
    if kind == "TIFF":
        return [4, 8, struct.unpack("<I", data[4:8])[0] % len(data), len(data) - 4]
    while at + 8 <= len(data):
        found.append(at)
        (size,) = struct.unpack(
            "<I" if kind == "WEBP" else ">I", data[at + 4 : at + 8] if kind == "WEBP" else data[at : at + 4]
        )
        at += {"PNG": size + 12, "WEBP": size + size % 2 + 8, "HEIF": max(size, 8), "AVIF": max(size, 8)}[kind]
    return found


def truncated(rng: np.random.Generator) -> tuple[str, bytes]:
    """Cut off at the border of a part, or a few bytes after it."""
    kind = KINDS[rng.integers(len(KINDS))]
    data = healthy(kind, int(rng.integers(8)))
    places = borders(kind, data)
    cut = places[rng.integers(len(places))] + int(rng.integers(0, 12))
    return f"cut.{SUFFIX[kind]}", data[:cut]


def flipped(rng: np.random.Generator) -> tuple[str, bytes]:
    """One to forty bits turned over, half of them near the head."""
    kind = KINDS[rng.integers(len(KINDS))]
    data = bytearray(healthy(kind, int(rng.integers(8))))
    reach = len(data) if rng.random() < 0.5 else min(len(data), 200)
    for _ in range(int(rng.integers(1, 40))):
        data[rng.integers(reach)] ^= 1 << int(rng.integers(8))
    return f"flip.{SUFFIX[kind]}", bytes(data)


def misnamed(rng: np.random.Generator) -> tuple[str, bytes]:
    kinds = [*KINDS, "GIF"]
    kind, other = kinds[rng.integers(len(kinds))], kinds[rng.integers(len(kinds))]
    return f"wrong.{SUFFIX[other]}", healthy(kind)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _png(width: int, height: int, rows: bytes, *chunks: bytes, depth: int = 8, colour: int = 2) -> bytes:
    header = _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks) + _chunk(b"IDAT", rows) + _chunk(b"IEND", b"")


def bomb(rng: np.random.Generator) -> tuple[str, bytes]:
    """A few bytes that claim, or really unfold to, very many."""
    case = int(rng.integers(6))
    if case == 0:
        return "claims.png", _png(100_000, 100_000, zlib.compress(bytes(1000)))
    if case == 1:
        return "text.png", _png(64, 64, zlib.compress(bytes(64 * 193)), _chunk(b"zTXt", b"a\0\0" + _zeros(64)))
    if case == 2:
        return "profile.png", _png(64, 64, zlib.compress(bytes(64 * 193)), _chunk(b"iCCP", b"a\0\0" + _zeros(64)))
    if case == 3:
        return "rows.png", _png(64, 64, _zeros(64))
    if case == 4:
        data = bytearray(healthy("JPEG"))
        start = data.index(b"\xff\xc0") + 5
        data[start : start + 4] = b"\xff\xff\xff\xff"
        return "claims.jpg", bytes(data)
    return "claims.tif", healthy("TIFF").replace(struct.pack("<HHI", 256, 4, 1), struct.pack("<HHI", 256, 4, 2**31))


@cache
def _zeros(megabytes: int) -> bytes:
    return zlib.compress(bytes(megabytes << 20), 9)


def scans(count: int, between: bytes = b"") -> bytes:
    """A progressive JPEG with its last scan repeated: each costs the decoder a pass over the whole picture."""
    data = healthy("JPEG", 1)
    start = data.rindex(b"\xff\xda")
    return data[:start] + (between + data[start:-2]) * count + data[-2:]


def polyglot(rng: np.random.Generator) -> tuple[str, bytes]:
    """A picture that is also something else, or something else that begins like a picture."""
    tails = (b"PK\x03\x04" + bytes(200), b"<script>alert(1)</script>", b"%PDF-1.4\n1 0 obj", b"#!/bin/sh\nexit\n")
    kind = KINDS[rng.integers(len(KINDS))]
    tail, data = tails[rng.integers(len(tails))], healthy(kind, int(rng.integers(4)))
    case = int(rng.integers(3))
    return f"both.{SUFFIX[kind]}", (data + tail, tail + data, data[:16] + tail + data[16:])[case]


def strange(rng: np.random.Generator) -> tuple[str, bytes]:
    """Honest files of kinds that cameras do not make."""
    deep = Image.fromarray(np.random.default_rng(0).integers(0, 65536, (40, 50), dtype=np.uint16))
    frames = [_picture(i, mode="P") for i in range(3)]
    makers: list[Callable[[], tuple[str, bytes]]] = [
        lambda: ("deep.png", _save(deep, "PNG")),
        lambda: ("deep.tif", _save(deep, "TIFF")),
        lambda: ("float.tif", _save(Image.fromarray(np.full((40, 50), np.nan, np.float32)), "TIFF")),
        lambda: ("cmyk.jpg", _save(_picture(0, mode="CMYK"), "JPEG")),
        lambda: ("cmyk.tif", _save(_picture(0, mode="CMYK"), "TIFF")),
        lambda: ("lab.tif", _save(_picture(0, mode="LAB"), "TIFF")),
        lambda: ("palette.png", _save(_picture(0, mode="P"), "PNG", transparency=bytes(range(256)))),
        lambda: ("one_bit.png", _save(_picture(0, mode="1"), "PNG")),
        lambda: ("grey.jpg", _save(_picture(0, mode="L"), "JPEG")),
        lambda: ("alpha.webp", _save(_picture(0, mode="RGBA"), "WEBP")),
        lambda: ("moving.gif", _save(frames[0], "GIF", save_all=True, append_images=frames[1:])),
        lambda: ("moving.webp", _save(_picture(0), "WEBP", save_all=True, append_images=[_picture(1)])),
        lambda: ("pages.tif", _save(frames[0], "TIFF", save_all=True, append_images=frames[1:])),
        lambda: ("thin.png", _save(Image.new("RGB", (1, 20_000)), "PNG")),
        lambda: ("flat.png", _save(Image.new("RGB", (20_000, 1)), "PNG")),
        lambda: ("strip.png", _save(Image.new("RGB", (16, 20_000)), "PNG")),
        lambda: ("dot.png", _save(Image.new("RGB", (1, 1)), "PNG")),
        lambda: ("empty.jpg", b""),
        lambda: ("vector.svg", b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'),
        lambda: ("vector.png", b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>'),
        lambda: ("print.jpg", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 99 99\n"),
        lambda: ("scans.jpg", scans(400)),
        lambda: ("名前 \u202e../../etc/passwd<b>.jpg", healthy("JPEG")),
    ]
    return makers[rng.integers(len(makers))]()


def garbage(rng: np.random.Generator) -> tuple[str, bytes]:
    """Good pixels, and a colour profile or EXIF data of random bytes."""
    junk = rng.bytes(int(rng.integers(1, 4000)))
    kind = ("JPEG", "PNG", "WEBP", "TIFF")[rng.integers(4)]
    if rng.random() < 0.5:
        return f"profile.{SUFFIX[kind]}", _save(_picture(0), kind, icc_profile=junk)
    if kind == "TIFF":
        return "exif.tif", healthy("TIFF")[:-40] + junk
    return f"exif.{SUFFIX[kind]}", _save(_picture(0), kind, exif=b"Exif\0\0" + junk)


MAKERS = (truncated, flipped, flipped, misnamed, bomb, polyglot, strange, strange, garbage)


def hostile(count: int, seed: int = 0) -> Iterator[tuple[str, bytes]]:
    """`count` files as (name, bytes), every maker in turn."""
    for number in range(count):
        rng = np.random.default_rng((seed, number))
        yield MAKERS[number % len(MAKERS)](rng)


def nastiest(count: int) -> list[tuple[str, bytes]]:
    """Those that a browser can send: bombs and strange files first, then the damaged."""
    found: dict[str, bytes] = {}
    for maker, tries in ((bomb, 40), (strange, 200), (garbage, 4), (truncated, 20), (flipped, 20), (polyglot, 20)):
        for number in range(tries):
            name, data = maker(np.random.default_rng((7, number)))
            stem, _, suffix = name.rpartition(".")
            if data:
                found.setdefault(f"{stem}.{suffix}" if maker in (bomb, strange) else f"{stem}{number}.{suffix}", data)
    return list(found.items())[:count]
