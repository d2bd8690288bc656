import pytest
from hypothesis import given
from hypothesis import strategies as st

from tf_cyclegan.errors import UserError
from tf_cyclegan.film.clock import read_time, write_time


@pytest.mark.parametrize(
    ("text", "seconds"), [("5", 5), ("0:05", 5), ("1:02:03.5", 3723.5), (" 90 ", 90), ("2.25", 2.25)]
)
def test_times_are_read(text, seconds):
    assert read_time("--from", text) == seconds


@pytest.mark.parametrize("text", ["", "x", "-1", "1:", ":5", "1:2:3:4", "nan", "1e3"])
def test_what_is_no_time_is_refused(text):
    with pytest.raises(UserError, match=r"--from: .* is no time"):
        read_time("--from", text)


@given(st.integers(0, 10**6))
def test_written_times_are_read_back(tenths):
    assert read_time("--to", write_time(tenths / 10)) == pytest.approx(tenths / 10)
