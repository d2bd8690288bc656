import io

import numpy as np
import pytest
from PIL import Image, ImageEnhance

from tests.prepare.measure.test_measures import grained
from tf_cyclegan.pictures.files import list_pictures, open_picture
from tf_cyclegan.prepare.measure.duplicates import ALIKE, connect, near_duplicates
from tf_cyclegan.prepare.measure.measures import Measures, measure


def recompressed(picture, quality=30):
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=quality)
    return Image.open(file).convert("RGB")


CHANGES = {
    "the same": lambda p: p,
    "JPEG 30": recompressed,
    "half the size": lambda p: p.resize((p.width // 2, p.height // 2)),
    "three times the size": lambda p: p.resize((p.width * 3, p.height * 3)),
    "a little squashed": lambda p: p.resize((p.width, int(p.height * 0.95))),
    "brighter": lambda p: ImageEnhance.Brightness(p).enhance(1.2),
    "less contrast": lambda p: ImageEnhance.Contrast(p).enhance(0.7),
    "other colours": lambda p: ImageEnhance.Color(p).enhance(0.5),
    "cut by 2 %": lambda p: p.crop((int(p.width * 0.02), int(p.height * 0.01), p.width, int(p.height * 0.99))),
}


@pytest.mark.parametrize("change", CHANGES)
def test_another_scan_of_a_work_is_a_near_duplicate(change):
    pictures = [grained(seed) for seed in range(6)]
    changed = CHANGES[change](pictures[2])
    assert near_duplicates([measure(p) for p in (*pictures, changed)]) == [(2, 6)]


def test_different_pictures_are_no_duplicates():
    assert near_duplicates([measure(grained(seed, (300, 256))) for seed in range(40)]) == []


def test_flat_pictures_are_no_duplicates_of_one_another():
    assert near_duplicates([measure(Image.new("RGB", (300, 300), c)) for c in ("red", "blue")]) == []


def test_mirrored_pictures_are_no_duplicates():
    picture = grained()
    assert near_duplicates([measure(picture), measure(picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT))]) == []


def of_hash(bits: int) -> Measures:
    """Measures with a thumbnail that all share, and a hash with the lowest `bits` bits set."""
    same = measure(grained())
    value = (1 << bits) - 1
    return Measures(**{**same.__dict__, "dhash": f"{value:032x}"})


def test_groups_are_connected_and_named_by_their_first():
    pictures = [of_hash(0), of_hash(15), of_hash(30), of_hash(100), of_hash(115)]
    assert near_duplicates(pictures) == [(0, 1), (1, 2), (3, 4)]
    assert connect(5, near_duplicates(pictures)) == [0, 0, 0, 3, 3]
    assert connect(5, near_duplicates([pictures[i] for i in (2, 4, 0, 1, 3)])) == [0, 1, 0, 0, 1]


def test_twenty_bits_are_near_twenty_one_are_not():
    assert near_duplicates([of_hash(0), of_hash(20)]) == [(0, 1)]
    assert near_duplicates([of_hash(0), of_hash(21)]) == []


def test_scans_cut_by_a_tenth_are_alike_and_different_pictures_are_not():
    pictures = [grained(seed, (300, 450)) for seed in range(24)]
    cut = [p.crop((0, 0, 270, 450)) for p in pictures]
    measures = [measure(p) for p in (*pictures, *cut)]
    assert near_duplicates(measures, ALIKE) == [(i, i + 24) for i in range(24)]
    assert len(near_duplicates(measures)) < 6


def test_blocks_do_not_change_the_pairs(monkeypatch):
    pictures = [measure(grained(seed % 7, (256, 256))) for seed in range(17)]
    whole = near_duplicates(pictures)
    monkeypatch.setattr("tf_cyclegan.prepare.measure.duplicates._BLOCK", 5)
    assert near_duplicates(pictures) == whole
    assert len(whole) == sum(i % 7 == j % 7 for i in range(17) for j in range(i + 1, 17))


def test_nothing_has_no_duplicates():
    assert near_duplicates([]) == connect(0, []) == []


@pytest.mark.slow
def test_how_many_other_scans_of_real_paintings_are_found(test_data):
    folder = test_data / "data/historic-art/complete/artwork"
    originals = [open_picture(path) for path in list_pictures(folder)[::40]]
    measured = [measure(p) for p in originals]
    found = {}
    for name, change in CHANGES.items():
        changed = [measure(change(p)) for p in originals]
        pairs = set(near_duplicates([*measured, *changed]))
        found[name] = np.mean([(i, i + len(originals)) in pairs for i in range(len(originals))])
        assert len(pairs) <= len(originals) + 2, name
    print(found)
    assert min(found.values()) >= 0.8, found
    assert np.mean([*found.values()]) >= 0.95, found
