import keras
import numpy as np
import pytest
from PIL import Image

from tests.conftest import make_pictures
from tf_cyclegan.errors import UserError
from tf_cyclegan.evaluate.candidates import score_candidates
from tf_cyclegan.networks.files import load_network
from tf_cyclegan.score.domain import Files, read_domain
from tf_cyclegan.score.feature_sets import FeatureCache
from tf_cyclegan.train.opened import checkpoint_generators


@pytest.fixture(scope="module")
def domains(extractor, tmp_path_factory):
    """Photographs, and paintings of half their contrast."""
    folder = tmp_path_factory.mktemp("data")
    photographs = sorted(make_pictures(folder / "a", 12).iterdir())
    (folder / "b").mkdir()
    for path in photographs:
        Image.fromarray(np.asarray(Image.open(path)) // 2 + 64).save(folder / "b" / path.name, quality=95)
    paintings = sorted((folder / "b").iterdir())
    cache = FeatureCache(extractor, [folder / "features"])
    return [read_domain(cache, Files(paths, paths)) for paths in (photographs, paintings)]


def contrasts(*scales):
    """One network, whose weight changes from candidate to candidate."""
    picture = keras.Input((None, None, 3))
    network = keras.Model(picture, keras.layers.DepthwiseConv2D(1, use_bias=False)(picture))
    for scale in scales:
        network.set_weights([np.full_like(network.get_weights()[0], scale)])
        yield f"scale {scale}", network


def test_the_best_is_named_and_certain_where_it_is_clearly_so(extractor, domains):
    found = score_candidates(extractor, *domains, contrasts(1.0, 0.5, 0.8))
    assert [score["name"] for score in found["scores"]] == ["scale 1.0", "scale 0.5", "scale 0.8"]
    assert (found["best"], found["certain"]) == ("scale 0.5", True)
    assert found["scores"][0]["content"] == pytest.approx(1, abs=1e-6)


def test_between_equal_ones_nothing_is_certain(extractor, domains):
    printed = []
    found = score_candidates(extractor, *domains, contrasts(0.5, 0.50001), tell=printed.append)
    assert found["certain"] is False
    assert printed == ["checkpoint scale 0.5", "checkpoint scale 0.50001"]
    assert score_candidates(extractor, *domains, contrasts(0.5))["certain"] is None


def test_without_candidates_it_is_reported(extractor, domains):
    with pytest.raises(UserError, match="no checkpoint to score"):
        score_candidates(extractor, *domains, [])


@pytest.mark.slow
def test_generators_of_checkpoints_are_those_that_the_run_shares(trained):
    picture = np.random.default_rng(0).uniform(-1, 1, (1, 32, 32, 3)).astype(np.float32)
    shared = np.asarray(load_network(trained / "generator.keras")(picture))
    painted = {name: np.asarray(network(picture)) for name, network in checkpoint_generators(trained)}
    assert list(painted)[-1] == "step 4"
    np.testing.assert_allclose(painted["step 4"], shared, atol=1e-6)


def test_a_run_of_another_backend_or_without_checkpoints_is_reported(tmp_path):
    from tf_cyclegan.run.config import TrainConfig
    from tf_cyclegan.run.presets import PRESETS

    def write(**settings):
        config = TrainConfig(data="d", run=str(tmp_path), **PRESETS["smoke"], **settings)
        (tmp_path / "config.json").write_text(config.to_json())

    write(backend="torch")
    with pytest.raises(UserError, match="of another backend; set KERAS_BACKEND=torch"):
        next(checkpoint_generators(tmp_path))
    write(precision="float32")
    with pytest.raises(UserError, match="no checkpoints here; train the run first"):
        next(checkpoint_generators(tmp_path))
