import io

import pytest

from tf_cyclegan.prepare.gather.work import Work
from tf_cyclegan.prepare.version import group_artists, may_be_versions

ONE = [
    (("RENOIR, Auguste", "Two Sisters"), ("Pierre-Auguste Renoir", "two sisters (on the terrace)")),
    (("CÉZANNE, Paul", "untitled"), ("CEZANNE, Paul", "auvers, panoramic view")),
    (("CONSTABLE, John", "The Hay-Wain"), ("John Constable", "john constable: the hay wain")),
    (("RUBENS, Peter Paul", "An Autumn Landscape"), ("RUBENS, Peter Paul", "rubens")),
    (("HALS, Frans", ""), ("HALS, Frans", "")),
]
TWO = [
    (("MONET, Claude", "Poppies"), ("MONET, Claude", "Haystacks")),
    (("MONET, Claude", "Poppies"), ("MANET, Édouard", "Poppies")),
    (("Unknown master", "Poppies"), ("Unknown master", "Poppies")),
    (("", "Poppies"), ("", "Poppies")),
    (("?", "Poppies"), ("MONET, Claude", "Poppies")),
]


def asked(one, other, sources=("small", "large")):
    works = [
        Work("17", io.BytesIO, source, artist=artist, title=title)
        for source, (artist, title) in zip(sources, (one, other), strict=True)
    ]
    assert may_be_versions(*works) == may_be_versions(*works[::-1])
    return may_be_versions(*works)


@pytest.mark.parametrize(("one", "other"), ONE)
def test_names_and_titles_agree_however_two_sources_write_them(one, other):
    assert asked(one, other)


@pytest.mark.parametrize(("one", "other"), TWO)
def test_another_artist_or_title_or_an_unknown_artist_is_no_version(one, other):
    assert not asked(one, other)


def test_a_source_itself_says_what_is_one_work():
    assert not asked(*ONE[0], sources=("small", "small"))


def test_an_artist_is_one_in_two_sources_and_as_written_in_one():
    def grouped(*artists):
        return group_artists([Work(str(i), io.BytesIO, source, artist=a) for i, (source, a) in enumerate(artists)])

    one, two, other, unknown, nobody = grouped(
        ("small", "RENOIR, Pierre-Auguste"),
        ("large", "Auguste Renoir"),
        ("large", "MONET, Claude"),
        ("small", "Unknown master"),
        ("large", "Unknown master"),
    )
    assert one == two
    assert len({one, other, unknown, nobody}) == 4
    one, two = grouped(("small", "BRUEGEL, Pieter"), ("small", "BRUEGEL, Pieter the Younger"))
    assert one != two
