import gzip
import hashlib
import lzma
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tf_cyclegan.cli.main import main
from tf_cyclegan.disk.archive import pack
from tf_cyclegan.errors import UserError
from tf_cyclegan.stylize import fetch
from tf_cyclegan.stylize.fetch import open_style
from tf_cyclegan.stylize.style import MODEL, find_styles

ROCKET = Path(__file__).parents[2] / "docs" / "styles" / "photos" / "rocket.jpg"


@pytest.fixture(scope="module")
def style():
    """A real bundle."""
    return next(iter(find_styles().values()))


@pytest.fixture(scope="module", params=[".tar", ".tar.xz"])
def file(request, style, tmp_path_factory):
    return pack(style, tmp_path_factory.mktemp("release") / f"impression{request.param}")


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "cache" / "styles"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append(self.path)
        status, body, headers = self.server.answer
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def server(file):
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.asked, server.answer = [], (200, file.read_bytes(), {})
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        server.url = f"http://127.0.0.1:{server.server_port}/{file.name}"
        yield server
        server.shutdown()


def with_a_byte_changed(data):
    """The style file with another byte in a model, packed as it was."""
    if data.startswith(b"\xfd7zXZ"):
        return lzma.compress(with_a_byte_changed(lzma.decompress(data)))
    assert b"TFL3" in data
    return data.replace(b"TFL3", b"TFL4", 1)


def left_in(cache):
    return sorted(p.name for p in cache.rglob("*")) if cache.exists() else []


def test_names_and_folders_open_as_they_did(style, cache):
    assert open_style(style.name, cache).about == open_style(str(style), cache).about
    assert not cache.exists()


def test_a_file_opens_and_is_unpacked_once(file, style, cache):
    opened = open_style(str(file), cache)
    assert opened.about == open_style(str(style), cache).about
    assert opened.folder.parent == cache
    assert {p.name for p in opened.folder.iterdir()} == {p.name for p in style.iterdir()}
    before = (opened.folder / MODEL).stat().st_mtime_ns
    assert open_style(str(file), cache).folder == opened.folder
    assert (opened.folder / MODEL).stat().st_mtime_ns == before
    assert [p.name for p in cache.iterdir()] == [opened.folder.name]


def test_an_address_is_fetched_once(server, file, style, cache):
    printed = []
    opened = open_style(server.url, cache, printed.append)
    assert opened.about == open_style(str(style), cache).about
    assert open_style(server.url, cache, printed.append).folder == opened.folder
    assert server.asked == [f"/{file.name}"]
    assert printed == [f"fetching {server.url}"]
    assert [p.name for p in cache.iterdir()] == [opened.folder.name]


def test_an_address_may_carry_the_sum_of_its_file(server, file, cache):
    found = hashlib.sha256(file.read_bytes()).hexdigest()
    assert open_style(f"{server.url}#sha256={found.upper()}", cache).about["schema"] == 1
    with pytest.raises(UserError, match=rf"not the file that was meant \(its sha256 is {found}\)"):
        open_style(f"{server.url}#sha256={'0' * 64}", cache)
    assert server.asked == [f"/{file.name}"] * 2, "without what is behind the #"


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ((404, lambda data: b"", {}), "cannot be fetched .Not Found"),
        ((302, lambda data: b"", {"Location": "file:///etc/passwd"}), "cannot be fetched"),
        ((200, lambda data: data[:-5000], {"Content-Length": "10000000"}), "broke off after"),
        ((200, lambda data: data[:50_000], {}), "damaged|cut off"),
        ((200, lambda data: b"<html>no such page</html>", {}), "damaged, or no archive"),
        ((200, gzip.compress, {}), r"is a \.gz by its content"),
        ((200, with_a_byte_changed, {}), "sha256 differs"),
    ],
    ids=["404", "to a file", "broken off", "cut", "a page", "compressed", "a byte"],
)
def test_what_cannot_be_fetched_or_is_damaged_is_reported_and_not_kept(answer, message, server, cache):
    status, change, headers = answer
    server.answer = status, change(server.answer[1]), headers
    with pytest.raises(UserError, match=message) as caught:
        open_style(server.url, cache)
    assert "\n" not in str(caught.value)
    assert left_in(cache) == []


