"""Data sets of Kaggle, from a server on the loopback address that answers as Kaggle's do."""

import base64
import contextlib
import hashlib
import io
import json
import os
import re
import shutil
import sys
import threading
import types
import zipfile
from collections import namedtuple
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tf_cyclegan.errors import UserError
from tf_cyclegan.prepare.gather import kaggle as kaggle_module
from tf_cyclegan.prepare.gather.kaggle import check_dataset, download_dataset, name_of

TOKEN = "KGAT_0123456789abcdef"  # noqa: S105
# The package writes whole mebibytes; what came of one that is not complete is asked for again.
MIB = 1 << 20
BASIC = "Basic " + base64.b64encode(b"someone:0123").decode()
SERVICE = "/v1/datasets.DatasetApiService/"
VARIABLES = ("KAGGLE_API_TOKEN", "KAGGLE_USERNAME", "KAGGLE_KEY")


def make_zip(table=b"artist,period\n") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        made.writestr("info_dataset.csv", table)
        made.writestr("artwork/noise.bin", bytes(range(256)) * (5 * MIB // 256))
    return file.getvalue()


class Kaggle(ThreadingHTTPServer):
    """As much of Kaggle's servers as a download needs: facts, credentials, a storage that knows ranges and MD5."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.content = make_zip()
        self.version = 3
        self.private = False
        self.break_after: list[int] = []
        self.asked: list[tuple[str, str | None]] = []
        self.status = 200
        self.md5: str | None = None

    def handle_error(self, request, client_address):
        """A client that hangs up is part of the tests."""


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        server = self.server
        server.asked.append((self.path, None))
        identified = self.headers.get("Authorization")
        if server.private and identified not in (f"Bearer {TOKEN}", BASIC):
            return self.answer_json(401 if identified else 403, {"code": 403, "message": "Permission denied"})
        if server.status != 200:
            return self.answer_json(server.status, {"code": server.status, "message": "Permission denied"})
        if (body.get("ownerSlug"), body.get("datasetSlug")) != ("ansonnnnn", "historic-art"):
            return self.answer_json(404, {"code": 404, "message": "Dataset not found"})
        if self.path == SERVICE + "GetDataset":
            return self.answer_json(200, {"currentVersionNumber": server.version, "totalBytes": len(server.content)})
        assert self.path == SERVICE + "DownloadDataset"
        self.send_response(302)
        version = body["datasetVersionNumber"]
        self.send_header("Location", f"http://127.0.0.1:{server.server_port}/storage/{version}.zip?signature=x")
        self.end_headers()
        return None

    def do_GET(self):
        server, content, begin = self.server, self.server.content, 0
        wanted = self.headers.get("Range")
        server.asked.append((self.path, wanted))
        if wanted:
            begin = int(re.fullmatch(r"bytes=(\d+)-", wanted)[1])
        self.send_response(206 if begin else 200)
        if begin:
            self.send_header("Content-Range", f"bytes {begin}-{len(content) - 1}/{len(content)}")
        self.send_header("Content-Length", str(len(content) - begin))
        self.send_header("Accept-Ranges", "bytes")
        digest = base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()
        self.send_header("x-goog-hash", f"md5={server.md5 or digest}")
        self.end_headers()
        end = server.break_after.pop(0) if server.break_after and (begin or not wanted) else len(content)
        with contextlib.suppress(OSError):  # The client looks at the headers alone and hangs up where it continues.
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
    """A home without credentials, and nothing attached."""
    config = pytest.importorskip("kagglehub").config
    # It looks for Keras in the call stack, which takes a second where TensorFlow is loaded.
    monkeypatch.setattr("kagglehub.clients.get_user_agent", lambda: "kagglehub")
    home = tmp_path / "home"
    (home / ".kaggle").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    for name in [name for name in os.environ if name.startswith("KAGGLE")]:
        monkeypatch.delenv(name)
    monkeypatch.setattr(config, "DEFAULT_KAGGLE_CREDENTIALS_FOLDER", str(home / ".kaggle"))
    monkeypatch.setattr(kaggle_module, "ATTACHED", tmp_path / "input")
    return home


@pytest.fixture
def kaggle(home, monkeypatch):
    """A server on the loopback address in the place of Kaggle's, which the package cannot be told by other means."""
    from kagglesdk.kaggle_env import KaggleEnv, _env_to_endpoint

    with Kaggle() as server:
        monkeypatch.setitem(_env_to_endpoint, KaggleEnv.PROD, f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


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


def continued(kaggle):
    return [wanted for path, wanted in kaggle.asked if path.startswith("/storage") and wanted]


def is_whole(folder):
    return (folder / "info_dataset.csv").read_text() and (folder / "artwork" / "noise.bin").stat().st_size == 5 * MIB


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
    from kagglehub import config

    colab = types.ModuleType("google.colab")
    colab.userdata = types.SimpleNamespace(get={"KAGGLE_API_TOKEN": TOKEN}.__getitem__)
    monkeypatch.setitem(sys.modules, "google.colab", colab)
    monkeypatch.setattr(config, "is_in_colab_notebook", lambda: True)


def test_a_public_data_set_needs_no_credentials(kaggle, tmp_path, capsys):
    before = dict(os.environ)
    path = download_dataset("ansonnnnn/historic-art", tmp_path / "cache")
    assert path == tmp_path / "cache/kagglehub/datasets/ansonnnnn/historic-art/versions/3"
    assert is_whole(path)
    assert not list((tmp_path / "cache").rglob("*.archive"))
    assert dict(os.environ) == before
    assert capsys.readouterr().out == ""


def test_without_a_folder_of_ours_it_lies_where_kagglehub_keeps_its_downloads(kaggle, tmp_path, monkeypatch):
    assert download_dataset("ansonnnnn/historic-art").is_relative_to(tmp_path / "home/.cache/kagglehub/datasets")
    monkeypatch.setenv("KAGGLEHUB_CACHE", str(tmp_path / "elsewhere"))
    assert download_dataset("ansonnnnn/historic-art").is_relative_to(tmp_path / "elsewhere")
    assert os.environ["KAGGLEHUB_CACHE"] == str(tmp_path / "elsewhere")


@pytest.mark.parametrize("log_in", [by_variable, by_token_file, by_key_file, by_key_variables, by_colab_secret])
def test_every_form_of_credentials_opens_what_is_not_for_everyone(kaggle, home, monkeypatch, tmp_path, log_in):
    kaggle.private = True
    with pytest.raises(UserError, match=r"does not give ansonnnnn/historic-art to everyone; look at .* create a token"):
        check_dataset("ansonnnnn/historic-art", tmp_path / "cache")
    log_in(home, monkeypatch)
    check_dataset("ansonnnnn/historic-art", tmp_path / "cache")
    assert is_whole(download_dataset("ansonnnnn/historic-art", tmp_path / "cache"))


def test_credentials_that_are_no_longer_valid_are_reported(kaggle, monkeypatch, tmp_path):
    kaggle.private = True
    monkeypatch.setenv("KAGGLE_API_TOKEN", "expired")
    with pytest.raises(UserError, match="without valid credentials; create a token"):
        download_dataset("ansonnnnn/historic-art", tmp_path)


def test_what_was_downloaded_needs_neither_network_nor_credentials(kaggle, tmp_path):
    path = download_dataset("ansonnnnn/historic-art", tmp_path)
    kaggle.asked.clear()
    kaggle.version = 4
    assert download_dataset("https://www.kaggle.com/datasets/ansonnnnn/historic-art", tmp_path) == path
    assert download_dataset("ansonnnnn/historic-art/3", tmp_path) == path
    check_dataset("ansonnnnn/historic-art", tmp_path)
    assert kaggle.asked == []


def test_another_version_is_downloaded_next_to_it(kaggle, tmp_path):
    paths = [download_dataset(f"ansonnnnn/historic-art/versions/{version}", tmp_path) for version in (9, 10)]
    assert [path.name for path in paths] == ["9", "10"]
    assert download_dataset("ansonnnnn/historic-art", tmp_path) == paths[1]


@pytest.mark.parametrize("place", ["datasets/ansonnnnn/historic-art", "historic-art"])
def test_what_is_attached_to_a_notebook_is_used_where_it_is(kaggle, tmp_path, place):
    """Both places that Kaggle has had for it, without a connection."""
    (tmp_path / "input" / place).mkdir(parents=True)
    check_dataset("ansonnnnn/historic-art")
    assert download_dataset("ansonnnnn/historic-art") == tmp_path / "input" / place
    assert kaggle.asked == []
    assert not (tmp_path / "home" / ".cache").exists()


def test_a_connection_that_breaks_goes_on_where_it_broke(kaggle, tmp_path):
    kaggle.break_after = [MIB + 100_000, 10 * MIB, 3 * MIB + 100_000]
    assert is_whole(download_dataset("ansonnnnn/historic-art", tmp_path))
    assert continued(kaggle) == [f"bytes={MIB}-", f"bytes={3 * MIB}-"]


def test_the_same_call_goes_on_after_a_download_that_broke_for_good(kaggle, tmp_path, capsys):
    kaggle.break_after = [MIB + 100_000, 10 * MIB, MIB + 100_000]
    with pytest.raises(UserError, match=r"Kaggle cannot be reached \(.*\); run the same again to continue \(in a note"):
        download_dataset("ansonnnnn/historic-art", tmp_path)
    kaggle.asked.clear()
    kaggle.break_after = []
    assert is_whole(download_dataset("ansonnnnn/historic-art", tmp_path))
    assert continued(kaggle) == [f"bytes={MIB}-"]
    assert capsys.readouterr().out == ""


def test_an_archive_that_was_damaged_on_its_way_is_not_used(kaggle, tmp_path):
    kaggle.md5 = base64.b64encode(bytes(16)).decode()
    with pytest.raises(UserError, match="ansonnnnn/historic-art was damaged on its way; run the same again"):
        download_dataset("ansonnnnn/historic-art", tmp_path)
    kaggle.md5 = None
    assert is_whole(download_dataset("ansonnnnn/historic-art", tmp_path))


def test_an_answer_that_is_no_archive_is_reported(kaggle, tmp_path):
    kaggle.content = b"<html>maintenance</html>" * 100
    with pytest.raises(UserError, match=r"Unsupported archive type\.; remove .*ansonnnnn/historic-art and run"):
        download_dataset("ansonnnnn/historic-art", tmp_path)


def test_a_data_set_that_is_not_there_is_reported(kaggle, tmp_path):
    for ask in (check_dataset, download_dataset):
        with pytest.raises(UserError, match="Kaggle has no data set someone/nothing; expected OWNER/NAME"):
            ask("someone/nothing", tmp_path)
    assert not list(tmp_path.rglob("kagglehub/*"))


def test_a_server_that_is_ill_is_reported(kaggle, tmp_path):
    kaggle.status = 500
    with pytest.raises(UserError, match=r"Kaggle: ansonnnnn/historic-art: .*; try again later"):
        download_dataset("ansonnnnn/historic-art", tmp_path)


@pytest.mark.parametrize("ask", [check_dataset, download_dataset])
def test_no_connection_is_reported(kaggle, monkeypatch, tmp_path, ask):
    from kagglesdk.kaggle_env import KaggleEnv, _env_to_endpoint

    monkeypatch.setitem(_env_to_endpoint, KaggleEnv.PROD, "http://127.0.0.1:1")
    with pytest.raises(UserError, match=r"Kaggle cannot be reached \(\[Errno 111\] Connection refused\)"):
        ask("ansonnnnn/historic-art", tmp_path)


def test_too_little_room_is_reported_before_anything_is_downloaded(kaggle, monkeypatch, tmp_path):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: namedtuple("Usage", "free")(8_000_000))
    with pytest.raises(UserError, match=r"has 0\.0 GB, for which 0\.0 GB are needed .* has 0\.0 GB left; make room"):
        check_dataset("ansonnnnn/historic-art", tmp_path / "not" / "yet")
    assert [path for path, _ in kaggle.asked] == [SERVICE + "GetDataset"]


@pytest.mark.parametrize("behind", ["", "/", "/data", "?resource=download&select=a.csv", "/code?sort=hot", "#about"])
@pytest.mark.parametrize("before", ["", "https://www.kaggle.com/datasets/", "http://kaggle.com/datasets/"])
@pytest.mark.parametrize("version", ["", "/3", "/versions/3"])
def test_an_address_is_taken_as_the_browser_shows_it(before, version, behind):
    assert name_of(f" {before}ansonnnnn/historic-art{version}{behind}\n") == "ansonnnnn/historic-art"


@pytest.mark.parametrize(
    "name",
    [
        "https://www.kaggle.com/code/someone/notebook",
        "kaggle.com/competitions/gan",
        "historic-art",
        "",
        "a/b/c",
        "../../etc/passwd",
        "a/../b",
        "https://example.org/a/b",
    ],
)
def test_what_is_no_name_of_a_data_set_is_reported(tmp_path, name):
    with pytest.raises(UserError, match="no data set of Kaggle; expected OWNER/NAME"):
        download_dataset(name, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_cache_that_cannot_be_written_is_reported(kaggle, tmp_path):
    (tmp_path / "cache").write_text("a file")
    with pytest.raises(UserError, match="cannot be used"):
        download_dataset("ansonnnnn/historic-art", tmp_path / "cache")


def test_a_full_disk_is_reported_and_the_download_goes_on_when_there_is_room(kaggle, tmp_path):
    with room_for_files_of(2 * MIB), pytest.raises(UserError, match=r"cannot be used \(File too large\)"):
        download_dataset("ansonnnnn/historic-art", tmp_path)
    kaggle.asked.clear()
    assert is_whole(download_dataset("ansonnnnn/historic-art", tmp_path))
    assert continued(kaggle) == [f"bytes={2 * MIB}-"]


def test_a_missing_package_is_reported(home, monkeypatch, tmp_path):
    for name in [name for name in sys.modules if name.split(".")[0] == "kagglehub"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "kagglehub", None)
    with pytest.raises(UserError, match=r'needs more packages .*pip install "tf-cyclegan\[train\]"'):
        download_dataset("ansonnnnn/historic-art", tmp_path)
