import csv
import io
import zipfile

import pytest

from tests.conftest import make_picture
from tf_cyclegan.errors import UserError
from tf_cyclegan.prepare.historic_art import ARTISTS, ARTWORKS, read_collection

ARTWORK_COLUMNS = ("ID", "artist", "title", "picture data", "file info", "jpg url")
ARTIST_COLUMNS = ("artist", "born-died", "period", "school", "url", "base", "nationality")
WORKS = [("0", "MONET, Claude", "Poppies"), ("1", "MONET, Claude", "Water Lilies"), ("2", "REMBRANDT", "The Mill")]
PEOPLE = [("MONET, Claude", "Impressionism"), ("REMBRANDT", "Baroque")]


def table(columns, rows) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue()


def collection(works=WORKS, people=PEOPLE, pictures=None) -> dict[str, bytes]:
    """The files of a small collection in the layout of the Kaggle data set, by their paths."""
    picture = io.BytesIO()
    make_picture().save(picture, "JPEG")
    artworks = [(*work, "oil, 65 × 92 cm", "768*1024", f"https://example.org/{work[0]}") for work in works]
    artists = [(*person[:1], "(b. 1840)", *person[1:], "", "https://example.org", "", "French") for person in people]
    files = {ARTWORKS: table(ARTWORK_COLUMNS, artworks).encode(), ARTISTS: table(ARTIST_COLUMNS, artists).encode()}
    for name in pictures if pictures is not None else [w[0] for w in works]:
        files[f"complete/artwork/{name}.jpg"] = picture.getvalue()
    return files


def write_folder(path, files):
    for name, data in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(data)
    return path


def write_zip(path, files):
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def write(tmp_path, kind, files):
    return write_zip(tmp_path / "art.zip", files) if kind == "zip" else write_folder(tmp_path / "art", files)


both = pytest.mark.parametrize("kind", ["folder", "zip"])


@both
def test_works_are_joined_with_the_period_of_their_artist(tmp_path, kind):
    works, missing = read_collection(write(tmp_path, kind, collection()))
    assert missing == []
    assert [(w.name, w.artist, w.title, w.period) for w in works] == [
        ("0", "MONET, Claude", "Poppies", "Impressionism"),
        ("1", "MONET, Claude", "Water Lilies", "Impressionism"),
        ("2", "REMBRANDT", "The Mill", "Baroque"),
    ]
    assert {w.source for w in works} == {"historic-art"}
    assert works[0].url == "https://example.org/0"


@both
def test_a_work_opens_its_picture(tmp_path, kind):
    files = collection()
    works = read_collection(write(tmp_path, kind, files)).works
    with works[1].open() as file:
        assert file.read() == files["complete/artwork/1.jpg"]


@both
def test_the_tables_may_lie_in_a_folder_within(tmp_path, kind):
    files = {f"historic-art/{name}": data for name, data in collection().items()}
    assert len(read_collection(write(tmp_path, kind, files)).works) == 3


def test_folder_and_zip_give_the_same_works(tmp_path):
    def told(kind):
        works = read_collection(write(tmp_path, kind, collection())).works
        return [(w.name, w.artist, w.title, w.period, w.url) for w in works]

    assert told("folder") == told("zip")


def test_an_artist_who_is_listed_twice_does_not_double_the_works(tmp_path):
    people = [*PEOPLE, ("MONET, Claude", "Realism")]
    works = read_collection(write_folder(tmp_path, collection(people=people))).works
    assert [(w.name, w.period) for w in works] == [("0", "Impressionism"), ("1", "Impressionism"), ("2", "Baroque")]


def test_of_an_artist_who_is_listed_twice_the_period_that_is_given_counts(tmp_path):
    people = [("MONET, Claude", ""), *PEOPLE]
    works = read_collection(write_folder(tmp_path, collection(people=people))).works
    assert works[0].period == "Impressionism"


def test_works_without_a_picture_are_named(tmp_path):
    found = read_collection(write_folder(tmp_path, collection(pictures=["0", "2"])))
    assert found.missing == ["1"]
    assert [w.name for w in found.works] == ["0", "2"]


def test_works_of_an_unknown_artist_are_left_out(tmp_path):
    works = read_collection(write_folder(tmp_path, collection(people=PEOPLE[1:]))).works
    assert [w.artist for w in works] == ["REMBRANDT"]


