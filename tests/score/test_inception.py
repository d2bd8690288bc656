import json
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from tests import torch_files
from tests.reference.metrics.formulas import random_pictures, random_weight
from tf_cyclegan.errors import UserError
from tf_cyclegan.score.extractors import load_extractor
from tf_cyclegan.score.inception import load_inception, resize_like_tensorflow_1, set_published_weights

FOLDER = Path(__file__).parents[1] / "reference" / "metrics"
ABOUT = json.loads((FOLDER / "inception.json").read_text())


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """A file as the published one, with weights that follow from their names; the reference had the same."""
    state = {name: random_weight(name, tuple(shape)) for name, shape in ABOUT["weights"].items()}
    return torch_files.write_zip(tmp_path_factory.mktemp("inception") / "inception.pth", state)


@pytest.fixture(scope="module")
def extractor(weights):
    return load_extractor("inception_v3_fid", weights)


@pytest.mark.slow
def test_every_layer_has_the_shape_it_has_in_torch_fidelity(extractor):
    shapes = {layer.name: list(layer.output.shape[1:]) for layer in extractor.network.layers}
    assert {name: shapes.get(name) for name in ABOUT["shapes"]} == ABOUT["shapes"]
    assert len(ABOUT["shapes"]) == 94 + 11


@pytest.mark.slow
def test_features_and_classes_are_those_of_torch_fidelity(extractor):
    with np.load(FOLDER / "inception.npz") as expected:
        pictures = np.stack([resize_like_tensorflow_1(p[None])[0] for p in random_pictures()])
        features, logits = extractor.network((pictures - 128) / 128, training=False)
        for found, name in ((features, "2048"), (logits, "logits_unbiased")):
            scale = np.abs(expected[name]).max()
            np.testing.assert_allclose(np.asarray(found) / scale, expected[name] / scale, atol=1e-5)


@pytest.mark.slow
def test_the_extractor_prepares_pictures_as_torch_fidelity_does(extractor, monkeypatch):
    monkeypatch.setattr("tf_cyclegan.score.extractors.BATCH", 2)
    squares = [picture[:, 10:70] for picture in random_pictures()]
    whole = (resize_like_tensorflow_1(np.stack(squares)) - 128) / 128
    expected = np.asarray(extractor.network(whole, training=False)[0])
    found = next(extractor.batches(random_pictures()))
    np.testing.assert_allclose(found.values, expected, rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(found.probabilities.sum(axis=1), 1, rtol=1e-5)
    assert extractor.resize == "bilinear as TensorFlow 1 to 299 px"


@pytest.mark.parametrize("side", [60, 299, 400])
def test_the_resize_is_that_of_tensorflow_1(side):
    pictures = np.random.RandomState(0).randint(0, 256, (1, side, side, 3)).astype(np.uint8)
    expected = tf.compat.v1.image.resize_bilinear(pictures, (299, 299), align_corners=False)
    np.testing.assert_allclose(resize_like_tensorflow_1(pictures), expected, atol=2e-3)


@pytest.mark.slow
def test_other_weights_are_refused(extractor, tmp_path):
    names = list(ABOUT["weights"].items())
    few = {name: random_weight(name, tuple(shape)) for name, shape in names[:5]}
    with pytest.raises(
        UserError, match=r"few\.pth: has no Conv2d_2a_3x3.conv.weight; expected the weights of inception"
    ):
        load_inception(torch_files.write_zip(tmp_path / "few.pth", few))
    few["Conv2d_1a_3x3.conv.weight"] = few["Conv2d_1a_3x3.conv.weight"][:16]
    with pytest.raises(UserError, match=r"Conv2d_1a_3x3.conv.weight has another shape"):
        set_published_weights(extractor.network, few)
