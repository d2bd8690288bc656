import csv
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tf_cyclegan.run.losses import read_losses
from tf_cyclegan.run.steps_table import cut_back, last_step, read_rows
from tf_cyclegan.train.progress import LossLog

HEADER = ["step", "a", "b"]


def write(path, steps):
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([HEADER, *([i, f"{i}.5", "0.25"] for i in range(1, steps + 1))])
    return path.read_bytes()


@given(steps=st.integers(0, 120), share=st.floats(0, 1), restored=st.integers(0, 130))
def test_cut_at_any_byte_what_is_read_is_a_prefix_and_what_goes_on_is_whole(tmp_path_factory, steps, share, restored):
    path = tmp_path_factory.mktemp("run") / "losses.csv"
    whole = write(path, steps)
    path.write_bytes(whole[: round(share * len(whole))])
    kept = [int(row["step"]) for row in read_rows(path)]
    assert kept == list(range(1, len(kept) + 1)), "a prefix"
    assert read_losses(path).get("step", []) == pytest.approx(kept)
    assert last_step(path) == len(kept)
    with warnings.catch_warnings(record=True) as printed:
        warnings.simplefilter("always")
        log = LossLog(path, HEADER[1:], restored)
    assert bool(printed) is (len(kept) < restored), "rows that are lost are named"
    log.after_step(restored + 1, {"a": 1.0, "b": 2.0})
    log.close()
    rows = read_rows(path)
    assert [int(row["step"]) for row in rows] == [*range(1, min(len(kept), restored) + 1), restored + 1]
    assert all(row["a"] == f"{row['step']}.5" for row in rows[:-1])
    assert list(read_losses(path)) == HEADER


def test_every_single_byte(tmp_path):
    path = tmp_path / "losses.csv"
    whole = write(path, 12)
    ends = [i + 1 for i, byte in enumerate(whole) if byte == 10]
    for size in range(len(whole) + 1):
        path.write_bytes(whole[:size])
        assert len(read_rows(path)) == max(0, sum(end <= size for end in ends) - 1)


def test_a_row_that_an_older_version_kept_though_it_was_torn_is_mended(tmp_path):
    path = tmp_path / "losses.csv"
    path.write_text("step,a,b\n1,1.5,0.25\n12\n13,13.5,0.25\n", encoding="utf-8")
    cut_back(path, HEADER, 20)
    assert [row["step"] for row in read_rows(path)] == ["1", "13"]


def test_a_table_that_is_not_there_has_no_rows(tmp_path):
    assert read_rows(tmp_path / "none.csv") == []
    assert last_step(tmp_path / "none.csv") == 0
