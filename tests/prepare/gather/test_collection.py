import csv
import io
import unicodedata
import zipfile

import pytest

from tests.conftest import make_picture
from tests.picture_trees import PICTURES
from tf_cyclegan.errors import UserError
from tf_cyclegan.prepare.gather.collection import ARTISTS, ARTWORKS, join_collections, read_collection

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


def encrypt(path, name):
    """Marks a member as encrypted, in both places where a zip says so."""
    data = bytearray(path.read_bytes())
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = data.rindex(mark, 0, data.index(name.encode(), data.index(mark)))
        data[place + flags] |= 1
    path.write_bytes(data)
    return path


both = pytest.mark.parametrize("kind", ["folder", "zip"])


@both
def test_works_are_joined_with_the_period_of_their_artist(tmp_path, kind):
    works, missing, remarks = read_collection(write(tmp_path, kind, collection()))
    assert missing == remarks == []
    assert [(w.name, w.artist, w.title, w.period) for w in works] == [
        ("0", "MONET, Claude", "Poppies", "Impressionism"),
        ("1", "MONET, Claude", "Water Lilies", "Impressionism"),
        ("2", "REMBRANDT", "The Mill", "Baroque"),
    ]
    assert {w.source for w in works} == {"historic-art"}
    assert {(w.medium, w.width, w.height) for w in works} == {("oil, 65 × 92 cm", 768, 1024)}
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
    def printed(kind):
        works = read_collection(write(tmp_path, kind, collection())).works
        return [(w.name, w.artist, w.title, w.period, w.url) for w in works]

    assert printed("folder") == printed("zip")


def test_an_artist_who_is_listed_twice_does_not_double_the_works(tmp_path):
    people = [*PEOPLE, ("MONET, Claude", "Realism")]
    works, _, remarks = read_collection(write_folder(tmp_path, collection(people=people)))
    assert [(w.name, w.period) for w in works] == [("0", "Impressionism"), ("1", "Impressionism"), ("2", "Baroque")]
    assert remarks == ["artists with several periods, the first counts: 1 (MONET, Claude)"]


def test_of_an_artist_who_is_listed_twice_the_period_that_is_given_counts(tmp_path):
    people = [("MONET, Claude", ""), *PEOPLE]
    works = read_collection(write_folder(tmp_path, collection(people=people))).works
    assert works[0].period == "Impressionism"


def test_works_without_a_picture_are_named(tmp_path):
    found = read_collection(write_folder(tmp_path, collection(pictures=["0", "2"])))
    assert [w.name for w in found.works] == ["0", "2"]
    assert [(w.name, w.period, w.url) for w in found.missing] == [("1", "Impressionism", "https://example.org/1")]
    assert found.describe_missing() == ["works without a picture: 1 (1)"]
    assert found.remarks == []
    with pytest.raises(FileNotFoundError, match="no picture"):
        found.missing[0].open()


@pytest.mark.parametrize(
    ("ids", "pictures", "found"),
    [
        (["1.0"], ["1"], {"1.0": "1"}),
        (["1.0", "2,0"], ["001", "2"], {"1.0": "001", "2,0": "2"}),
        (["1"], ["001"], {"1": "001"}),
        (["001"], ["1"], {"001": "1"}),
        (["1.jpg", "2.JPG"], ["1", "2"], {"1.jpg": "1", "2.JPG": "2"}),
        # Both exist: they are two works.
        (["001", "1"], ["001", "1"], {"001": "001", "1": "1"}),
        (["001", "1"], ["1"], {"1": "1"}),
        (["1.0", "1"], ["1"], {"1": "1"}),
        # Nobody knows which.
        (["1.0", "01"], ["1"], {}),
        (["1.0"], ["01", "001"], {}),
        # These are other numbers.
        (["1.000", "1.5", "10", "1e2"], ["1", "15", "100"], {}),
        (["0"], ["000"], {"0": "000"}),
    ],
)
def test_an_id_that_a_spreadsheet_changed_finds_its_picture(tmp_path, ids, pictures, found):
    files = collection([(name, "REMBRANDT", "") for name in ids], pictures=["of-no-work"])
    files |= {f"complete/artwork/{name}.jpg": f"{name}.jpg".encode() for name in pictures}
    files["complete/artwork/good.jpg"] = b"good"
    files[ARTWORKS] += b'good,REMBRANDT,"","","",""\n'
    collected = read_collection(write_folder(tmp_path, files))
    assert {w.name: w.open().read().decode().removesuffix(".jpg") for w in collected.works} == {**found, "good": "good"}
    assert {w.name for w in collected.missing} == set(ids) - set(found)
    changed = [name for name in ids if name in found and name != found[name]]
    printed = [line for line in collected.remarks if line.startswith("IDs that are not quite")]
    assert len(printed) == bool(changed)
    spare = [name for name in pictures if name not in found.values()]
    assert collected.remarks[-1 - bool(changed)].startswith(f"pictures without a row in {ARTWORKS}: {len(spare) + 1} ")


