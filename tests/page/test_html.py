import base64
import io
import re

import numpy as np
import pytest
from PIL import Image

from tests.html_reader import Reader
from tf_cyclegan.errors import UserError
from tf_cyclegan.notebook.page import Page
from tf_cyclegan.page.html import document, figure, picture, table

EVIL = '<script>alert("1")</script>\' & é'


def test_a_page_is_whole_and_escapes_its_title():
    page = document(EVIL, ["<p>one</p>", "<p>two</p>"], style=".x { color: red }", language="de")
    reader = Reader(page)
    assert not reader.open
    assert "script" not in [tag for tag, _ in reader.tags]
    assert EVIL in reader.text
    assert dict(reader.tags)["html"] == {"lang": "de"}
    assert ".x { color: red }" in page


def test_a_picture_is_in_the_page_itself():
    image = Image.fromarray(np.full((6, 9, 3), 200, np.uint8))
    ((tag, attributes),) = Reader(picture(image, EVIL, title="more")).tags
    assert (tag, attributes["alt"], attributes["title"]) == ("img", EVIL, "more")
    assert (attributes["width"], attributes["height"]) == ("9", "6")
    data = base64.b64decode(attributes["src"].removeprefix("data:image/jpeg;base64,"))
    assert Image.open(io.BytesIO(data)).size == (9, 6)
    # A picture that is loaded when it is looked at is missing on paper.
    assert "loading" not in attributes


def test_tables_and_captions_are_escaped():
    reader = Reader(table(("", EVIL), [(EVIL, 12345)], ("sum", EVIL)) + figure("<svg></svg>", EVIL))
    assert not reader.open
    assert "script" not in [tag for tag, _ in reader.tags]
    assert "12,345" in reader.text


def test_print_and_dark_are_thought_of():
    page = document("x", [])
    assert re.search(r"@media print", page)
    # Paper is white whatever the screen is.
    assert "@media screen and (prefers-color-scheme: dark)" in page


def test_a_notebook_shows_the_page_as_it_is(tmp_path):
    page = document(EVIL, ["<p>text</p>"])
    (tmp_path / "report.html").write_text(page, encoding="utf-8")
    reader = Reader(Page(tmp_path / "report.html")._repr_html_())
    assert [tag for tag, _ in reader.tags] == ["iframe"]
    assert reader.tags[0][1]["srcdoc"] == page


def test_a_report_that_is_not_there_is_reported(tmp_path):
    with pytest.raises(UserError, match="no report there"):
        Page(tmp_path / "report.html")
