import csv
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tf_cyclegan.pictures.files import open_picture
from tf_cyclegan.prepare.gather.collection import read_collection
from tf_cyclegan.prepare.measure.genre import genre_in_words, genre_of, genre_of_folder
from tf_cyclegan.prepare.measure.scene import genre_of_picture
from tf_cyclegan.settings.choices import GENRES

LABELS = Path(__file__).parents[2] / "reference" / "genre"

TITLES = {
    "portrait": [
        *(
            "Portrait of a Man",
            "self-portrait with a straw hat",
            "Portrait de l'artiste",
            "Madame Cézanne",
            "Mrs. Palmer",
        ),
        *("Ritratto di donna", "Autoritratto", "Bildnis eines jungen Mannes", "Selbstbildnis", "Portret van een vrouw"),
        *("Zelfportret", "Retrato de un caballero", "Tête de femme", "Young Girl Reading", "Jeune fille au chapeau"),
    ],
    "landscape": [
        *("View of Delft", "Landscape with Saint Jerome", "winter landscape", "The Seine at Giverny", "Haystacks"),
        *(
            "Paysage d'hiver",
            "Gare Saint-Lazare",
            "Mont Sainte-Victoire",
            "La forêt de Fontainebleau",
            "Effet de neige",
        ),
        *(
            "Paesaggio con figure",
            "Veduta del Canal Grande",
            "Flusslandschaft",
            "Winterlandschaft",
            "Blick auf Dresden",
        ),
        *("Gezicht op Haarlem", "Rivierlandschap", "De molen", "Paisaje con río", "Vista de Toledo"),
    ],
    "still life": [
        *(
            "Still Life with Apples",
            "Vase of Flowers",
            "Nature morte à l'Œuf",
            "NATURE MORTE",
            "Natura morta",
            "Stilleben",
        ),
        *("Stillleben mit Zitrone", "Stilleven met kaas", "Bodegón", "Naturaleza muerta", "Sunflowers", "Vanitas"),
    ],
    "religious/history": [
        *(
            "Madonna and Child",
            "The Adoration of the Magi",
            "St. Jerome in the Desert",
            "Crucifixion",
            "Vierge à l'enfant",
        ),
        *(
            "Annunciazione",
            "Die Kreuzigung",
            "Anbetung der Könige",
            "De kruisiging",
            "La Anunciación",
            "Sacra Famiglia",
        ),
        *("Diana and Endymion", "The Battle of Lepanto", "Bacchanal", "Death of Cleopatra", "San Francesco"),
    ],
    "other": ["genre scene", "The Milkmaid", "Bathers", "Interior with a Woman", "the conversation", ""],
}


@pytest.mark.parametrize(("genre", "title"), [(genre, title) for genre, titles in TITLES.items() for title in titles])
def test_titles_tell_the_genre_in_six_languages(genre, title):
    assert genre_of(title, "oil on canvas, 65 x 92 cm") == genre


@settings(deadline=None, max_examples=40)
@given(title=st.text(), data=st.text(), width=st.none() | st.integers(1, 9999), height=st.none() | st.integers(1, 9999))
def test_every_work_has_one_of_the_genres(title, data, width, height):
    assert genre_of(title, data, width, height) in GENRES


@pytest.mark.parametrize("title", ["VIEW OF DELFT", "view of delft", "Véduta di Délft"])
def test_case_and_accents_do_not_matter(title):
    assert genre_of(title, "") == "landscape"


def test_museums_and_towns_in_the_picture_data_are_no_subjects():
    assert genre_in_words("The Lacemaker", "17th century, musée du louvre, paris; church of st. peter, rome") is None


def test_picture_data_decides_where_the_title_does_not():
    assert genre_of("Untitled", "still life, oil on panel") == "still life"
    assert genre_of("View of Delft", "still life, oil on panel") == "landscape"


@pytest.mark.parametrize("title", ["", "untitled", "Sans titre", "ohne Titel", "No. 12"])
def test_shape_decides_for_a_work_without_a_title(title):
    expected = "other" if title.startswith("No.") else "landscape"
    assert genre_of(title, "", 400, 300) == expected
    assert genre_of(title, "", 300, 400) == "other"
    assert genre_of("The Milkmaid", "", 400, 300) == "other"


@pytest.mark.parametrize(
    ("path", "genre"),
    [
        ("holiday/landscapes/001.jpg", "landscape"),
        ("photos/Portraits/family/001.jpg", "portrait"),
        ("people/001.jpg", "portrait"),
        ("still_life/1.jpg", "still life"),
        ("landscapes/portraits/1.jpg", "portrait"),
        ("photos/portrait.jpg", None),
        ("paris/001.jpg", None),
        ("001.jpg", None),
    ],
)
def test_folders_tell_the_genre_the_innermost_first(path, genre):
    assert genre_of_folder(path) == genre


def labels(name):
    with (LABELS / name).open(encoding="utf-8", newline="") as file:
        return {key: genre for key, genre in csv.reader(file) if genre != "genre"}


@pytest.mark.slow
def test_how_often_the_genre_of_a_painting_is_right(test_data):
    """100 works drawn by chance and labelled by eye before the rules were tuned on others; see docs/data.md."""
    expected = labels("paintings.csv")
    works = [w for w in read_collection(test_data / "data/historic-art/complete").works if w.name in expected]
    assert len(expected) == len(works) == 100
    right = Counter()
    for work in works:
        with work.open() as file:
            picture = open_picture(file, name=work.name)
        found = genre_in_words(work.title, work.medium) or genre_of_picture(picture, painted=True)
        right[work.title != "untitled"] += found == expected[work.name]
    print(f"titled {right[True]}, untitled {right[False]}")
    assert right.total() >= 80


@pytest.mark.slow
def test_how_often_the_genre_of_a_photograph_is_right(test_data):
    expected = labels("photographs.csv")
    found = {n: genre_of_picture(open_picture(test_data / "data/photos" / n), painted=False) for n in expected}
    assert sum(found[name] == expected[name] for name in expected) >= 0.73 * len(expected)
    portraits = {name for name in expected if expected[name] == "portrait"}
    called = {name for name in found if found[name] == "portrait"}
    assert len(called & portraits) >= 0.85 * len(portraits)
    assert len(called & portraits) >= 0.95 * len(called)
