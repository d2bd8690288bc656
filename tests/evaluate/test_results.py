import copy
import csv
import errno
import json

import pytest

from tf_cyclegan.errors import UserError
from tf_cyclegan.evaluate.results import check_comparable, check_writable, read_metrics, write_metrics, write_scores
from tf_cyclegan.evaluate.row import rows_of


@pytest.fixture
def changed(made_up_metrics):
    """Metrics with changes, a new copy each time."""
    return lambda **changes: {**copy.deepcopy(made_up_metrics), **changes}


def test_what_is_written_is_read(tmp_path, made_up_metrics):
    write_metrics(tmp_path, made_up_metrics)
    assert read_metrics(tmp_path) == made_up_metrics


def test_nan_is_never_written(tmp_path, changed):
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_metrics(tmp_path, changed(side=float("nan")))
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written_is_reported_beforehand(tmp_path, monkeypatch):
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
def test_metrics_that_cannot_be_used_are_reported(tmp_path, content, message):
    if content:
        (tmp_path / "metrics.json").write_text(content)
    with pytest.raises(UserError, match=message):
        read_metrics(tmp_path)


@pytest.mark.parametrize("lost", ["generators", "directions"])
def test_metrics_without_their_numbers_are_reported(tmp_path, made_up_metrics, lost):
    write_metrics(tmp_path, {name: value for name, value in made_up_metrics.items() if name != lost})
    with pytest.raises(UserError, match=r"damaged \(numbers are missing\); evaluate the run again"):
        read_metrics(tmp_path)


def test_one_number_that_is_missing_is_reported(tmp_path, made_up_metrics):
    del made_up_metrics["directions"]["painting-to-photo"]["grey"]["kid"]["real"]
    write_metrics(tmp_path, made_up_metrics)
    with pytest.raises(UserError, match="numbers are missing"):
        read_metrics(tmp_path)


def test_an_evaluation_from_before_bands_were_measured_is_read(tmp_path, made_up_metrics):
    for scores in made_up_metrics["directions"].values():
        del scores["bands"]
    write_metrics(tmp_path, made_up_metrics)
    rows = rows_of(read_metrics(tmp_path)["directions"]["photo-to-painting"])
    assert (rows["result"].detail_kept, rows["result"].shapes_kept, rows["result"].content) == (None, None, 0.8)


def test_other_results_may_be_compared(changed):
    other = changed()
    other["directions"]["photo-to-painting"]["kid"]["result"]["value"] = 0.2
    check_comparable(changed(), other)


@pytest.mark.parametrize(
    "change",
    [{"features": "inception_v3_fid"}, {"weights": "xyz"}, {"resize": "lanczos"}, {"side": 64}, {"pictures": "9"}],
)
def test_what_was_computed_otherwise_is_not_compared(changed, change):
    ((name, value),) = change.items()
    with pytest.raises(UserError, match=f"cannot be compared; they differ in {name} {changed()[name]} and {value}$"):
        check_comparable(changed(), changed(**change))


def test_other_sample_sizes_are_not_compared(changed):
    other = changed()
    other["directions"]["photo-to-painting"]["samples"]["target"] = 6
    with pytest.raises(UserError, match=r"samples of photo-to-painting source 12, target 12.* and source 12, target 6"):
        check_comparable(changed(), other)
    with pytest.raises(UserError, match=r"source 12, target 12.* and none"):
        check_comparable(changed(), changed(directions={}))
