import hashlib

import keras
import numpy as np
import pytest
from PIL import Image

from tests.conftest import make_picture, make_pictures
from tf_cyclegan.errors import UserError
from tf_cyclegan.metrics.distances import frechet_distance_of
from tf_cyclegan.pictures.files import open_picture
from tf_cyclegan.pictures.luma import equalized_grey
from tf_cyclegan.score import feature_sets
from tf_cyclegan.score.extractors import Extractor
from tf_cyclegan.score.feature_sets import FeatureCache, central_crop, central_crops, collect, frechet, kept_of


class Counting(Extractor):
    """Counts the pictures it is given."""

    def batches(self, pictures):
        self.network.seen = getattr(self.network, "seen", 0)
        for batch in super().batches(pictures):
            self.network.seen += len(batch.values)
            yield batch


@pytest.fixture(scope="module")
def network():
    picture = keras.Input((8, 8, 3))
    return keras.Model(picture, keras.layers.GlobalAveragePooling2D()(picture))


@pytest.fixture
def extractor(network):
    """Features are the mean colours of the central square's 8 by 8 pixels."""
    network.seen = 0
    return Counting("colours", "box to 8 px", "none", lambda s: np.asarray(Image.fromarray(s).resize((8, 8))), network)


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    return sorted(make_pictures(tmp_path_factory.mktemp("pictures") / "set", 20).iterdir())


def noise(count, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (count, 8, 8, 3), dtype=np.uint8)


def test_a_crop_is_the_centre_with_the_short_side_at_256(tmp_path):
    make_picture(0, 100, 64).save(tmp_path / "small.png")
    make_picture(0, 500, 300).save(tmp_path / "large.png")
    crops = list(central_crops([tmp_path / "small.png", tmp_path / "large.png"]))
    assert [crop.shape for crop in crops] == [(256, 256, 3)] * 2
    whole = make_picture(0, 500, 300).resize((427, 256), Image.Resampling.BICUBIC)
    np.testing.assert_array_equal(crops[1], np.asarray(whole)[:, 85:341])


def test_memory_is_bounded_and_the_distance_is_of_all(extractor, monkeypatch):
    monkeypatch.setattr(feature_sets, "KEPT", 10)
    x, y = noise(64), noise(50, 1)
    sets = [collect(extractor, pictures, len(pictures)) for pictures in (x, y)]
    assert [s.count for s in sets] == [64, 50]
    assert [len(s.kept) for s in sets] == [10, 10]
    assert frechet(*sets) == pytest.approx(frechet_distance_of(extractor(x), extractor(y)), rel=1e-6)
    np.testing.assert_array_equal(sets[0].kept, extractor(x)[kept_of(64)])


def test_a_set_that_is_kept_whole_meets_one_that_is_not(extractor, monkeypatch):
    few, many = noise(8), noise(50, 1)
    expected = frechet_distance_of(extractor(few), extractor(many))
    monkeypatch.setattr(feature_sets, "KEPT", 10)
    assert frechet(collect(extractor, few, 8), collect(extractor, many, 50)) == pytest.approx(expected, rel=1e-6)


def test_the_pictures_kept_are_spread_and_always_the_same():
    assert kept_of(100).tolist() == list(range(100))
    kept = kept_of(3 * feature_sets.KEPT)
    assert len(np.unique(kept)) == feature_sets.KEPT
    assert (np.diff(kept) > 0).all()
    assert abs(kept.mean() / (1.5 * feature_sets.KEPT) - 1) < 0.05
    np.testing.assert_array_equal(kept, kept_of(3 * feature_sets.KEPT))


def test_a_number_of_pictures_that_was_not_said_is_refused(extractor):
    with pytest.raises(ValueError, match="4 pictures were said"):
        collect(extractor, noise(3), 4)


