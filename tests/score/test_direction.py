import shutil

import keras
import numpy as np
import pytest

from tests.conftest import make_pictures, make_truncated_jpeg
from tf_cyclegan.errors import UserError
from tf_cyclegan.score import translation
from tf_cyclegan.score.bands import compare_bands
from tf_cyclegan.score.damage import find_damage
from tf_cyclegan.score.direction import picture_names, thin_out
from tf_cyclegan.score.domain import Domain, Files, find_pictures, without_seen
from tf_cyclegan.score.feature_sets import FeatureCache, FeatureSet, central_crop
from tf_cyclegan.score.transfer import Transfer
from tf_cyclegan.score.translation import identity, paint, translate


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pictures")
    for name, count, seed in (("testA", 5, 0), ("trainB", 3, 50)):
        make_pictures(folder / name, count, seed)
    return folder


def scaling(scale, offset=0.0):
    picture = keras.Input((None, None, 3))
    return keras.Model(picture, keras.layers.Rescaling(scale, offset)(picture), name="generator")


def pictures_of(folder):
    return sorted(folder.iterdir())


def test_painting_goes_a_few_at_a_time_and_all_come_back_in_order():
    seen = []

    def negative(batch, training):
        assert training is False
        seen.append(len(batch))
        return -batch

    pictures = np.random.default_rng(0).integers(0, 256, (9, 8, 8, 3), dtype=np.uint8)
    np.testing.assert_array_equal(paint(negative, pictures), 255 - pictures)
    assert seen == [4, 4, 1]


def test_a_translation_compares_each_picture_with_its_own_result(extractor, folder, monkeypatch):
    monkeypatch.setattr(translation, "_BATCH", 2)
    paths = pictures_of(folder / "testA")
    found = translate(extractor, paths, scaling(0.5), scaling(2.0))
    halved = [np.rint((central_crop(p) / 127.5 - 1) * 63.75 + 127.5).astype(np.uint8) for p in paths]
    np.testing.assert_allclose(found.features["colour"].kept, extractor(halved), atol=0.02)
    assert found.features["colour"].probabilities is None
    assert (found.pairs["edges"] > 0.95).all()
    assert (found.pairs["psnr"] > 45).all()  # Half the steps are lost on the way, no more.
    assert all(len(values) == 5 for values in found.pairs.values())
    expected = [compare_bands(central_crop(p), result) for p, result in zip(paths, halved, strict=True)]
    np.testing.assert_allclose(found.bands, expected, atol=0.02)


def test_identity_is_of_the_picture_and_what_becomes_of_it(folder):
    paths = pictures_of(folder / "testA")
    assert identity(paths, scaling(1.0)) == {"psnr": None, "ssim": pytest.approx(1)}
    brighter = identity(paths, scaling(0.8))
    assert brighter["psnr"] < 35
    assert brighter["ssim"] < 1


def test_pictures_of_one_name_in_two_folders_are_called_differently(tmp_path):
    paths = [tmp_path / "testA" / name for name in ("sea/1.jpg", "sky/1.jpg", "2.jpg")]
    assert picture_names(paths) == ["sea/1.jpg", "sky/1.jpg", "2.jpg"]
    assert picture_names(paths[2:]) == ["2.jpg"]


def test_colour_transfer_takes_the_colours_of_the_target_s_training_pictures(extractor, folder, tmp_path):
    source = Domain(Files(pictures_of(folder / "testA"), []), {}, {})
    target = Domain(Files([], pictures_of(folder / "trainB")), {}, {})
    cache = FeatureCache(extractor, [tmp_path])
    transfer = Transfer(source, target)
    translated = transfer.translate(cache)
    found = translated.features
    crops = [central_crop(path) for path in source.files.held_out]
    assert translated.bands == [compare_bands(crop, transfer(i, crop)) for i, crop in enumerate(crops)]
    assert translated.damage == [find_damage(crop, transfer(i, crop)) for i, crop in enumerate(crops)]
    references = np.array([extractor([central_crop(p)])[0] for p in target.files.training])
    distances = np.linalg.norm(found["colour"].kept[:, None] - references, axis=2)
    untouched = np.linalg.norm(extractor(map(central_crop, source.files.held_out))[:, None] - references, axis=2)
    assert distances.min(axis=1).mean() < untouched.min(axis=1).mean() / 2
    np.testing.assert_array_equal(Transfer(source, target).features(cache)["colour"].kept, found["colour"].kept)


def test_the_floor_is_of_as_many_pictures_as_the_results():
    features = np.random.default_rng(0).normal(size=(30, 4))
    thinned = thin_out(FeatureSet(30, features), 12)
    assert (thinned.count, len(thinned.kept), thinned.moments) == (12, 12, None)
    assert len(np.unique(thinned.kept, axis=0)) == 12
    assert (thinned.kept[:, None] == features).all(axis=2).any(axis=1).all()
    assert thin_out(FeatureSet(30, features), 30).kept is features


def test_held_out_pictures_that_were_trained_on_are_left_out_by_their_content(folder, tmp_path, extractor):
    cache = FeatureCache(extractor, [tmp_path])
    held_out, training = pictures_of(folder / "testA"), pictures_of(folder / "trainB")
    copy = tmp_path / "copy.jpg"
    copy.write_bytes(training[1].read_bytes())
    seen = {cache.sum_of(path) for path in training}
    assert without_seen(cache, Files([copy, *held_out], []), seen).held_out == held_out
    with pytest.raises(UserError, match="1 of 2 pictures were trained on; at least 2 must be others"):
        without_seen(cache, Files([copy, held_out[0]], []), seen)


def test_a_damaged_picture_is_named_and_left_out(folder, tmp_path):
    shutil.copytree(folder, tmp_path / "data")
    make_truncated_jpeg(tmp_path / "data" / "testA" / "001.jpg")
    with pytest.warns(UserWarning, match=r"left out: .*testA/001.jpg: damaged"):
        files = find_pictures(tmp_path / "data" / "testA", tmp_path / "data" / "trainB")
    assert [path.name for path in files.held_out] == ["000.jpg", "002.jpg", "003.jpg", "004.jpg"]
    assert len(files.training) == 3


def test_missing_folders_are_reported(folder):
    with pytest.raises(UserError, match="testB: no such folder; evaluation needs held-out pictures"):
        find_pictures(folder / "testB", folder / "trainB")
