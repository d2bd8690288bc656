import re

import pytest

from tests.conftest import make_picture, make_pictures
from tests.html_reader import Reader
from tf_cyclegan.prepare.dataset import prepare
from tf_cyclegan.prepare.gather.folder import read_folder
from tf_cyclegan.prepare.gather.work import Work

EVIL = '<script>alert("1")</script>\' & é'


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    place = tmp_path_factory.mktemp("report")
    photos = make_pictures(place / "photos", 60)
    make_picture(7).save(photos / "again.jpg", quality=50)
    make_picture(300).convert("L").save(photos / "grey.jpg")
    works = read_folder(make_pictures(place / "paintings", 12, seed=500))
    works = [Work(w.name, w.open, EVIL, artist=f"{EVIL} {i % 3}", title=f"{EVIL} {i}") for i, w in enumerate(works)]
    result = prepare(read_folder(photos), works, place / "out", size=40, about={"period": EVIL}, split="artist")
    return result.report.read_text(encoding="utf-8")


def test_it_is_one_file_that_needs_no_network(page):
    reader = Reader(page)
    assert reader.open == []
    sources = [value for _, attributes in reader.tags for name, value in attributes.items() if name in ("src", "href")]
    assert sources
    assert all(source.startswith("data:image/jpeg;base64,") for source in sources)
    assert not re.search(r"https?://|@import|url\(|<script|<link", page)


def test_names_of_others_are_text_and_never_code(page):
    reader = Reader(page)
    assert reader.text.count(EVIL) >= 1
    assert any(EVIL in attributes.get("alt", "") for _, attributes in reader.tags)
    assert "script" not in {tag for tag, _ in reader.tags}


def test_it_says_what_is_there_and_what_was_left_out(page):
    reader = Reader(page)
    rows = dict(re.findall(r'<tr><th scope="row">([^<]+)</th>((?:<td>[^<]*</td>)+)</tr>', page))
    numbers = {name: [int(n) for n in re.findall(r"<td>([\d,]+)</td>", cells)] for name, cells in rows.items()}
    assert sum(numbers["A: photographs"][:2]) == 60
    assert numbers["A: photographs"][2:] == [62, 60, 40]
    assert sum(numbers["B: paintings"][:2]) == 12
    assert numbers["duplicate"] == [1, 0]
    assert numbers["black and white"] == [1, 0]
    assert numbers["together"] == [2, 0]
    assert "by artist" in reader.text
    assert "Photographs, duplicate: 1 of 1" in reader.text


def test_contact_sheets_show_a_choice_of_both_domains_and_what_was_left_out(page):
    assert page.count("<img ") == 48 + 12 + 2
    assert "48 of 60" in page
    assert "12 of 12" in page


def test_there_are_histograms_of_sizes_and_colours_of_both_domains(page):
    figures = re.findall(r"<figure><svg.*?</svg>", page, re.DOTALL)
    assert len(figures) == 5
    for figure in figures:
        assert figure.count("<polygon") == 2
        assert {"a", "b"} == set(re.findall(r'polygon class="(\w)"', figure))
        heights = [float(y) for y in re.findall(r",([\d.]+)", figure)]
        assert min(heights) >= 0
        assert max(heights) <= 150
