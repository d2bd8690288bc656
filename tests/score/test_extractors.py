import dataclasses

import keras
import numpy as np
import pytest
from PIL import Image

from tests.conftest import make_picture
from tf_cyclegan.errors import UserError
from tf_cyclegan.score import extractors
from tf_cyclegan.score.extractors import load_extractor
from tf_cyclegan.settings.choices import FEATURES


def tiny(activation, side=224, kernel="relu"):
    keras.utils.set_random_seed(1)
    picture = keras.Input((side, side, 3))
    pooled = keras.layers.GlobalAveragePooling2D()(keras.layers.Conv2D(6, 16, 16, activation=kernel)(picture))
    return keras.Model(picture, keras.layers.Dense(3, activation=activation)(pooled) if activation else pooled)


def saved(network, folder):
    network.save(folder / "network.keras")
    return folder / "network.keras"


@pytest.fixture(scope="module")
def extractor(tmp_path_factory):
    return load_extractor("mobilenet_v2", saved(tiny("softmax"), tmp_path_factory.mktemp("features")))


PICTURES = [make_picture(i, 80 + 9 * i, 70) for i in range(19)]


def test_features_do_not_depend_on_batches_and_order(extractor, monkeypatch):
    together = extractor(PICTURES)
    assert together.shape == (19, 6)
    one_by_one = np.concatenate([extractor([picture]) for picture in PICTURES])
    np.testing.assert_allclose(one_by_one, together, atol=1e-6)
    np.testing.assert_allclose(extractor(PICTURES[::-1])[::-1], together, atol=1e-6)
    assert extractor([]).shape == (0, 6)


def test_a_picture_is_its_central_square(extractor):
    wide = make_picture(0, 90, 50)
    np.testing.assert_array_equal(extractor([wide]), extractor([wide.crop((20, 0, 70, 50))]))


def test_probabilities_come_from_a_softmax_and_from_logits_alike(tmp_path):
    network = tiny("softmax")
    logits = tiny("linear")
    logits.set_weights(network.get_weights())
    found = []
    for i, model in enumerate((network, logits)):
        (tmp_path / str(i)).mkdir()
        extractor = load_extractor("mobilenet_v2", saved(model, tmp_path / str(i)))
        found.append(next(extractor.batches(PICTURES[:4])).probabilities)
    np.testing.assert_allclose(found[0], found[1], atol=1e-6)
    np.testing.assert_allclose(found[0].sum(axis=1), 1, atol=1e-6)


def test_a_network_without_classes_has_features_only(tmp_path):
    extractor = load_extractor("mobilenet_v2", saved(tiny(None), tmp_path))
    assert not extractor.classifies
    assert next(extractor.batches(PICTURES[:2])).probabilities is None


def test_the_weights_are_reported_by_their_digest(extractor, tmp_path):
    network = tiny("softmax")
    assert load_extractor("mobilenet_v2", saved(network, tmp_path)).weights == extractor.weights
    network.set_weights([w + 1e-3 for w in network.get_weights()])
    assert load_extractor("mobilenet_v2", saved(network, tmp_path)).weights != extractor.weights


def test_nan_weights_are_reported(tmp_path):
    network = tiny("softmax")
    network.set_weights([w * np.nan for w in network.get_weights()])
    with pytest.raises(UserError, match="mobilenet_v2: NaN among its weights; download"):
        load_extractor("mobilenet_v2", saved(network, tmp_path))


def test_nan_features_are_reported(tmp_path):
    extractor = load_extractor("mobilenet_v2", saved(tiny(None, kernel="linear"), tmp_path))
    broken = dataclasses.replace(extractor, prepare=lambda square: np.full((224, 224, 3), np.nan, np.float32))
    with pytest.raises(UserError, match="mobilenet_v2: NaN among the features"):
        broken(PICTURES[:1])


@pytest.mark.parametrize("name", FEATURES)
def test_a_missing_weight_file_says_what_to_download_and_how_to_give_it(name, tmp_path):
    with pytest.raises(
        UserError, match=rf"none: no such file; download https://\S+ .* --features {name} --weights FILE"
    ) as printed:
        load_extractor(name, tmp_path / "none")
    assert "\n" not in str(printed.value)


@pytest.mark.parametrize("name", FEATURES)
def test_a_download_that_fails_says_so_too(name, monkeypatch):
    def fail(*_, **__):
        raise OSError("no route")

    monkeypatch.setattr(keras.utils, "get_file", fail)
    for application in extractors._APPLICATIONS.values():
        monkeypatch.setattr(keras.applications, application.function, fail)
    with pytest.raises(UserError, match=rf"the weights of {name} could not be downloaded; download https://"):
        load_extractor(name)


def test_a_download_that_is_another_file_is_removed(monkeypatch, tmp_path):
    path = tmp_path / "weights.pth"
    path.write_bytes(b"an error page")
    monkeypatch.setattr(keras.utils, "get_file", lambda origin: str(path))
    with pytest.raises(UserError, match="arrived damaged and were removed"):
        load_extractor("inception_v3_fid")
    assert not path.exists()


def test_networks_for_other_sizes_are_refused(tmp_path):
    with pytest.raises(UserError, match=r"takes \(299, 299, 3\); expected MobileNetV2 for 224 px"):
        load_extractor("mobilenet_v2", saved(tiny("softmax", 299), tmp_path))


def test_inception_of_keras_is_read_from_a_file(tmp_path):
    extractor = load_extractor("inception_v3_keras", saved(tiny("softmax", 299), tmp_path))
    assert (extractor.name, extractor.resize) == ("inception_v3_keras", "bicubic with antialiasing to 299 px")
    assert extractor(PICTURES[:2]).shape == (2, 6)


@pytest.mark.slow
def test_weights_as_h5_are_read(tmp_path):
    keras.utils.set_random_seed(0)
    network = keras.applications.MobileNetV2(weights=None)
    path = tmp_path / "network.weights.h5"
    network.save_weights(path)
    extractor = load_extractor("mobilenet_v2", path)
    assert (extractor.width, extractor.classifies, extractor.logits) == (1280, True, False)
    np.testing.assert_array_equal(extractor.network.get_weights()[0], network.get_weights()[0])
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(UserError, match="not the weights of mobilenet_v2, or damaged"):
        load_extractor("mobilenet_v2", path)


@pytest.mark.slow
def test_the_real_network_knows_a_photograph(test_data):
    extractor = load_extractor("mobilenet_v2", test_data / "weights" / "mobilenet_v2_imagenet.keras")
    assert (extractor.name, extractor.width, extractor.classifies) == ("mobilenet_v2", 1280, True)
    photo = Image.open(next(iter(sorted((test_data / "data" / "photos").glob("*.jpg"))))).convert("RGB")
    found = next(extractor.batches([photo]))
    assert found.values.min() >= 0
    assert found.probabilities.max() > 0.05
