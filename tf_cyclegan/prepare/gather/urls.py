"""Fetches the pictures of chosen works from their addresses: a few at a time, slowly, and never twice."""

import hashlib
import importlib.metadata
import io
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from tf_cyclegan.disk.replacing import replacing
from tf_cyclegan.errors import UserError
from tf_cyclegan.pictures.files import open_picture
from tf_cyclegan.pictures.source import open_file
from tf_cyclegan.prepare.gather.network import cause_of
from tf_cyclegan.prepare.gather.work import Work

ADDRESS = "https://github.com/ArtStylesAI/tf_cyclegan"
# Small, so that the limits are looked at often even where the bytes drip.
_BLOCK = 4096
# Worth another try: the server is busy or ill for the moment.
_PASSING = {408, 425, 429, 500, 502, 503, 504}
_FAILURES_IN_A_ROW = 5


@dataclass(frozen=True)
class Manners:
    """How a server is treated.

    Attributes:
        at_once: pictures on their way at the same time.
        per_second: requests begun a second, over all of them.
        tries: of one picture.
        pause: seconds before the second try, doubled before each further one.
        longest_pause: seconds; a server that asks for more (Retry-After) is not asked again.
        silence: seconds without an answer after which a try is given up.
        deadline: seconds that one picture may take in all.
        max_bytes: of one picture.
    """

    at_once: int = 4
    per_second: float = 2.0
    tries: int = 5
    pause: float = 1.0
    longest_pause: float = 120.0
    silence: float = 30.0
    deadline: float = 120.0
    max_bytes: int = 50_000_000


class Fetched(NamedTuple):
    """What came of it.

    Attributes:
        works: those whose picture is there now, in the order given; they open the file in the cache.
        failed: a line for each of the others: name, address and reason.
    """

    works: list[Work]
    failed: list[str]


class _FetchError(Exception):
    """This picture cannot be fetched; `retry_after` is the pause in seconds before another try makes sense, if ever."""

    def __init__(self, reason: str, retry_after: float | None = None):
        super().__init__(reason)
        self.retry_after = retry_after


def fetch_works(
    works: Sequence[Work],
    cache: str | Path,
    *,
    manners: Manners | None = None,
    bar: Callable[..., Iterable] | None = None,
) -> Fetched:
    """Downloads the picture of each work from `work.url` into `cache`, unless it is there already.

    A picture takes its name in the cache when it is complete and has been decoded, so an interrupted run loses only
    what was on its way, and the same call continues.

    Args:
        works: with `url`.
        cache: folder of the pictures, named by the sha256 of their address.
        manners: how the server is treated.
        bar: wraps the iterable over the works to show progress, e.g. `tqdm`, with `total` and `desc`.

    Raises:
        UserError: the cache cannot be written.
    """
    fetcher = _Fetcher(Path(cache), manners or Manners())
    pool = ThreadPoolExecutor(fetcher.manners.at_once)
    try:
        tasks: dict[str, Future[str | None]] = {}
        for work in works:
            if work.url not in tasks:
                tasks[work.url] = pool.submit(fetcher.fetch, work.url)
        results = ((work, tasks[work.url].result()) for work in works)
        found: list[Work] = []
        failed: list[str] = []
        for work, reason in bar(results, total=len(works), desc="pictures") if bar else results:
            if reason:
                failed.append(f"{work.source}/{work.name} ({work.url or 'no address'}): {reason}")
            else:
                found.append(replace(work, open=partial(open_file, fetcher.path(work.url))))
        return Fetched(found, failed)
    finally:
        fetcher.stop()
        pool.shutdown(cancel_futures=True)


def user_agent() -> str:
    """Who asks, for the logs of the server."""
    try:
        version = importlib.metadata.version("tf-cyclegan")
    except importlib.metadata.PackageNotFoundError:
        version = "source"
    return f"tf_cyclegan/{version} (+{ADDRESS})"


class _Turns:
    """Gives out moments to begin a request, evenly apart over all threads."""

    def __init__(self, per_second: float):
        self._apart = 1 / per_second
        self._lock = threading.Lock()
        self._next = time.monotonic()
        self.stopped = threading.Event()

    def wait(self) -> None:
        """Waits for one's turn, and until no `pause` is on."""
        with self._lock:
            begin = max(self._next, time.monotonic())
            self._next = begin + self._apart
        self.sleep(begin - time.monotonic())

    def pause(self, seconds: float) -> None:
        """Lets nobody begin for so long: the server has asked for it."""
        with self._lock:
            self._next = max(self._next, time.monotonic() + seconds)

    def sleep(self, seconds: float) -> None:
        """Sleeps, unless everything is stopped."""
        if self.stopped.wait(max(0.0, seconds)):
            raise _FetchError("interrupted")