def test_pictures_without_a_row_are_named(tmp_path):
    found = read_collection(write_folder(tmp_path, collection(pictures=["0", "1", "2", "77"])))
    assert len(found.works) == 3
    assert found.remarks == [f"pictures without a row in {ARTWORKS}: 1 (complete/artwork/77.jpg)"]


def test_works_of_an_unknown_artist_are_left_out_and_the_artist_named(tmp_path):
    found = read_collection(write_folder(tmp_path, collection(people=PEOPLE[1:])))
    assert [w.artist for w in found.works] == ["REMBRANDT"]
    assert found.remarks == [f"artists without a period in {ARTISTS}, whose 2 works are left out: 1 (MONET, Claude)"]


def test_of_many_names_only_the_first_are_reported(tmp_path):
    spare = [f"x{i}" for i in range(9)]
    remarks = read_collection(write_folder(tmp_path, collection(pictures=["0", "1", "2", *spare]))).remarks
    assert remarks[0].startswith(f"pictures without a row in {ARTWORKS}: 9 (complete/artwork/x0.jpg; ")
    assert remarks[0].endswith("x3.jpg; complete/artwork/x4.jpg …)")


def test_an_id_that_occurs_twice_counts_once(tmp_path):
    works = [*WORKS, ("0", "REMBRANDT", "Another")]
    found = read_collection(write_folder(tmp_path, collection(works)))
    assert (found.works[0].name, found.works[0].title) == ("0", "Poppies")
    assert len(found.works) == 3
    assert found.remarks == ["IDs that occur more than once, the first row counts: 1 (0)"]


def test_of_two_pictures_with_one_id_the_one_higher_up_counts(tmp_path):
    files = collection()
    files["complete/artwork/copies/1.png"] = b"a copy"
    found = read_collection(write_folder(tmp_path, files))
    with found.works[1].open() as file:
        assert file.read() == files["complete/artwork/1.jpg"]
    assert found.remarks == ["pictures with the ID of another, left out: 1 (complete/artwork/copies/1.png)"]


def test_no_work_with_a_period_at_all_is_reported(tmp_path):
    with pytest.raises(UserError, match="no work has a period; are the artists of"):
        read_collection(write_folder(tmp_path, collection(people=[("NOBODY", "Baroque")])))


def many(count=9, **options):
    works = [(str(i), "MONET, Claude", f"Lilies {i}") for i in range(count)]
    return collection(works, **options)


@pytest.mark.parametrize("name", ["Impressionism", "impressionism", " IMPRESSIONISM "])
def test_a_period_is_found_in_any_case(tmp_path, name):
    found = read_collection(write_folder(tmp_path, many()))
    assert found.of_period(name) == found.works


