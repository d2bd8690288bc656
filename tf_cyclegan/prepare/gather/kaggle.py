"""A data set of Kaggle as a folder: attached to a notebook, or downloaded with `kagglehub`."""

import contextlib
import os
import re
import shutil
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tf_cyclegan.errors import UserError
from tf_cyclegan.prepare.gather.network import cause_of

HOW_TO_LOG_IN = (
    "create a token at https://www.kaggle.com/settings/api and set KAGGLE_API_TOKEN, or save it as "
    "~/.kaggle/access_token (kaggle.json and, in a Colab notebook, a secret KAGGLE_API_TOKEN work too)"
)
# Where Kaggle's notebooks, and sometimes Colab's, have the data sets that are attached to them.
ATTACHED = Path("/kaggle/input")
# After the name, a browser's address has the open tab (/data, /code) and more (?select=…).
_ADDRESS = r"(?:https?://)?(?:www\.)?kaggle\.com/datasets/"
_TAB = r"(?:/(?:data|code|discussion|suggestions|activity|metadata|settings)\b[^?#]*)?"
_NAME = re.compile(rf"(?:{_ADDRESS})?([\w-]+)/([\w-]+)(?:/(?:versions/)?(\d+))?{_TAB}/?(?:[?#].*)?")


class _Set(NamedTuple):
    """A data set by its owner and its name; `version` is "" for the newest."""

    owner: str
    name: str
    version: str

    def __str__(self) -> str:
        return f"{self.owner}/{self.name}"

    @property
    def handle(self) -> str:
        return f"{self}/versions/{self.version}" if self.version else str(self)


def download_dataset(dataset: str, cache: str | Path | None = None) -> Path:
    """The folder of a data set, downloaded unless it is attached to the notebook or was downloaded before.

    A public data set needs no credentials. For others `kagglehub` finds them: KAGGLE_API_TOKEN, ~/.kaggle/access_token,
    KAGGLE_USERNAME with KAGGLE_KEY, kaggle.json, or a secret KAGGLE_API_TOKEN of a Colab notebook. A download that
    breaks continues where it ended.

    Args:
        dataset: OWNER/NAME, OWNER/NAME/VERSION, or its address as a browser shows it.
        cache: folder of downloads (default: that of `kagglehub`, KAGGLEHUB_CACHE or ~/.cache/kagglehub).

    Raises:
        UserError: no such data set, it is not for everyone and there are no valid credentials, no connection, no room.
    """
    wanted = _parse(dataset)
    with _cache_at(cache) as folder:
        return _present(wanted, folder) or _download(wanted, folder)


def check_dataset(dataset: str, cache: str | Path | None = None) -> None:
    """Checks that a data set is here already, or that Kaggle has it for us and the disk has room for it.

    Raises:
        UserError: as `download_dataset`, before anything is downloaded.
    """
    wanted = _parse(dataset)
    with _cache_at(cache) as folder:
        if not _present(wanted, folder):
            _check_room(wanted, folder, _ask_for_bytes(wanted))


def name_of(dataset: str) -> str:
    """OWNER/NAME of a data set that is given in any way.

    Raises:
        UserError: it cannot be the name of one.
    """
    return str(_parse(dataset))


def _parse(dataset: str) -> _Set:
    match = _NAME.fullmatch(dataset.strip())
    if not match:
        raise UserError(f"{dataset!r} is no data set of Kaggle; expected OWNER/NAME, e.g. ansonnnnn/historic-art")
    return _Set(*match.groups(default=""))


@contextmanager
def _cache_at(cache: str | Path | None) -> Iterator[Path]:
    """The folder in which `kagglehub` keeps downloads meanwhile."""
    before = os.environ.get("KAGGLEHUB_CACHE")
    folder = Path(cache) / "kagglehub" if cache else Path(before or Path.home() / ".cache" / "kagglehub")
    os.environ["KAGGLEHUB_CACHE"] = str(folder)
    try:
        yield folder
    finally:
        del os.environ["KAGGLEHUB_CACHE"]
        if before is not None:
            os.environ["KAGGLEHUB_CACHE"] = before


