from tests.prepare.gather.test_collection import write_folder
from tests.prepare.test_sources import make_collection
from tf_cyclegan.prepare.gather.collection import read_collection
from tf_cyclegan.prepare.overview import count_genres, format_periods


def test_genres_are_counted_a_period_the_largest_first(tmp_path):
    works = read_collection(write_folder(tmp_path, make_collection())).works
    counts = count_genres(works)
    assert list(counts) == ["Baroque", "Impressionism"]
    assert counts["Baroque"] == {"portrait": 8, "landscape": 8, "still life": 8}


def test_the_table_has_a_line_a_period_and_one_for_all(tmp_path):
    files = make_collection()
    del files["artwork/0.jpg"], files["artwork/1.jpg"]
    assert format_periods(read_collection(write_folder(tmp_path, files))).splitlines() == [
        "period         works  pictures  portrait  landscape  still life  religious/history  other",
        "Baroque           24        24         8          8           8                  0      0",
        "Impressionism     12        10         4          4           4                  0      0",
        "all               36        34        12         12          12                  0      0",
    ]