@pytest.mark.parametrize("kept", [5000, 6])
def test_features_are_computed_once(extractor, paths, tmp_path, monkeypatch, kept):
    monkeypatch.setattr(feature_sets, "KEPT", kept)
    first = FeatureCache(extractor, [tmp_path / "features"]).features(paths, ["grey"])["grey"]
    assert extractor.network.seen == 20
    again = FeatureCache(extractor, [tmp_path / "features"]).features(paths, ["grey"])["grey"]
    assert extractor.network.seen == 20
    np.testing.assert_array_equal(first.kept, again.kept)
    assert frechet(again, again) == pytest.approx(0, abs=1e-6)
    assert frechet(first, collect(extractor, noise(30), 30)) == pytest.approx(
        frechet(again, collect(extractor, noise(30), 30)), rel=1e-9
    )
    expected = extractor([equalized_grey(central_crop(path)) for path in paths])
    np.testing.assert_array_equal(again.kept, expected[kept_of(20)])


def test_each_picture_is_decoded_once_for_all_looks(extractor, paths, tmp_path, monkeypatch):
    opened = []
    monkeypatch.setattr(feature_sets, "open_picture", lambda path: (opened.append(path), open_picture(path))[1])
    cache = FeatureCache(extractor, [tmp_path])
    cache.features(paths[:5], ["grey"])
    both = cache.features(paths[:5])
    assert opened == [*paths[:5], *paths[:5]]
    cache.features(paths)
    assert opened[10:] == paths
    for look, change in feature_sets.LOOKS.items():
        np.testing.assert_array_equal(both[look].kept, extractor([change(central_crop(p)) for p in paths[:5]]))


def test_what_features_follow_from_is_in_their_name(extractor, paths, tmp_path):
    def seen(**changes):
        before = extractor.network.seen
        settings = {"extractor": extractor, "paths": paths, "look": "colour"} | changes
        used = settings.pop("extractor")
        FeatureCache(used, [tmp_path]).features(settings.pop("paths"), [settings.pop("look")], **settings)
        return extractor.network.seen - before

    assert seen() == 20
    assert seen() == 0
    assert seen(look="grey") == 20
    assert seen(paths=paths[1:]) == 19
    assert seen(change=lambda index, crop: 255 - crop, change_name="negative") == 20
    for field in ("name", "resize", "weights"):
        other = Counting(**{**vars(extractor), field: "another"})
        assert seen(extractor=other) == 20


def test_a_picture_that_changed_is_looked_at_again(extractor, paths, tmp_path):
    copy = tmp_path / "copy.jpg"
    copy.write_bytes(paths[0].read_bytes())
    one = FeatureCache(extractor, [tmp_path]).features([copy, paths[1]], ["colour"])["colour"]
    same = FeatureCache(extractor, [tmp_path]).features(paths[:2], ["colour"])["colour"]  # The name does not count.
    assert extractor.network.seen == 2
    np.testing.assert_array_equal(one.kept, same.kept)
    copy.write_bytes(paths[2].read_bytes())
    FeatureCache(extractor, [tmp_path]).features([copy, paths[1]], ["colour"])["colour"]
    assert extractor.network.seen == 4


@pytest.mark.parametrize("damage", [b"", b"no archive", None])
def test_a_damaged_file_is_made_again(extractor, paths, tmp_path, damage):
    first = FeatureCache(extractor, [tmp_path]).features(paths, ["colour"])["colour"]
    (file,) = tmp_path.iterdir()
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2] if damage is None else damage)
    np.testing.assert_array_equal(
        FeatureCache(extractor, [tmp_path]).features(paths, ["colour"])["colour"].kept, first.kept
    )
    assert hashlib.sha256(file.read_bytes()).digest() == hashlib.sha256(whole).digest()


def test_where_the_first_folder_cannot_be_written_the_next_is_taken(extractor, paths, tmp_path):
    (tmp_path / "file").write_text("")
    folders = [tmp_path / "file" / "features", tmp_path / "run"]
    FeatureCache(extractor, folders).features(paths, ["colour"])["colour"]
    FeatureCache(extractor, folders).features(paths, ["colour"])["colour"]
    assert extractor.network.seen == 20
    assert len(list((tmp_path / "run").iterdir())) == 1
    with pytest.warns(UserWarning, match="features could not be kept"):
        FeatureCache(extractor, folders[:1]).features(paths, ["colour"])["colour"]


def test_a_file_that_is_gone_is_reported(extractor, tmp_path):
    with pytest.raises(UserError, match=r"gone\.jpg: cannot be read"):
        FeatureCache(extractor, [tmp_path]).features([tmp_path / "gone.jpg"])