@pytest.mark.parametrize("name", ["Impressionism", "impressionism", "IMPRESSIONISM"])
def test_a_period_is_found_in_any_case(tmp_path, name):
    assert len(read_collection(write_folder(tmp_path, collection())).of_period(name)) == 2


def test_an_unknown_period_lists_those_there_are_with_their_counts(tmp_path):
    found = read_collection(write_folder(tmp_path, collection()))
    with pytest.raises(UserError, match=r"unknown period 'Cubism'.*: Impressionism \(2\), Baroque \(1\)"):
        found.of_period("Cubism")


@both
@pytest.mark.parametrize("name", [ARTWORKS, ARTISTS])
def test_a_missing_table_is_told(tmp_path, kind, name):
    files = collection()
    del files[name]
    with pytest.raises(UserError, match=f"{name} is missing; expected the layout of the Kaggle data set"):
        read_collection(write(tmp_path, kind, files))


@pytest.mark.parametrize(("name", "column"), [(ARTWORKS, "jpg url"), (ARTWORKS, "ID"), (ARTISTS, "period")])
def test_a_missing_column_is_told(tmp_path, name, column):
    files = collection()
    files[name] = files[name].replace(column.encode(), b"other", 1)
    with pytest.raises(UserError, match=f"{name} lacks the column '{column}'"):
        read_collection(write_folder(tmp_path, files))


def test_an_empty_table_is_told(tmp_path):
    with pytest.raises(UserError, match="lacks the column"):
        read_collection(write_folder(tmp_path, {**collection(), ARTWORKS: b""}))


def test_a_collection_without_any_picture_is_told(tmp_path):
    with pytest.raises(UserError, match="no work with a picture and a period"):
        read_collection(write_folder(tmp_path, collection(pictures=[])))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_accents_survive_the_encodings_that_occur(tmp_path, encoding):
    files = collection([("0", "CÉZANNE, Paul", "Café à Aix")], [("CÉZANNE, Paul", "Impressionism")])
    for name in (ARTWORKS, ARTISTS):
        files[name] = files[name].decode().encode(encoding)
    work = read_collection(write_folder(tmp_path, files)).works[0]
    assert (work.artist, work.title) == ("CÉZANNE, Paul", "Café à Aix")


def test_a_short_row_is_no_reason_to_fail(tmp_path):
    files = collection()
    files[ARTWORKS] += b"7\r\n\r\n"
    assert len(read_collection(write_folder(tmp_path, files)).works) == 3


def test_titles_with_commas_quotes_and_line_breaks_are_read_whole(tmp_path):
    title = 'Sunrise, "first"\nversion'
    works = read_collection(write_folder(tmp_path, collection([("0", "REMBRANDT", title)]))).works
    assert works[0].title == title


def test_a_zip_member_that_points_outside_leads_nowhere(tmp_path):
    files = {**collection(), "../../evil.jpg": b"evil", "/etc/evil.jpg": b"evil"}
    source = write_zip(tmp_path / "a" / "b" / "art.zip", files)
    before = sorted(tmp_path.rglob("*"))
    works = read_collection(source).works
    for work in works:
        with work.open() as file:
            assert file.read() != b"evil"
    assert sorted(tmp_path.rglob("*")) == before


def test_a_missing_source_is_told(tmp_path):
    with pytest.raises(UserError, match="no such folder or zip file"):
        read_collection(tmp_path / "none.zip")


@pytest.mark.parametrize("content", [b"", b"text", b"PK\x03\x04"])
def test_a_file_that_is_no_zip_is_told(tmp_path, content):
    (tmp_path / "art.zip").write_bytes(content)
    with pytest.raises(UserError, match="neither a folder nor a readable zip file"):
        read_collection(tmp_path / "art.zip")


def test_a_table_that_is_damaged_within_the_zip_is_told(tmp_path):
    source = write_zip(tmp_path / "art.zip", collection())
    data = bytearray(source.read_bytes())
    place = data.index(ARTWORKS.encode()) + len(ARTWORKS) + 20
    data[place] ^= 0xFF
    source.write_bytes(data)
    with pytest.raises(UserError, match=r"art\.zip"):
        read_collection(source)


def test_a_table_that_is_no_table_is_told(tmp_path):
    """A field longer than any title, as an unbalanced quote makes it."""
    files = collection()
    files[ARTWORKS] += b'8,"' + b"x" * 200_000
    with pytest.raises(UserError, match=ARTWORKS):
        read_collection(write_folder(tmp_path, files))
