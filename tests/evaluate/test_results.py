import copy
import csv
import errno
import json

import pytest

from tf_cyclegan.errors import UserError
from tf_cyclegan.evaluate.results import check_comparable, check_writable, read_metrics, write_metrics, write_scores

METRICS = {
    "schema": 4,
    "features": "mobilenet_v2",
    "weights": "abc",
    "resize": "bicubic",
    "side": 256,
    "pictures": "012",
    "directions": {"photo-to-painting": {"samples": {"source": 4, "target": 5}, "kid": {"result": {"value": 0.1}}}},
}


def changed(**changes):
    return {**copy.deepcopy(METRICS), **changes}


def test_what_is_written_is_read(tmp_path):
    write_metrics(tmp_path, METRICS)
    assert read_metrics(tmp_path) == METRICS


def test_nan_is_never_written(tmp_path):
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_metrics(tmp_path, changed(side=float("nan")))
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written_is_told_beforehand(tmp_path, monkeypatch):
    check_writable(tmp_path)
    assert not list(tmp_path.iterdir())

    def fail(dir):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr("tempfile.TemporaryFile", fail)
    with pytest.raises(UserError, match=r"cannot be written to \(Read-only file system\); metrics\.json belongs there"):
        check_writable(tmp_path)


def test_scores_are_a_row_a_picture(tmp_path):
    write_scores(tmp_path, [{"picture": "a,b.jpg", "content": 0.123456789}, {"picture": "c.jpg", "content": 1.0}])
    with (tmp_path / "scores.csv").open(newline="", encoding="utf-8") as file:
        assert list(csv.DictReader(file)) == [
            {"picture": "a,b.jpg", "content": "0.123457"},
            {"picture": "c.jpg", "content": "1"},
        ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "not there; evaluate the run first"),
        ("{", "damaged"),
        ("[]", "another version"),
        (json.dumps({"schema": 1}), "from another version of the program; evaluate the run again"),
    ],
)
def test_metrics_that_cannot_be_used_are_told(tmp_path, content, message):
    if content:
        (tmp_path / "metrics.json").write_text(content)
    with pytest.raises(UserError, match=message):
        read_metrics(tmp_path)


def test_other_results_may_be_compared():
    other = changed()
    other["directions"]["photo-to-painting"]["kid"]["result"]["value"] = 0.2
    check_comparable(METRICS, other)


@pytest.mark.parametrize(
    "change",
    [{"features": "inception_v3_fid"}, {"weights": "xyz"}, {"resize": "lanczos"}, {"side": 64}, {"pictures": "9"}],
)
def test_what_was_computed_otherwise_is_not_compared(change):
    ((name, value),) = change.items()
    with pytest.raises(UserError, match=f"cannot be compared; they differ in {name} {METRICS[name]} and {value}$"):
        check_comparable(METRICS, changed(**change))


def test_other_sample_sizes_are_not_compared():
    other = changed()
    other["directions"]["photo-to-painting"]["samples"]["target"] = 6
    with pytest.raises(UserError, match="samples of photo-to-painting source 4, target 5 and source 4, target 6"):
        check_comparable(METRICS, other)
    with pytest.raises(UserError, match="source 4, target 5 and none"):
        check_comparable(METRICS, changed(directions={}))