@pytest.mark.parametrize("name", ["Impressionism+Baroque", " baroque + impressionism "])
def test_several_periods_are_taken_together(tmp_path, name):
    works = [(str(i), "MONET, Claude" if i % 2 else "RUBENS, Peter Paul", f"Work {i}") for i in range(9)]
    people = [("MONET, Claude", "Impressionism"), ("RUBENS, Peter Paul", "Baroque"), ("INGRES", "Neoclassicism")]
    found = read_collection(write_folder(tmp_path, collection([*works, ("9", "INGRES", "Odalisque")], people)))
    assert {w.name for w in found.of_period(name)} == set("012345678")
    assert sorted(found.names_of(name)) == ["Baroque", "Impressionism"]


def test_an_unknown_one_among_several_is_named(tmp_path):
    found = read_collection(write_folder(tmp_path, collection()))
    with pytest.raises(UserError, match="unknown period 'Cubism'"):
        found.of_period("Baroque+Cubism")


def test_a_period_with_four_works_is_reported(tmp_path):
    found = read_collection(write_folder(tmp_path, many(4)))
    with pytest.raises(UserError, match=r"period 'Impressionism' has 4 works with a picture; at least 8 are needed"):
        found.of_period("Impressionism")


def test_works_without_a_picture_count_when_they_will_be_downloaded(tmp_path):
    found = read_collection(write_folder(tmp_path, many(pictures=["3"])))
    with pytest.raises(UserError, match=r"has 1 works with a picture \(of 9; --download-urls fetches the others\)"):
        found.of_period("Impressionism")
    assert {w.name for w in found.of_period("Impressionism", with_missing=True)} == set("012345678")


def test_an_unknown_period_lists_those_there_are_with_their_counts(tmp_path):
    found = read_collection(write_folder(tmp_path, collection()))
    with pytest.raises(UserError, match=r"unknown period 'Cubism'.*: Impressionism \(2\), Baroque \(1\)"):
        found.of_period("Cubism")


@both
@pytest.mark.parametrize("name", [ARTWORKS, ARTISTS])
def test_a_missing_table_is_reported(tmp_path, kind, name):
    files = collection()
    del files[name]
    with pytest.raises(UserError, match=f"{name} is missing; expected the layout of the Kaggle data set"):
        read_collection(write(tmp_path, kind, files))


@pytest.mark.parametrize(("name", "column"), [(ARTWORKS, "jpg url"), (ARTWORKS, "ID"), (ARTISTS, "period")])
def test_a_missing_column_is_reported(tmp_path, name, column):
    files = collection()
    files[name] = files[name].replace(column.encode(), b"other", 1)
    with pytest.raises(UserError, match=f"{name} lacks the column '{column}'"):
        read_collection(write_folder(tmp_path, files))


def test_an_empty_table_is_reported(tmp_path):
    with pytest.raises(UserError, match="lacks the column"):
        read_collection(write_folder(tmp_path, {**collection(), ARTWORKS: b""}))


def test_tables_without_any_picture_are_a_collection_to_download(tmp_path):
    found = read_collection(write_folder(tmp_path, collection(pictures=[])))
    assert found.works == []
    assert len(found.missing) == 3


def test_titles_with_commas_quotes_and_line_breaks_are_read_whole(tmp_path):
    title = 'Sunrise, "first"\n  version'
    works = read_collection(write_folder(tmp_path, collection([("0", "REMBRANDT", title)]))).works
    assert works[0].title == 'Sunrise, "first" version'


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252", "utf-16"])
def test_the_same_works_whatever_program_saved_the_tables(tmp_path, delimiter, encoding):
    files = collection([("0", "CÉZANNE, Paul", "Café; à | Aix")], [("CÉZANNE, Paul", "Impressionism")])
    for name in (ARTWORKS, ARTISTS):
        rows = list(csv.reader(io.StringIO(files[name].decode(), newline="")))
        text = io.StringIO(newline="")
        csv.writer(text, delimiter=delimiter).writerows(rows)
        files[name] = text.getvalue().encode(encoding)
    work = read_collection(write_folder(tmp_path, files)).works[0]
    assert (work.artist, work.title, work.period) == ("CÉZANNE, Paul", "Café; à | Aix", "Impressionism")


