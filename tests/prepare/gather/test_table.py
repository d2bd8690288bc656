import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tf_cyclegan.errors import UserError
from tf_cyclegan.prepare.gather import table
from tf_cyclegan.prepare.gather.table import DELIMITERS, read_table


def read(data, columns=("ID", "title")):
    return read_table(lambda: io.BytesIO(data), "works.csv", columns)


def rows(data, columns=("ID", "title")):
    return read(data, columns)[0]


def test_wanted_columns_are_read_in_whatever_order():
    assert rows(b"title,x,ID\nLilies,y,1\n") == [{"ID": "1", "title": "Lilies"}]


def test_names_of_columns_may_differ_in_case_and_spaces():
    assert rows(b" id , Title\n1,Lilies\n") == [{"ID": "1", "title": "Lilies"}]


def test_short_and_empty_rows_are_no_reason_to_fail():
    assert rows(b"ID,x,title\n1,y,Lilies\n7\n\n,,\n") == [{"ID": "1", "title": "Lilies"}, {"ID": "7", "title": ""}]


def test_rows_with_too_many_fields_are_left_out_and_named():
    """A comma that was not quoted moves every field after it into a wrong column."""
    found, remarks = read(b"ID,title,url\n1,Lilies,u\n2,MONET, Claude,u\n3,Mill,u\n")
    assert [row["ID"] for row in found] == ["1", "3"]
    assert remarks == ["rows of works.csv with more fields than columns, left out: 1 (2)"]


def test_white_space_within_is_one_space():
    assert rows(b'ID,title\n1,"  Sunrise,\r\n first  "\n')[0]["title"] == "Sunrise, first"


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_every_kind_of_line_end_is_read(line_end):
    assert [row["ID"] for row in rows(line_end.join(["ID,title", "1,a", "2,b"]).encode())] == ["1", "2"]


def test_a_missing_column_is_reported_with_those_there_are():
    with pytest.raises(UserError, match=r"works\.csv lacks the column 'title'; its first line has: ID, name$"):
        read(b"ID;name\n1;x\n")


def test_an_empty_table_is_reported():
    with pytest.raises(UserError, match="lacks the columns 'ID', 'title'; its first line has: nothing"):
        read(b"")


def test_a_picture_in_place_of_a_table_is_reported():
    with pytest.raises(UserError, match="lacks the columns 'ID', 'title'"):
        read(b"\xff\xd8\xff\xe0" + bytes(range(256)) * 20)


def test_an_open_quotation_mark_is_reported():
    with pytest.raises(UserError, match=r"damaged .*quotation mark"):
        read(b'ID,title\n8,"' + b"x" * 200_000)


def test_an_absurdly_large_table_is_reported(monkeypatch):
    monkeypatch.setattr(table, "MAX_MEMBER_BYTES", 1_000_000)
    with pytest.raises(UserError, match="over 1 MB, which is no table"):
        read(b"ID,title\n" + b"1,a\n" * 300_000)


def test_a_table_that_cannot_be_opened_is_reported():
    def fail():
        raise OSError("Input/output error")

    with pytest.raises(UserError, match=r"works\.csv cannot be read \(Input/output error\)"):
        read_table(fail, "works.csv", ("ID",))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("first", ["sep=;\r\n", "SEP=;\n", '"sep=;"\r', ""])
def test_a_table_as_a_german_excel_saves_it_is_read(first, encoding):
    data = f"{first}ID;title;x\r\n1;Mühle, Bäume;2,5\r\n".encode(encoding)
    assert rows(data) == [{"ID": "1", "title": "Mühle, Bäume"}]


def test_the_separator_that_is_named_goes_before_any_guess():
    assert rows(b"sep=^\nID^title\n1^a,b\n") == [{"ID": "1", "title": "a,b"}]
    assert rows(b"sep=\t\nID\ttitle\n1\ta,b\n") == [{"ID": "1", "title": "a,b"}]
    with pytest.raises(UserError, match=r"lacks the columns 'ID', 'title'; its first line has: ID,title$"):
        read(b"sep=;\nID,title\n1,a\n")


words = st.text(st.characters(codec="cp1252", exclude_categories=["C", "Z"]), min_size=1, max_size=8)


@settings(max_examples=40)
@given(st.lists(st.tuples(words, words), min_size=1), st.sampled_from(DELIMITERS), st.sampled_from(["utf-8", "utf-16"]))
def test_what_was_written_is_read_with_every_delimiter_and_encoding(pairs, delimiter, encoding):
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows([("ID", "title"), *pairs])
    found = rows(text.getvalue().encode(encoding))
    assert [(row["ID"], row["title"]) for row in found] == [tuple(table._clean(f) for f in pair) for pair in pairs]


@given(st.binary(max_size=300))
def test_any_bytes_give_rows_or_one_clear_line(data):
    try:
        rows(b"ID,title\n" + data)
        rows(data)
    except UserError as error:
        assert str(error).startswith("works.csv")