def _present(wanted: _Set, cache: Path) -> Path | None:
    """The data set's folder, if it is attached, or was downloaded completely; `kagglehub` would ask Kaggle even so."""
    attached = (ATTACHED / "datasets" / wanted.owner / wanted.name, ATTACHED / wanted.name)
    for folder in attached:  # The second place is that of older notebooks.
        if not wanted.version and folder.is_dir():
            return folder
    complete = [marker.with_suffix("") for marker in _folder(wanted, cache).glob("*.complete") if marker.stem.isdigit()]
    versions = [_folder(wanted, cache) / "versions" / version.name for version in complete]
    fitting = [path for path in versions if path.is_dir() and wanted.version in ("", path.name)]
    return max(fitting, key=lambda path: int(path.name), default=None)


def _folder(wanted: _Set, cache: Path) -> Path:
    return cache / "datasets" / wanted.owner / wanted.name


def _download(wanted: _Set, cache: Path) -> Path:
    with _errors_reported(wanted, cache):
        import kagglehub

        return Path(_while_bytes_come(lambda: kagglehub.dataset_download(wanted.handle), _folder(wanted, cache)))


def _while_bytes_come(download: Callable[[], str], folder: Path) -> str:
    """Downloads, and continues after the connection has broken, as long as there is more in the folder than before."""
    import requests

    most = 0
    while True:
        try:
            return download()
        except (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError):
            size = sum(path.stat().st_size for path in folder.glob("*.archive"))
            if size <= most:
                raise
            most = size


def _ask_for_bytes(wanted: _Set) -> int:
    """The size of a data set, as Kaggle says."""
    with _errors_reported(wanted):
        from kagglehub.clients import build_kaggle_client
        from kagglesdk.datasets.types.dataset_api_service import ApiGetDatasetRequest

        request = ApiGetDatasetRequest()
        request.owner_slug, request.dataset_slug = wanted.owner, wanted.name
        with build_kaggle_client() as client:
            return client.datasets.dataset_api_client.get_dataset(request).total_bytes or 0


def _check_room(wanted: _Set, cache: Path, size: int) -> None:
    """The archive and what is in it are on the disk together for a while."""
    there = next(path for path in (cache, *cache.parents) if path.is_dir())
    free = shutil.disk_usage(there).free
    if free < 2 * size:
        raise UserError(
            f"{wanted} has {size / 1e9:.1f} GB, for which {2 * size / 1e9:.1f} GB are needed while it is unpacked, and "
            f"{there} has {free / 1e9:.1f} GB left; make room, or choose another folder by KAGGLEHUB_CACHE"
        )


@contextmanager
def _errors_reported(wanted: _Set, cache: Path | None = None) -> Iterator[None]:
    """Turns what `kagglehub` raises into one line. It reports on standard output too, which is for results."""
    try:
        import kagglehub.exceptions
        import requests
    except ImportError as error:
        remedy = 'pip install "tf-cyclegan[train]"'
        raise UserError(f"this needs more packages ({error.name} is missing): {remedy}") from error
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield
    except requests.HTTPError as error:
        status = error.response.status_code if error.response is not None else 0
        raise UserError(_meaning(status, wanted, error)) from error
    except requests.RequestException as error:
        raise UserError(f"Kaggle cannot be reached ({cause_of(error)}); {_HOW_TO_CONTINUE}") from error
    except kagglehub.exceptions.DataCorruptionError as error:
        raise UserError(f"Kaggle: {wanted} was damaged on its way; run the same again") from error
    except (ValueError, EOFError, zipfile.BadZipFile) as error:
        remove = f"remove {_folder(wanted, cache)} and " if cache else ""
        raise UserError(f"Kaggle: {wanted}: {error}; {remove}run the same again") from error
    except OSError as error:
        raise UserError(f"{error.filename or cache}: cannot be used ({error.strerror or error})") from error


_HOW_TO_CONTINUE = (
    "run the same again to continue (in a notebook of Kaggle, turn the internet on, or attach the data set)"
)


def _meaning(status: int, wanted: _Set, error: Exception) -> str:
    if status == 401:
        return f"Kaggle does not give {wanted} without valid credentials; {HOW_TO_LOG_IN}"
    if status == 403:
        page = f"https://www.kaggle.com/datasets/{wanted}"
        return f"Kaggle does not give {wanted} to everyone; look at {page}, signed in, and {HOW_TO_LOG_IN}"
    if status == 404:
        return f"Kaggle has no data set {wanted}; expected OWNER/NAME, e.g. ansonnnnn/historic-art"
    return f"Kaggle: {wanted}: {cause_of(error)}; try again later"