def test_a_server_that_is_not_there_is_reported(server, cache):
    with pytest.raises(UserError, match="cannot be fetched"):
        open_style("http://127.0.0.1:1/x.tar", cache)
    for address in ("http://", "http://[", "http://a b/x.tar"):
        with pytest.raises(UserError, match="cannot be fetched"):
            open_style(address, cache)


def test_what_never_ends_is_given_up(server, cache, monkeypatch):
    monkeypatch.setattr(fetch, "MAX_BYTES", 1000)
    with pytest.raises(UserError, match="larger than 1,000 bytes"):
        open_style(server.url, cache)
    assert left_in(cache) == []


@pytest.mark.parametrize("name", ["style.zip", "style.TAR.XZ", "style", "style.tar.gz"])
def test_a_style_file_is_known_by_its_content_and_a_mismatch_is_reported(name, file, style, cache, tmp_path):
    copy, printed = tmp_path / name, []
    copy.write_bytes(file.read_bytes())
    assert open_style(str(copy), cache, printed.append).about == open_style(str(style), cache).about
    fits = name.lower().endswith(file.name.removeprefix("impression"))
    assert printed == [f"unpacking {name}" + ("" if fits else f", which is a {file.name[10:]} by its content")]


def test_a_zip_is_refused_by_what_it_is(tmp_path, cache):
    with zipfile.ZipFile(tmp_path / "style.tar", "w") as archive:
        archive.writestr("style.json", "{}")
    with pytest.raises(UserError, match=r"style\.tar: is a \.zip by its content"):
        open_style(str(tmp_path / "style.tar"), cache)


def test_what_only_has_the_name_of_a_style_of_the_project_does_not_hide_it(style, cache, tmp_path, monkeypatch):
    """A folder of paintings or a file of that name; a folder with a style in it goes first, as the README says."""
    monkeypatch.setattr("tf_cyclegan.stylize.style.STYLE_FOLDERS", (style.parent,))
    monkeypatch.chdir(tmp_path)
    Path(style.name).write_text("a note")
    assert open_style(style.name, cache).about == open_style(str(style)).about
    Path(style.name).unlink()
    Path(style.name).mkdir()
    assert open_style(style.name, cache).about == open_style(str(style)).about
    Path(style.name, "style.json").write_text("{")
    with pytest.raises(UserError, match=r"style\.json: damaged"):
        open_style(style.name, cache)


def test_a_file_without_a_style_is_reported(tmp_path, cache):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "letter.txt").write_text("Dear")
    with pytest.raises(UserError, match=r"other\.tar: holds no style\.json"):
        open_style(str(pack(tmp_path / "folder", tmp_path / "other.tar")), cache)
    assert left_in(cache) == []
    with pytest.raises(UserError, match="no such style"):
        open_style(str(tmp_path / "none.tar"), cache)


def test_a_cache_that_was_damaged_says_what_to_delete(file, cache):
    opened = open_style(str(file), cache)
    (opened.folder / MODEL).write_bytes(b"")
    with pytest.raises(UserError, match=rf"sha256 differs.*delete {opened.folder}, so that it is unpacked anew"):
        open_style(str(file), cache)


def test_a_cache_that_cannot_be_written_is_reported(file, tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(UserError, match="cannot be written"):
        open_style(str(file), tmp_path / "file" / "styles")


def test_the_command_line_paints_with_a_file_and_an_address(server, file, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))
    for i, place in enumerate((str(file), server.url)):
        out = tmp_path / f"{i}.png"
        assert main(["stylize", str(ROCKET), "--style", place, "--out", str(out), "--max-side", "64"]) == 0
        assert out.is_file()
    assert f"fetching {server.url}" in capsys.readouterr().err
    assert (tmp_path / "0.png").read_bytes() == (tmp_path / "1.png").read_bytes()