def test_accents_of_both_tables_meet_however_they_are_composed(tmp_path):
    people = [(unicodedata.normalize("NFD", "CÉZANNE, Paul"), "Impressionism")]
    assert read_collection(write_folder(tmp_path, collection([("0", "CÉZANNE, Paul", "Aix")], people))).works


def test_an_encrypted_table_is_reported(tmp_path):
    source = encrypt(write_zip(tmp_path / "art.zip", collection()), ARTISTS)
    with pytest.raises(UserError, match=rf"{ARTISTS} is among the files that are encrypted"):
        read_collection(source)


def test_a_missing_source_is_reported(tmp_path):
    with pytest.raises(UserError, match="no such folder or zip file"):
        read_collection(tmp_path / "none.zip")


@pytest.mark.parametrize("content", [b"", b"text", b"PK\x03\x04"])
def test_a_file_that_is_no_zip_is_reported(tmp_path, content):
    (tmp_path / "art.zip").write_bytes(content)
    with pytest.raises(UserError, match="neither a folder nor a readable zip file"):
        read_collection(tmp_path / "art.zip")


def test_a_table_that_is_damaged_within_the_zip_is_reported(tmp_path):
    source = write_zip(tmp_path / "art.zip", collection())
    data = bytearray(source.read_bytes())
    place = data.index(ARTWORKS.encode()) + len(ARTWORKS) + 20
    data[place] ^= 0xFF
    source.write_bytes(data)
    with pytest.raises(UserError, match=r"art\.zip"):
        read_collection(source)


def test_several_collections_are_joined_and_a_period_is_written_in_one_way(tmp_path):
    people = [("MONET, Claude", "impressionism"), ("REMBRANDT", "Baroque"), ("REMBRANDT", "Rococo")]
    one = read_collection(write_folder(tmp_path / "one", collection()), "historic-art/one")
    two = read_collection(
        write_zip(tmp_path / "two.zip", collection(people=people, pictures=["0"])), "historic-art/two"
    )
    three = read_collection(write_folder(tmp_path / "three", collection()), "historic-art/three")
    for order in ([one, two, three], [three, two, one]):
        joined = join_collections(order)
        assert {w.period for w in (*joined.works, *joined.missing)} == {"Impressionism", "Baroque"}
        assert len({(w.source, w.name) for w in joined.works}) == len(joined.works) == 7
        assert joined.describe_missing() == ["works without a picture: 2 (historic-art/two/1; historic-art/two/2)"]
        assert joined.remarks == [
            "historic-art/two: artists with several periods, the first counts: 1 (REMBRANDT)",
        ]
    assert join_collections([one]) is one


def test_a_table_that_is_no_table_is_reported(tmp_path):
    """A field longer than any title, as an unbalanced quote makes it."""
    files = collection()
    files[ARTWORKS] += b'8,"' + b"x" * 200_000
    with pytest.raises(UserError, match=ARTWORKS):
        read_collection(write_folder(tmp_path, files))


@both
def test_pictures_of_other_kinds_and_endings_are_found_and_those_of_the_collection_come_first(tmp_path, kind):
    files = collection(pictures=["0"])
    files |= {"complete/0.gif": PICTURES["GIF"], "complete/1.jfif": PICTURES["JPEG"], "complete/2": PICTURES["AVIF"]}
    files |= {"complete/.1.jpg": b"x", "__MACOSX/complete/1.jpg": b"x", "@eaDir/2.jpg": b"x", "complete/1.txt": b"x"}
    works, missing, remarks = read_collection(write(tmp_path, kind, files))
    assert missing == []
    assert remarks == ["pictures with the ID of another, left out: 1 (complete/0.gif)"]
    with works[0].open() as first, works[1].open() as second, works[2].open() as third:
        read = [first.read(), second.read(), third.read()]
    assert read == [files["complete/artwork/0.jpg"], PICTURES["JPEG"], PICTURES["AVIF"]]
