import base64
import contextlib
import io
import json
import os
import re
import sys
import threading
import time
import types
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tf_cyclegan.errors import UserError
from tf_cyclegan.prepare.gather.kaggle import VARIABLES, download_dataset

TOKEN = "KGAT_0123456789abcdef"  # noqa: S105
# The package writes whole mebibytes; what came of one that is not complete is asked for again.
MIB = 1 << 20
BASIC = "Basic " + base64.b64encode(b"someone:0123").decode()


def make_zip() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        made.writestr("info_dataset.csv", "artist,period\n")
        made.writestr("noise.bin", bytes(range(256)) * (5 * MIB // 256))
    return file.getvalue()


class Kaggle(ThreadingHTTPServer):
    """As much of Kaggle's servers as a download needs: token check, redirect to a storage that knows ranges."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.content = make_zip()
        self.etag = '"first"'
        self.break_after: list[int] = []
        self.asked: list[tuple[str, str | None]] = []
        self.status = 200

    def handle_error(self, request, client_address):
        """A client that hangs up is part of the tests."""


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append((self.path, None))
        if self.path == "/v1/security.OAuthService/IntrospectToken":
            good = body["token"] == TOKEN
            return self.answer_json(200, {"active": good, "username": "someone" if good else ""})
        if self.path != "/v1/datasets.DatasetApiService/DownloadDataset":
            return self.answer_json(404, {"code": 404, "message": "Not found"})
        if self.headers.get("Authorization") not in (f"Bearer {TOKEN}", BASIC):
            return self.answer_json(401, {"code": 401, "message": "Unauthenticated"})
        if (body.get("ownerSlug"), body.get("datasetSlug")) != ("ansonnnnn", "historic-art"):
            return self.answer_json(404, {"code": 404, "message": "Dataset not found"})
        if self.server.status != 200:
            return self.answer_json(self.server.status, {"code": self.server.status, "message": "Permission denied"})
        self.send_response(302)
        self.send_header("Location", f"http://127.0.0.1:{self.server.server_port}/storage/historic-art.zip?signature=x")
        self.end_headers()
        return None

    def do_GET(self):
        server, content, begin = self.server, self.server.content, 0
        wanted = self.headers.get("Range")
        server.asked.append((self.path, wanted))
        if wanted and self.headers.get("If-Range") in (None, server.etag):
            begin = int(re.fullmatch(r"bytes=(\d+)-", wanted)[1])
        self.send_response(206 if begin else 200)
        if begin:
            self.send_header("Content-Range", f"bytes {begin}-{len(content) - 1}/{len(content)}")
        self.send_header("Content-Length", str(len(content) - begin))
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("ETag", server.etag)
        self.send_header("Last-Modified", "Mon, 01 Jan 2024 00:00:00 GMT")
        self.end_headers()
        end = server.break_after.pop(0) if server.break_after else len(content)
        self.wfile.write(content[begin:end])

    def answer_json(self, status, value):
        data = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home without credentials, and the `kaggle` package looking for them there."""
    pytest.importorskip("kagglesdk")
    home = tmp_path / "home"
    (home / ".kaggle").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    for name in [name for name in os.environ if name.startswith("KAGGLE_")]:
        monkeypatch.delenv(name)
    with contextlib.redirect_stdout(io.StringIO()):
        from kaggle.api.kaggle_api_extended import KaggleApi
    monkeypatch.setattr(KaggleApi, "config", str(home / ".kaggle" / "kaggle.json"))
    monkeypatch.setattr(KaggleApi, "config_values", {})
    return home


@pytest.fixture
def kaggle(home, monkeypatch):
    """A server on the loopback address in the place of Kaggle's, which the package cannot be told by other means."""
    from kagglesdk.kaggle_env import KaggleEnv, _env_to_endpoint

    unhurried = types.SimpleNamespace(**{**vars(time), "sleep": lambda seconds: None})
    monkeypatch.setattr(sys.modules["kaggle.api.kaggle_api_extended"], "time", unhurried)
    with Kaggle() as server:
        monkeypatch.setitem(_env_to_endpoint, KaggleEnv.PROD, f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def token(home, monkeypatch):
    monkeypatch.setenv("KAGGLE_API_TOKEN", TOKEN)


@contextlib.contextmanager
def room_for_files_of(size):
    """As with a full disk, the system refuses to write on."""
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def ranges(kaggle):
    return [wanted for path, wanted in kaggle.asked if path.startswith("/storage")]


def files(cache):
    return sorted(p.relative_to(cache).as_posix() for p in cache.rglob("*") if p.is_file())


def by_variable(home, monkeypatch):
    monkeypatch.setenv("KAGGLE_API_TOKEN", TOKEN)


def by_token_file(home, monkeypatch):
    (home / ".kaggle" / "access_token").write_text(TOKEN + "\n")


def by_key_file(home, monkeypatch):
    (home / ".kaggle" / "kaggle.json").write_text('{"username": "someone", "key": "0123"}')
    (home / ".kaggle" / "kaggle.json").chmod(0o600)


def by_key_variables(home, monkeypatch):
    monkeypatch.setenv("KAGGLE_USERNAME", "someone")
    monkeypatch.setenv("KAGGLE_KEY", "0123")


def by_colab_secret(home, monkeypatch):
    pretend_colab(monkeypatch, {"KAGGLE_API_TOKEN": TOKEN})


def by_colab_key(home, monkeypatch):
    pretend_colab(monkeypatch, {"KAGGLE_USERNAME": "someone", "KAGGLE_KEY": "0123"})


def pretend_colab(monkeypatch, secrets):
    """`google.colab` as far as secrets go: one that is missing raises, and so does one without access."""
    colab, errors, userdata = (types.ModuleType(f"google.colab{x}") for x in ("", ".errors", ".userdata"))
    errors.Error = type("Error", (Exception,), {})
    userdata.NotebookAccessError = type("NotebookAccessError", (Exception,), {})

    def get(key):
        if key not in secrets:
            raise errors.Error(f"Secret {key} does not exist.")
        if secrets[key] is None:
            raise userdata.NotebookAccessError(key)
        return secrets[key]

    userdata.get = get
    colab.errors, colab.userdata = errors, userdata
    for module in (colab, errors, userdata):
        monkeypatch.setitem(sys.modules, module.__name__, module)


@pytest.mark.parametrize(
    "log_in", [by_variable, by_token_file, by_key_file, by_key_variables, by_colab_secret, by_colab_key]
)
def test_every_form_of_credentials_downloads(kaggle, home, monkeypatch, tmp_path, log_in):
    log_in(home, monkeypatch)
    before = dict(os.environ)
    path = download_dataset("ansonnnnn/historic-art", tmp_path / "cache")
    assert path == tmp_path / "cache" / "kaggle" / "ansonnnnn" / "historic-art.zip"
    assert path.read_bytes() == kaggle.content
    assert files(tmp_path / "cache") == ["kaggle/ansonnnnn/historic-art.zip"]
    assert dict(os.environ) == before


def test_what_is_in_the_cache_needs_neither_network_nor_credentials(kaggle, token, monkeypatch, tmp_path):
    path = download_dataset("ansonnnnn/historic-art", tmp_path)
    kaggle.asked.clear()
    monkeypatch.delenv("KAGGLE_API_TOKEN")
    assert download_dataset("https://www.kaggle.com/datasets/ansonnnnn/historic-art", tmp_path) == path
    assert kaggle.asked == []


def test_a_connection_that_breaks_goes_on_where_it_broke(kaggle, token, tmp_path):
    kaggle.break_after = [MIB + 100_000, 3 * MIB + 100_000]
    path = download_dataset("ansonnnnn/historic-art", tmp_path)
    assert path.read_bytes() == kaggle.content
    assert ranges(kaggle) == [None, f"bytes={MIB}-", f"bytes={3 * MIB}-"]


def test_the_same_call_goes_on_after_a_broken_download(kaggle, token, tmp_path, capsys):
    kaggle.break_after = [MIB + 100_000] + [2 * MIB + 1] * 6
    with pytest.raises(UserError, match=r"Kaggle cannot be reached \(IncompleteRead.*; run the same command again"):
        download_dataset("ansonnnnn/historic-art", tmp_path)
    assert "kaggle/ansonnnnn/historic-art.zip" not in files(tmp_path)
    kaggle.asked.clear()
    kaggle.break_after = []
    assert download_dataset("ansonnnnn/historic-art", tmp_path).read_bytes() == kaggle.content
    assert ranges(kaggle) == [None, f"bytes={2 * MIB}-"]
    assert files(tmp_path) == ["kaggle/ansonnnnn/historic-art.zip"]
    assert capsys.readouterr().out == ""


def test_a_data_set_that_changed_meanwhile_is_downloaded_anew(kaggle, token, tmp_path):
    kaggle.break_after = [2 * MIB] * 7
    with pytest.raises(UserError):
        download_dataset("ansonnnnn/historic-art", tmp_path)
    kaggle.break_after, kaggle.etag = [], '"second"'
    kaggle.content = make_zip().replace(b"artist", b"ARTIST")
    assert download_dataset("ansonnnnn/historic-art", tmp_path).read_bytes() == kaggle.content


@pytest.mark.parametrize("credentials", [{}, {"KAGGLE_API_TOKEN": "expired"}, {"KAGGLE_USERNAME": "someone"}])
def test_without_valid_credentials_one_line_says_how_to_get_them(kaggle, monkeypatch, tmp_path, capsys, credentials):
    for name, value in credentials.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(UserError, match=r"no valid credentials; create a token at https://www\.kaggle\.com/settings"):
        download_dataset("ansonnnnn/historic-art", tmp_path)
    assert capsys.readouterr() == ("", "")
    assert not (tmp_path / "kaggle").exists()


def test_secrets_without_access_are_no_credentials(kaggle, monkeypatch, tmp_path):
    pretend_colab(monkeypatch, dict.fromkeys(VARIABLES))
    with pytest.raises(UserError, match="no valid credentials"):
        download_dataset("ansonnnnn/historic-art", tmp_path)


def test_a_wrong_key_is_reported(kaggle, monkeypatch, tmp_path):
    by_key_variables(None, monkeypatch)
    monkeypatch.setenv("KAGGLE_KEY", "wrong")
    with pytest.raises(UserError, match="Kaggle refuses the credentials; create a token"):
        download_dataset("ansonnnnn/historic-art", tmp_path)


def test_a_data_set_that_is_not_there_is_reported(kaggle, token, tmp_path):
    with pytest.raises(UserError, match="Kaggle has no data set someone/nothing; expected OWNER/NAME"):
        download_dataset("someone/nothing", tmp_path)


def test_a_data_set_that_is_not_for_everyone_is_reported(kaggle, token, tmp_path):
    kaggle.status = 403
    with pytest.raises(UserError, match=r"does not give ansonnnnn/historic-art .*\(Permission denied\); look at https"):
        download_dataset("ansonnnnn/historic-art", tmp_path)


def test_a_server_that_is_ill_is_reported(kaggle, token, tmp_path):
    kaggle.status = 500
    with pytest.raises(UserError, match="Permission denied; try again later"):
        download_dataset("ansonnnnn/historic-art", tmp_path)


def test_no_connection_is_reported(kaggle, token, monkeypatch, tmp_path):
    from kagglesdk.kaggle_env import KaggleEnv, _env_to_endpoint

    monkeypatch.setitem(_env_to_endpoint, KaggleEnv.PROD, "http://127.0.0.1:1")
    with pytest.raises(UserError, match=r"Kaggle cannot be reached \(\[Errno 111\] Connection refused\)"):
        download_dataset("ansonnnnn/historic-art", tmp_path)


@pytest.mark.parametrize("behind", ["", "/", "/data", "?resource=download&select=a.csv", "/code?sort=hot", "#about"])
@pytest.mark.parametrize("before", ["", "https://www.kaggle.com/datasets/", "http://kaggle.com/datasets/"])
@pytest.mark.parametrize("version", ["", "/3", "/versions/3"])
def test_an_address_is_taken_as_the_browser_shows_it(before, version, behind, tmp_path):
    """What it names lies in the cache, so no server is asked."""
    folder = tmp_path / "kaggle" / "ansonnnnn"
    folder.mkdir(parents=True)
    cached = folder / f"historic-art{'-3' if version else ''}.zip"
    with zipfile.ZipFile(cached, "w"):
        pass
    assert download_dataset(f" {before}ansonnnnn/historic-art{version}{behind}\n", tmp_path) == cached


@pytest.mark.parametrize("name", ["https://www.kaggle.com/code/someone/notebook", "kaggle.com/competitions/gan"])
def test_an_address_of_something_else_at_kaggle_is_reported(name, tmp_path):
    with pytest.raises(UserError, match="no data set of Kaggle; expected OWNER/NAME"):
        download_dataset(name, tmp_path)


@pytest.mark.parametrize("name", ["historic-art", "", "a/b/c", "../../etc/passwd", "a/../b", "https://example.org/a/b"])
def test_what_is_no_name_of_a_data_set_is_reported(tmp_path, name):
    with pytest.raises(UserError, match="no data set of Kaggle; expected OWNER/NAME"):
        download_dataset(name, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_an_answer_that_is_no_zip_is_reported(kaggle, token, tmp_path):
    kaggle.content = b"<html>maintenance</html>" * 100
    with pytest.raises(UserError, match="no whole zip"):
        download_dataset("ansonnnnn/historic-art", tmp_path)
    assert not (tmp_path / "kaggle" / "ansonnnnn" / "historic-art.zip").exists()
    kaggle.content, kaggle.etag = make_zip(), '"second"'
    assert download_dataset("ansonnnnn/historic-art", tmp_path).read_bytes() == kaggle.content


def test_a_damaged_zip_in_the_cache_is_reported(tmp_path):
    path = tmp_path / "kaggle" / "ansonnnnn" / "historic-art.zip"
    path.parent.mkdir(parents=True)
    path.write_bytes(make_zip()[:1000])
    with pytest.raises(UserError, match=r"historic-art\.zip: no whole zip .*; remove it and run"):
        download_dataset("ansonnnnn/historic-art", tmp_path)


def test_a_cache_that_cannot_be_written_is_reported(kaggle, token, tmp_path):
    (tmp_path / "cache").write_text("a file")
    with pytest.raises(UserError, match="cannot be written"):
        download_dataset("ansonnnnn/historic-art", tmp_path / "cache")


def test_a_full_disk_is_reported_and_the_download_goes_on_when_there_is_room(kaggle, token, tmp_path):
    with room_for_files_of(2 * MIB), pytest.raises(UserError, match=r"ansonnnnn: cannot be written \(File too large\)"):
        download_dataset("ansonnnnn/historic-art", tmp_path)
    assert not (tmp_path / "kaggle" / "ansonnnnn" / "historic-art.zip").exists()
    kaggle.asked.clear()
    assert download_dataset("ansonnnnn/historic-art", tmp_path).read_bytes() == kaggle.content
    assert ranges(kaggle) == [None, f"bytes={2 * MIB}-"]


def test_a_missing_package_is_reported(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "kaggle.api.kaggle_api_extended", None)
    with pytest.raises(UserError, match=r'needs more packages .*pip install "\.\[train\]"'):
        download_dataset("ansonnnnn/historic-art", tmp_path)


def test_a_package_that_ends_the_process_while_it_is_imported_does_not_end_ours(monkeypatch, tmp_path, capsys):
    (tmp_path / "old" / "kaggle").mkdir(parents=True)
    (tmp_path / "old" / "kaggle" / "__init__.py").write_text("print('Could not find kaggle.json')\nexit(1)\n")
    for name in [name for name in sys.modules if name.split(".")[0] == "kaggle"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.syspath_prepend(tmp_path / "old")
    with pytest.raises(UserError, match="no valid credentials; create a token"):
        download_dataset("ansonnnnn/historic-art", tmp_path / "cache")
    assert capsys.readouterr() == ("", "")
