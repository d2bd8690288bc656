"""A style as one file, as a release offers it: opened from a path or an address, and kept in a cache."""

import hashlib
import http.client
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tf_cyclegan.disk.archive import COMPRESSED, PLAIN, format_of_content, unpack
from tf_cyclegan.disk.cache import cache_folder
from tf_cyclegan.disk.manifest import readable_sha256, sha256_of
from tf_cyclegan.errors import UserError
from tf_cyclegan.stylize.style import Bundle, find_styles, open_bundle

# Many times what the style of any network here takes.
MAX_BYTES = 1024**3
_SCHEMES = ("http://", "https://")
_HASH = "#sha256="
_SILENCE = 30.0  # seconds
_BLOCK = 1 << 20


def open_style(style: str, cache: Path | None = None, tell: Callable[[str], None] = lambda line: None) -> Bundle:
    """Opens a style and checks every file of it.

    Args:
        style: name of a style that comes with the project, folder of a bundle, a `.tar` or `.tar.xz` that `export
            --archive` made, or the http(s) address of one. An address is fetched once; behind `#sha256=` it may carry
            the hash that the file must have.
        cache: where addresses and files are unpacked, a folder each; default `styles` in `cache.cache_folder()`.
        tell: is called with a line before each slow step.

    Raises:
        UserError: there is no such style, it cannot be fetched, is not the one expected, or is damaged; or the cache
            cannot be written.
    """
    if style.startswith(_SCHEMES):
        again = "fetched"
        folder = _kept_in(cache) / hashlib.sha256(style.encode()).hexdigest()[:16]
        if not folder.is_dir():
            tell(f"fetching {style}")
            _fetch(style, folder)
    elif file := _find_file(style):
        again = "unpacked"
        folder = _kept_in(cache) / readable_sha256(file)[:16]
        if not folder.is_dir():
            tell(f"unpacking {file.name}{_mismatch(file)}")
            _unpack(file, folder)
    else:
        return open_bundle(style)
    try:
        return open_bundle(folder)
    except UserError as error:
        raise UserError(f"{error}; or delete {folder}, so that it is {again} anew") from error


def _kept_in(cache: Path | None) -> Path:
    return cache or cache_folder() / "styles"


def _find_file(style: str) -> Path | None:
    """The style file of that path, if there is one; a style of the project goes first."""
    return None if style in find_styles() or not Path(style).is_file() else Path(style)


def _mismatch(file: Path) -> str:
    """A remark on a style file whose name means another format than its content has."""
    found = format_of_content(file)
    said = next((ending for ending in (COMPRESSED, PLAIN) if file.name.lower().endswith(ending)), None)
    return "" if found in (said, None) else f", which is a {found} by its content"


def _fetch(address: str, folder: Path) -> None:
    """Downloads a style file and unpacks it; the file itself is not kept."""
    url, _, expected = address.partition(_HASH)
    with _place_beside(folder) as place:
        file = place / "download"
        try:
            _download(url, file)
        except (urllib.error.URLError, http.client.HTTPException, TimeoutError, ConnectionError, ValueError) as error:
            raise UserError(f"{url}: cannot be fetched ({getattr(error, 'reason', None) or error})") from error
        found = sha256_of(file)
        if expected and found != expected.lower():
            raise UserError(f"{url}: not the file that was meant (its sha256 is {found})")
        _unpack(file, folder, url)


def _download(url: str, file: Path) -> None:
    request = urllib.request.Request(url, headers={"User-Agent": "tf_cyclegan"})  # noqa: S310 (http and https alone)
    done = 0
    with urllib.request.urlopen(request, timeout=_SILENCE) as answer, file.open("wb") as out:  # noqa: S310
        while block := answer.read(_BLOCK):
            done += len(block)
            if done > MAX_BYTES:
                raise UserError(f"{url}: larger than {MAX_BYTES:,} bytes, no style")
            out.write(block)
        length = answer.headers.get("Content-Length")
        if length is not None and done != int(length):
            raise UserError(f"{url}: broke off after {done:,} of {int(length):,} bytes; try again")


def _unpack(file: Path, folder: Path, source: str | None = None) -> None:
    """Unpacks a style file into `folder`, which appears only when the style in it is whole."""
    with _place_beside(folder) as place:
        unpacked = unpack(file, place / "style", most=MAX_BYTES, name=source)
        if not (unpacked / "style.json").is_file():
            raise UserError(f"{source or file}: holds no style.json, so it is no style")
        open_bundle(unpacked)
        if not folder.is_dir():  # Else another process was faster.
            unpacked.replace(folder)


@contextmanager
def _place_beside(folder: Path) -> Iterator[Path]:
    """A temporary folder on the same disk."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".partial-") as place:
            yield Path(place)
    except OSError as error:
        raise UserError(f"{folder}: cannot be written ({error.strerror or error})") from error
