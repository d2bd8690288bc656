"""Serves the page: `python -m web.serve`. The page is static; any other web server will do as well."""

import argparse
import sys
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tf_cyclegan.errors import UserError
from web.assemble import SITE, assemble, headers


class Handler(SimpleHTTPRequestHandler):
    """Files of the page with the types and headers that browsers need for them; folders are not listed."""

    # The system's own table is not asked: some lack these, some have them wrong.
    extensions_map = {  # noqa: RUF012
        "": "application/octet-stream",
        ".css": "text/css; charset=utf-8",
        ".html": "text/html; charset=utf-8",
        ".jpg": "image/jpeg",
        ".js": "text/javascript; charset=utf-8",
        ".json": "application/json",
        ".md": "text/plain; charset=utf-8",
        ".svg": "image/svg+xml",
        ".wasm": "application/wasm",
        ".webmanifest": "application/manifest+json",
    }
    always: dict[str, str] = {}  # noqa: RUF012

    def end_headers(self) -> None:
        for name, value in self.always.items():
            self.send_header(name, value)
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def list_directory(self, path: object) -> None:
        self.send_error(404)

    def log_message(self, *args: object) -> None:
        """Requests are not logged."""


class Server(ThreadingHTTPServer):
    """One thread per request."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        # A visitor who closes the page while it loads is no error.
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


def make_server(site: Path, host: str = "127.0.0.1", port: int = 0) -> Server:
    """A server of an assembled page, not yet running; port 0 takes a free one.

    Raises:
        UserError: the port is taken or the host is not of this machine.
    """
    handler = type("SiteHandler", (Handler,), {"always": headers(site)})
    try:
        return Server((host, port), partial(handler, directory=str(site)))
    except (OSError, OverflowError) as error:
        raise UserError(f"{host}:{port}: cannot be served ({error}); choose another with --port") from error


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m web.serve", description=__doc__)
    parser.add_argument(
        "--out", type=Path, default=SITE, help="folder into which the page is put (default: %(default)s)"
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8502, help="default: %(default)s")
    parser.add_argument(
        "--address", default="", help="where the page will be on the web, so that links to it show a painting"
    )
    parser.add_argument("--only-assemble", action="store_true", help="put the page together and do not serve it")
    options = parser.parse_args(arguments)
    try:
        site = assemble(options.out, address=options.address)
        if options.only_assemble:
            print(f"{site}: the page, for any web server")
            return 0
        with make_server(site, options.host, options.port) as server:
            print(f"http://localhost:{server.server_port} shows {site}; end it with Ctrl-C", flush=True)
            server.serve_forever()
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
