"""The page's server sends what browsers want with each file."""

import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.web.conftest import served
from tf_cyclegan.errors import UserError
from web.assemble import HERE
from web.serve import main, make_server

PAGE = HERE / "page"


@pytest.fixture(scope="module")
def root():
    with served(PAGE) as address:
        yield address


@pytest.mark.parametrize(
    ("name", "kind"),
    [("", "text/html; charset=utf-8"), ("app.js", "text/javascript; charset=utf-8"), ("icon.svg", "image/svg+xml")],
)
def test_files_have_their_types_and_the_policy(root, name, kind):
    with urllib.request.urlopen(root + name) as answer:  # noqa: S310
        assert answer.headers["Content-Type"] == kind
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Cross-Origin-Embedder-Policy"] == "require-corp"


def test_webassembly_is_served_as_such(tmp_path):
    (tmp_path / "index.html").write_text((PAGE / "index.html").read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "a.wasm").write_bytes(b"\0asm")
    with served(tmp_path) as address, urllib.request.urlopen(f"{address}a.wasm") as answer:  # noqa: S310
        assert answer.headers["Content-Type"] == "application/wasm"


def test_folders_are_not_listed(tmp_path):
    (tmp_path / "index.html").write_text((PAGE / "index.html").read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "styles").mkdir()
    with served(tmp_path) as address, pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(f"{address}styles/")  # noqa: S310


def test_a_port_that_is_taken_is_one_line():
    with make_server(PAGE) as server, pytest.raises(UserError, match="choose another with --port"):
        make_server(PAGE, port=server.server_port)


def test_a_folder_of_something_else_is_one_line_on_standard_error(tmp_path: Path, capsys):
    (tmp_path / "thesis.txt").write_text("years of work", encoding="utf-8")
    assert main(["--out", str(tmp_path)]) == 2
    captured = capsys.readouterr()
    assert captured.err.count("\n") == 1
    assert captured.err.startswith("error: ")