class _Host:
    """What a server has answered so far: a server that does not answer at all is not asked for hundreds of pictures."""

    def __init__(self) -> None:
        self.refusal: str | None = None
        self._failures = 0

    def succeeded(self) -> None:
        self._failures = 0

    def failed(self, reason: str) -> None:
        self._failures += 1
        if self._failures >= _FAILURES_IN_A_ROW:
            self.refuse(f"not asked for, after {self._failures} failures in a row ({reason})")

    def refuse(self, reason: str) -> None:
        self.refusal = self.refusal or reason


class _Fetcher:
    """Fetches pictures from several threads."""

    def __init__(self, cache: Path, manners: Manners):
        try:
            import requests
        except ImportError as error:
            remedy = 'pip install "tf-cyclegan[train]"'
            raise UserError(f"downloading needs more packages (requests is missing): {remedy}") from error
        self.manners = manners
        self._cache = cache
        self._turns = _Turns(manners.per_second)
        self._hosts: dict[str, _Host] = defaultdict(_Host)
        self._session = requests.Session()
        self._session.headers.update({"User-Agent": user_agent(), "Accept": "image/*", "Accept-Encoding": "identity"})

    def path(self, url: str) -> Path:
        """Where the picture of an address lies."""
        return self._cache / f"{hashlib.sha256(url.encode()).hexdigest()[:32]}.jpg"

    def stop(self) -> None:
        """Ends all waiting, and closes the connections."""
        self._turns.stopped.set()
        self._session.close()

    def fetch(self, url: str) -> str | None:
        """Brings one picture into the cache. Returns None, or why it cannot be fetched."""
        if not url.lower().startswith(("http://", "https://")):
            return "no web address"
        if self.path(url).exists():
            return None
        host = self._hosts[url.split("/", 3)[2]]
        if host.refusal:
            return host.refusal
        try:
            picture = self._ask(url, host)
            _check_picture(picture)
        except _FetchError as failure:
            return str(failure)
        with replacing(self.path(url)) as partial_path:
            partial_path.write_bytes(picture)
        return None

    def _ask(self, url: str, host: _Host) -> bytes:
        """The answer of a server, after as many tries as it takes and is worth."""
        pause = self.manners.pause
        for number in range(1, self.manners.tries + 1):
            try:
                self._turns.wait()
                answer = self._try(url)
            except _FetchError as failure:
                asked = failure.retry_after
                if asked is None:
                    raise
                if asked > self.manners.longest_pause:
                    host.refuse(str(failure))
                    raise
                if number == self.manners.tries:
                    host.failed(str(failure))
                    raise
                self._turns.sleep(max(pause, asked))
                pause *= 2
            else:
                host.succeeded()
                return answer
        raise AssertionError("the last try returns or raises")

    def _try(self, url: str) -> bytes:
        import requests

        deadline = time.monotonic() + self.manners.deadline
        try:
            with self._session.get(url, stream=True, timeout=self.manners.silence) as response:
                self._check_answer(response)
                return self._read(response, deadline)
        except (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError) as error:
            raise _FetchError(f"the connection failed ({cause_of(error)})", retry_after=0) from error
        except (requests.RequestException, ValueError) as error:
            raise _FetchError(f"cannot be asked for ({cause_of(error)})") from error

    def _check_answer(self, response: Any) -> None:
        status = f"the server answers {response.status_code} {response.reason}"
        if response.status_code in _PASSING:
            asked = _retry_after(response)
            if 0 < asked <= self.manners.longest_pause:
                self._turns.pause(asked)
            raise _FetchError(f"{status}, and asks to wait {asked:.0f} s" if asked else status, retry_after=asked)
        if response.status_code != 200:
            raise _FetchError(status)
        if response.headers.get("Content-Type", "").lower().startswith("text/"):
            raise _FetchError("the server sends a web page instead of a picture")
        length = response.headers.get("Content-Length", "")
        if length.isdigit() and int(length) > self.manners.max_bytes:
            raise _FetchError(f"over {self.manners.max_bytes / 1e6:.0f} MB")

    def _read(self, response: Any, deadline: float) -> bytes:
        picture = bytearray()
        for block in response.iter_content(_BLOCK):
            picture += block
            if len(picture) > self.manners.max_bytes:
                raise _FetchError(f"over {self.manners.max_bytes / 1e6:.0f} MB")
            if time.monotonic() > deadline:
                raise _FetchError(f"not complete after {self.manners.deadline:g} s", retry_after=0)
            if self._turns.stopped.is_set():
                raise _FetchError("interrupted")
        return bytes(picture)


def _check_picture(picture: bytes) -> None:
    if picture[:256].lstrip().lower().startswith((b"<!doctype", b"<html", b"<?xml")):
        raise _FetchError("the server sends a web page instead of a picture")
    try:
        open_picture(io.BytesIO(picture), name="the answer")
    except UserError as error:
        raise _FetchError(str(error)) from error


def _retry_after(response: Any) -> float:
    """Seconds that the server asks to wait, 0 where it does not say."""
    from urllib3.exceptions import InvalidHeader
    from urllib3.util import Retry

    value = response.headers.get("Retry-After")
    try:
        return max(0.0, float(Retry().parse_retry_after(value))) if value else 0.0
    except InvalidHeader:
        return 0.0
