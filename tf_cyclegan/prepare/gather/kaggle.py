"""Downloads a data set of Kaggle as its zip, with the `kaggle` package."""

import contextlib
import io
import os
import re
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tf_cyclegan.errors import UserError
from tf_cyclegan.prepare.gather.network import cause_of

HOW_TO_LOG_IN = (
    "create a token at https://www.kaggle.com/settings/api and set KAGGLE_API_TOKEN, or save it as "
    "~/.kaggle/access_token (kaggle.json and, in a Colab notebook, a secret KAGGLE_API_TOKEN work too)"
)
VARIABLES = ("KAGGLE_API_TOKEN", "KAGGLE_USERNAME", "KAGGLE_KEY")
# After the name, a browser's address has the open tab (/data, /code) and more (?select=…).
_ADDRESS = r"(?:https?://)?(?:www\.)?kaggle\.com/datasets/"
_TAB = r"(?:/(?:data|code|discussion|suggestions|activity|metadata|settings)\b[^?#]*)?"
_NAME = re.compile(rf"(?:{_ADDRESS})?([\w-]+)/([\w-]+)(?:/(?:versions/)?(\d+))?{_TAB}/?(?:[?#].*)?")


def download_dataset(dataset: str, cache: str | Path) -> Path:
    """The zip of a data set, downloaded unless it is in the cache already.

    Credentials are found by the `kaggle` package: KAGGLE_API_TOKEN, ~/.kaggle/access_token, KAGGLE_USERNAME with
    KAGGLE_KEY, kaggle.json, or a login of its own; here also secrets of a Colab notebook of those names. An interrupted
    download continues where it ended, if the server still has the same file. It gets its name in the cache when its
    size is the announced one and it is a whole zip.

    Args:
        dataset: OWNER/NAME, OWNER/NAME/VERSION, or its address as a browser shows it.
        cache: folder of downloads.

    Raises:
        UserError: no such data set, no valid credentials, no connection, or no room.
    """
    parts, target = _locate(dataset, cache)
    if target.exists():
        _check_zip(target)
        return target
    with _colab_secrets():
        api = _log_in()
        with _partial_folder(target.with_name(f".partial-{target.stem}")) as partial:
            _download(api, "/".join(parts), partial)
            downloaded = partial / f"{parts[1]}.zip"
            _check_zip(downloaded)
            downloaded.replace(target)
    return target


def check_login(dataset: str, cache: str | Path) -> None:
    """Checks that a data set is in the cache, or that there are credentials to download it with.

    Raises:
        UserError: it cannot be the name of one, or there are no credentials.
    """
    if not _locate(dataset, cache)[1].exists():
        with _colab_secrets():
            _log_in()


def _locate(dataset: str, cache: str | Path) -> tuple[list[str], Path]:
    """Owner, name and, where it is given, version of a data set, and its zip in the cache."""
    match = _NAME.fullmatch(dataset.strip())
    if not match:
        raise UserError(f"{dataset!r} is no data set of Kaggle; expected OWNER/NAME, e.g. ansonnnnn/historic-art")
    owner, name, version = match.groups()
    file = f"{name}-{version}.zip" if version else f"{name}.zip"
    return [part for part in match.groups() if part], Path(cache) / "kaggle" / owner / file


@contextmanager
def _partial_folder(path: Path) -> Iterator[Path]:
    """A folder for incomplete downloads; it stays while there is something in it."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        yield path
    except OSError as error:
        raise UserError(f"{path.parent}: cannot be written ({error.strerror or error})") from error
    finally:
        with contextlib.suppress(OSError):
            path.rmdir()


def _log_in() -> Any:
    """The `kaggle` package, logged in; what it prints on the way is kept away."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        try:
            # The package logs in while it is imported, and ends the process where it cannot.
            from kaggle.api.kaggle_api_extended import KaggleApi

            api = KaggleApi()
            with _errors_told("log in"):
                api.authenticate()
        except ImportError as error:
            raise UserError(f'this needs more packages ({error.name} is missing): pip install ".[train]"') from error
        except (SystemExit, ValueError, KeyError) as error:
            raise UserError(f"Kaggle: no valid credentials; {HOW_TO_LOG_IN}") from error
    return api


def _download(api: Any, dataset: str, folder: Path) -> None:
    # The package reports its progress on standard output, which is for results.
    with contextlib.redirect_stdout(sys.stderr), _errors_told(dataset):
        try:
            api.dataset_download_files(dataset, path=str(folder), quiet=False, unzip=False)
        except SystemExit as error:
            raise UserError(f"Kaggle: no valid credentials; {HOW_TO_LOG_IN}") from error
        except ValueError as error:
            raise UserError(f"Kaggle: {dataset}: {error}; run the same command again") from error


@contextmanager
def _errors_told(what: str) -> Iterator[None]:
    """Turns network errors into one line. `requests` comes with the `kaggle` package."""
    import requests
    import urllib3

    try:
        yield
    except requests.HTTPError as error:
        status = error.response.status_code if error.response is not None else 0
        raise UserError(_meaning(status, what, str(error))) from error
    except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
        reason = cause_of(error)
        raise UserError(f"Kaggle cannot be reached ({reason}); run the same command again to continue") from error


def _meaning(status: int, what: str, message: str) -> str:
    if status == 401:
        return f"Kaggle refuses the credentials; {HOW_TO_LOG_IN}"
    if status == 403:
        page = f"https://www.kaggle.com/datasets/{what}"
        return f"Kaggle does not give {what} to this account ({message}); look at {page}, signed in"
    if status == 404:
        return f"Kaggle has no data set {what}; expected OWNER/NAME, e.g. ansonnnnn/historic-art"
    return f"Kaggle: {what}: {message}; try again later"


def _check_zip(path: Path) -> None:
    """Reads the list of members, which is at the end of the file."""
    try:
        with zipfile.ZipFile(path):
            return
    except (zipfile.BadZipFile, OSError) as error:
        raise UserError(f"{path}: no whole zip ({error}); remove it and run the same command again") from error


@contextmanager
def _colab_secrets() -> Iterator[None]:
    """Sets the variables that the `kaggle` package reads from the notebook's secrets, where it has them."""
    secrets = {name: value for name in VARIABLES if name not in os.environ and (value := _colab_secret(name))}
    os.environ.update(secrets)
    try:
        yield
    finally:
        for name in secrets:
            os.environ.pop(name, None)


def _colab_secret(name: str) -> str | None:
    # Only a notebook's own process can ask for secrets; in another one the question is never answered.
    if "google.colab" not in sys.modules:
        return None
    from google.colab import errors, userdata

    try:
        return userdata.get(name)
    except (errors.Error, userdata.NotebookAccessError):
        return None
