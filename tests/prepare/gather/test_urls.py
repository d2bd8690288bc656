import io
import time
import tomllib
from pathlib import Path

import pytest

from tests.conftest import png_that_claims
from tests.prepare.picture_server import answer_with, jpeg
from tf_cyclegan.errors import UserError
from tf_cyclegan.prepare.gather.urls import Manners, fetch_works, user_agent
from tf_cyclegan.prepare.gather.work import Work

QUICK = Manners(at_once=2, per_second=1000, tries=3, pause=0.01, longest_pause=5, silence=0.3, deadline=2)


def break_off(handler):
    """Announces the whole picture and sends half of it."""
    body = jpeg()
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body[: len(body) // 2])


def endless(handler):
    handler.send_response(200)
    handler.end_headers()
    while True:
        handler.wfile.write(bytes(65_536))


def drip(handler):
    handler.send_response(200)
    handler.end_headers()
    while True:
        handler.wfile.write(bytes(4096))
        time.sleep(0.05)


def silent(handler):
    time.sleep(0.6)


def read(work):
    with work.open() as file:
        return file.read()


def fetch_one(server, tmp_path, *answers, manners=QUICK):
    server.answers["/1.jpg"] = list(answers)
    found, failed = fetch_works([server.work("/1.jpg")], tmp_path / "cache", manners=manners)
    assert len(found) + len(failed) == 1
    assert found or not list((tmp_path / "cache").glob("*"))
    return failed[0].removeprefix(f"art/1.jpg ({server.url('/1.jpg')}): ") if failed else read(found[0])


def test_pictures_are_fetched_in_the_order_of_the_works(server, tmp_path):
    works = [server.work(f"/{i}.jpg") for i in range(6)]
    server.answers = {f"/{i}.jpg": [jpeg(i)] for i in range(6)}
    found, failed = fetch_works(works, tmp_path / "cache", manners=QUICK)
    assert failed == []
    assert [(w.name, w.url) for w in found] == [(w.name, w.url) for w in works]
    assert [read(w) for w in found] == [jpeg(i) for i in range(6)]


def test_what_was_fetched_is_not_asked_for_again(server, tmp_path):
    works = [server.work(f"/{i}.jpg") for i in range(3)]
    fetch_works(works[:2], tmp_path, manners=QUICK)
    found, _ = fetch_works(works, tmp_path, manners=QUICK)
    assert len(found) == 3
    assert sorted(path for path, _, _ in server.asked) == ["/0.jpg", "/1.jpg", "/2.jpg"]


def test_two_works_with_one_address_are_asked_for_once(server, tmp_path):
    found, _ = fetch_works([server.work("/0.jpg")] * 2, tmp_path, manners=QUICK)
    assert len(found) == 2
    assert len(server.asked) == 1


def test_a_failed_work_is_named_and_left_out(server, tmp_path):
    server.answers["/1.jpg"] = [answer_with(status=404)]
    found, failed = fetch_works([server.work(f"/{i}.jpg") for i in range(3)], tmp_path, manners=QUICK)
    assert [w.name for w in found] == ["0.jpg", "2.jpg"]
    assert failed == [f"art/1.jpg ({server.url('/1.jpg')}): the server answers 404 Not Found"]
    assert len(server.times("/1.jpg")) == 1


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_server_that_is_busy_is_asked_again(server, tmp_path, status):
    assert fetch_one(server, tmp_path, answer_with(status=status), jpeg()) == jpeg()


def test_a_connection_that_breaks_off_is_tried_again(server, tmp_path):
    assert fetch_one(server, tmp_path, break_off, jpeg()) == jpeg()


def test_the_pause_doubles_and_the_tries_end(server, tmp_path):
    manners = Manners(per_second=1000, tries=3, pause=0.1)
    assert fetch_one(server, tmp_path, answer_with(status=503), manners=manners).startswith("the server answers 503")
    first, second, third = server.times("/1.jpg")
    assert second - first >= 0.1
    assert third - second >= 0.2


def test_the_server_says_how_long_to_wait_and_everyone_does(server, tmp_path):
    server.answers["/0.jpg"] = [answer_with(status=429, Retry_After="1"), jpeg()]
    works = [server.work(f"/{i}.jpg") for i in range(6)]
    assert len(fetch_works(works, tmp_path, manners=Manners(at_once=2, per_second=20)).works) == 6
    refused = server.times("/0.jpg")[0]
    # One other may have had its turn before the answer came.
    assert sum(moment - refused >= 0.9 for _, moment, _ in server.asked) >= 5


def test_failures_between_successes_are_no_reason_to_give_up(server, tmp_path):
    works = [server.work(f"/{i}.jpg") for i in range(10)]
    server.answers = {f"/{i}.jpg": [answer_with(status=500)] for i in range(10) if i != 4}
    manners = Manners(at_once=1, per_second=1000, tries=1)
    assert len(fetch_works(works, tmp_path, manners=manners).failed) == 9
    assert len(server.asked) == 10


def test_a_server_that_asks_for_an_hour_is_not_asked_again_for_anything(server, tmp_path):
    server.answers["/0.jpg"] = [answer_with(status=503, Retry_After="3600")]
    manners = Manners(at_once=1, per_second=1000, pause=0.01)
    found, failed = fetch_works([server.work(f"/{i}.jpg") for i in range(4)], tmp_path, manners=manners)
    assert found == []
    assert [line.partition(": ")[2] for line in failed] == [
        "the server answers 503 Service Unavailable, and asks to wait 3600 s"
    ] * 4
    assert len(server.asked) == 1


def test_a_senseless_retry_after_is_no_reason_to_fail(server, tmp_path):
    assert fetch_one(server, tmp_path, answer_with(status=503, Retry_After="soon"), jpeg()) == jpeg()


def test_a_server_that_never_answers_well_is_given_up(server, tmp_path):
    works = [server.work(f"/{i}.jpg") for i in range(9)]
    server.answers = {f"/{i}.jpg": [answer_with(status=500)] for i in range(9)}
    manners = Manners(at_once=1, per_second=1000, tries=2, pause=0.01)
    failed = fetch_works(works, tmp_path, manners=manners).failed
    assert len(failed) == 9
    assert len(server.asked) == 10
    assert "not asked for, after 5 failures in a row (the server answers 500" in failed[-1]


def test_requests_begin_no_faster_than_allowed(server, tmp_path):
    fetch_works([server.work(f"/{i}.jpg") for i in range(8)], tmp_path, manners=Manners(per_second=20))
    moments = sorted(moment for _, moment, _ in server.asked)
    assert moments[-1] - moments[0] >= 7 / 20 - 0.05


def test_few_pictures_are_on_their_way_at_a_time(server, tmp_path):
    server.answers = {f"/{i}.jpg": [lambda h: (time.sleep(0.05), answer_with(jpeg())(h))] for i in range(12)}
    fetch_works([server.work(f"/{i}.jpg") for i in range(12)], tmp_path, manners=Manners(at_once=3, per_second=1000))
    assert len(server.asked) == 12
    assert 1 < server.most <= 3


def test_the_project_names_itself_and_its_address(server, tmp_path):
    fetch_one(server, tmp_path, jpeg())
    project = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    agent = server.asked[0][2]["User-Agent"]
    assert agent == user_agent()
    assert agent.startswith("tf_cyclegan/") and project["urls"]["Repository"] in agent


@pytest.mark.parametrize("kind", ["text/html; charset=utf-8", "image/jpeg"])
def test_a_web_page_in_place_of_a_picture_is_reported(server, tmp_path, kind):
    page = answer_with(b"\n<!DOCTYPE html><html><body>Please log in</body></html>", Content_Type=kind)
    assert fetch_one(server, tmp_path, page) == "the server sends a web page instead of a picture"


def test_an_answer_that_is_no_picture_is_reported(server, tmp_path):
    assert "not a picture" in fetch_one(server, tmp_path, b"no picture")
    assert "damaged" in fetch_one(server, tmp_path, jpeg()[:400])
    assert "too large" in fetch_one(server, tmp_path, png_that_claims(60_000, 60_000))


def test_an_endless_answer_is_cut_off(server, tmp_path):
    manners = Manners(per_second=1000, max_bytes=1_000_000)
    assert fetch_one(server, tmp_path, endless, manners=manners) == "over 1 MB"


def test_an_announced_size_that_is_absurd_is_not_read(server, tmp_path):
    assert fetch_one(server, tmp_path, answer_with(jpeg(), Content_Length="99999999999")) == "over 50 MB"


def test_a_dripping_answer_is_given_up(server, tmp_path):
    manners = Manners(per_second=1000, tries=1, deadline=0.3)
    assert fetch_one(server, tmp_path, drip, manners=manners) == "not complete after 0.3 s"


def test_a_silent_server_is_given_up(server, tmp_path):
    assert "the connection failed (" in fetch_one(server, tmp_path, silent, manners=Manners(tries=1, silence=0.1))


def test_an_answer_shorter_than_announced_is_reported(server, tmp_path):
    assert "the connection failed" in fetch_one(server, tmp_path, break_off)
    assert len(server.asked) == QUICK.tries


@pytest.mark.parametrize("url", ["", "ftp://example.org/1.jpg", "file:///etc/passwd", "1.jpg"])
def test_what_is_no_web_address_is_reported(tmp_path, url):
    found, failed = fetch_works([Work("1", io.BytesIO, "art", url=url)], tmp_path, manners=QUICK)
    assert found == []
    assert failed == [f"art/1 ({url or 'no address'}): no web address"]


@pytest.mark.parametrize("url", ["http://", "http://[::1/1.jpg", "http://127.0.0.1:99999999/1.jpg"])
def test_a_broken_address_is_reported(tmp_path, url):
    assert len(fetch_works([Work("1", io.BytesIO, "art", url=url)], tmp_path, manners=QUICK).failed) == 1


def test_a_server_that_is_not_there_is_reported(tmp_path):
    work = Work("1", io.BytesIO, "art", url="http://127.0.0.1:1/1.jpg")
    (line,) = fetch_works([work], tmp_path, manners=QUICK).failed
    assert "the connection failed" in line and "refused" in line


def test_a_cache_that_cannot_be_written_ends_it(server, tmp_path):
    (tmp_path / "cache").write_text("a file")
    with pytest.raises(UserError, match="cannot be written"):
        fetch_works([server.work(f"/{i}.jpg") for i in range(20)], tmp_path / "cache", manners=QUICK)


def test_a_full_disk_ends_it_and_leaves_nothing_half_written(server, tmp_path):
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))
    try:
        with pytest.raises(UserError, match=r"cannot be written \(File too large\)"):
            fetch_works([server.work("/0.jpg")], tmp_path, manners=QUICK)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list(tmp_path.iterdir()) == []


def test_progress_is_shown_with_the_number_of_works(server, tmp_path):
    seen = {}

    def bar(iterable, **options):
        seen.update(options)
        return iterable

    fetch_works([server.work(f"/{i}.jpg") for i in range(3)], tmp_path, manners=QUICK, bar=bar)
    assert seen == {"total": 3, "desc": "pictures"}


def test_an_interruption_ends_the_waiting_and_keeps_what_is_complete(server, tmp_path):
    def interrupt(iterable, **_):
        next(iter(iterable))
        raise KeyboardInterrupt
        yield

    server.answers = {f"/{i}.jpg": [answer_with(status=503, Retry_After="60")] for i in range(1, 20)}
    manners = Manners(at_once=2, per_second=1000)
    begin = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        fetch_works([server.work(f"/{i}.jpg") for i in range(20)], tmp_path, manners=manners, bar=interrupt)
    assert time.monotonic() - begin < 30
    assert len(list(tmp_path.iterdir())) == 1
