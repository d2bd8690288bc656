"""The page, put together and served on loopback, as a browser sees it."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.conftest import BROWSER_REQUIRED
from tf_cyclegan.errors import UserError
from web.assemble import PACKAGES, assemble
from web.serve import make_server


@contextmanager
def served(site: Path, port: int = 0) -> Iterator[str]:
    """The address of the page while it is served."""
    with make_server(site, port=port) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="session")
def site(tmp_path_factory) -> Path:
    """The page as `make web` puts it together."""
    if not (PACKAGES / "@litertjs").is_dir() and not BROWSER_REQUIRED:
        pytest.skip("LiteRT.js is not there: npm ci --prefix web")
    try:
        return assemble(tmp_path_factory.mktemp("web") / "site")
    except UserError as error:
        pytest.fail(str(error))


@pytest.fixture(scope="session")
def address(site) -> Iterator[str]:
    with served(site) as address:
        yield address


@pytest.fixture(scope="module")
def visit(browser, address) -> Iterator[Callable]:
    """Opens the page anew: `visit(address=…, **options of the browser's context)`."""
    contexts = []

    def visit(address=address, **options):
        context = browser.new_context(**{"locale": "en-GB", **options})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(90_000)  # Machines of tests are busy.
        page.faults, page.requests = [], []
        page.on("pageerror", lambda error: page.faults.append(str(error)))
        context.on("request", lambda request: page.requests.append(request.url))
        page.goto(address)
        return page

    yield visit
    for context in contexts:
        context.close()
