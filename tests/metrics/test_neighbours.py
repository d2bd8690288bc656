import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.reference.metrics.formulas import CASES, random_features
from tf_cyclegan.metrics.distances import frechet_distance_of
from tf_cyclegan.metrics.neighbours import (
    memorized_share,
    mifid,
    nearest,
    precision_and_recall,
    realism_scores,
    recognised_share,
)

REFERENCE = json.loads((Path(__file__).parents[1] / "reference" / "metrics" / "distances.json").read_text())
SEEDS = st.integers(0, 2**32 - 1)


def features(seed, count=20, width=3, shift=0.0):
    return np.random.default_rng(seed).normal(shift, 1.0, (count, width))


def brute_force_share(points, manifold, k):
    """Equations 1 and 2 of the paper, spelled out."""

    def distance(a, b):
        return sum((p - q) ** 2 for p, q in zip(a, b, strict=True)) ** 0.5

    def within(point):
        for i, centre in enumerate(manifold):
            others = sorted(distance(centre, other) for j, other in enumerate(manifold) if j != i)
            if distance(point, centre) <= others[k - 1]:
                return True
        return False

    return sum(within(point) for point in points) / len(points)


@given(SEEDS, st.integers(5, 14), st.integers(5, 14), st.integers(1, 4), st.floats(0, 2))
@settings(deadline=None, max_examples=40)
def test_precision_and_recall_are_the_paper_s(seed, n, m, k, shift):
    real, generated = features(seed, n), features(seed + 1, m, shift=shift)
    expected = brute_force_share(generated, real, k), brute_force_share(real, generated, k)
    assert precision_and_recall(real, generated, k=k) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("case", CASES)
def test_precision_and_recall_agree_with_torch_fidelity(case):
    generated, real = random_features(case)
    expected = REFERENCE["distances"][case]["torch-fidelity"]
    found = precision_and_recall(real, generated)
    assert found == pytest.approx((expected["precision"], expected["recall"]), rel=1e-6)


@given(SEEDS)
@settings(deadline=None, max_examples=20)
def test_order_and_blocks_change_nothing(seed):
    real, generated = features(seed, 40), features(seed + 1, 30, shift=0.7)
    expected = precision_and_recall(real, generated), nearest(generated, real).distances
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tf_cyclegan.metrics.neighbours._BLOCK", 7)
        order = np.random.default_rng(seed).permutation(len(generated))
        assert precision_and_recall(real, generated[order]) == pytest.approx(expected[0])
        np.testing.assert_allclose(nearest(generated[order], real).distances, expected[1][order], atol=1e-12)


def test_a_set_lies_in_its_own_manifold_also_where_pictures_repeat():
    repeated = np.repeat(features(0, 5) * 1000, 6, axis=0)
    assert precision_and_recall(repeated, repeated) == (1, 1)


def test_sets_far_apart_share_nothing_and_a_mode_that_is_left_out_costs_recall():
    assert precision_and_recall(features(0), features(1, shift=100)) == (0, 0)
    both = np.concatenate([features(0), features(1, shift=100)])
    precision, recall = precision_and_recall(both, features(2) * 0.5)
    assert precision > 0.9
    assert recall < 0.55


def test_a_neighbour_needs_more_pictures_than_its_number():
    with pytest.raises(ValueError, match=r"at least 4 features in each set are needed\. Received: 20 and 3"):
        precision_and_recall(features(0), features(1, 3))


def test_the_nearest_is_by_the_angle():
    y = np.array([[1.0, 0, 0], [0, 2.0, 0], [0, 0, 0]])
    found = nearest(np.array([[5.0, 0, 0], [3.0, 4.0, 0], [0, 0, 1.0]]), y)
    np.testing.assert_allclose(found.distances, [0, 0.2, 1], atol=1e-12)
    assert found.indices.tolist()[:2] == [0, 1]


def test_mifid_punishes_what_was_learnt_by_heart_only():
    training = np.abs(features(0, 40, 8))
    copies, others = training[:30] + 1e-3, features(1, 30, 8)
    learnt, honest = mifid(copies, training), mifid(others, training)
    assert learnt.distance < 0.1 <= honest.distance
    assert learnt.value == pytest.approx(frechet_distance_of(copies, training) / learnt.distance)
    assert honest.value == pytest.approx(frechet_distance_of(others, training))


def test_mifid_takes_a_distance_to_punish():
    training = np.abs(features(0, 40, 8))
    assert mifid(training[:30] * 2, training, fid=3.0).value > 1e6
    assert mifid(features(1, 30, 8), training, fid=3.0).value == 3.0


def test_the_share_learnt_by_heart_is_measured_by_held_out_pictures():
    held_out = np.linspace(0.2, 0.4, 101)
    assert memorized_share(np.array([0.0, 0.1, 0.2, 0.3]), held_out) == 0.75
    assert memorized_share(held_out, held_out) == pytest.approx(0.05, abs=0.01)


def test_realism_by_brute_force_from_the_paper():
    random = np.random.default_rng(0)
    real, generated = random.normal(size=(40, 5)), random.normal(0.5, 1, (30, 5))
    between = np.linalg.norm(real[:, None] - real, axis=2)
    radii = np.sort(between, axis=1)[:, 3]
    chosen = radii <= np.median(radii)
    away = np.linalg.norm(generated[:, None] - real[chosen], axis=2)
    np.testing.assert_allclose(realism_scores(real, generated), (radii[chosen] / away).max(axis=1), rtol=1e-9)


def test_what_is_within_a_radius_scores_over_1():
    random = np.random.default_rng(1)
    real = random.normal(size=(50, 3))
    scores = realism_scores(real, np.concatenate([real[:1], real[:1] + 100]))
    assert scores[1] < 0.1
    precision, _ = precision_and_recall(real, random.normal(size=(50, 3)) * 4)
    scores = realism_scores(real, random.normal(size=(50, 3)) * 4)
    assert (scores > 1).mean() <= precision + 0.2
    assert np.isfinite(realism_scores(np.zeros((6, 2)), np.zeros((3, 2)))).all()


def test_results_are_recognised_by_their_originals():
    originals = np.random.default_rng(2).normal(size=(20, 6))
    assert recognised_share(originals * 0.5, originals) == 1
    assert recognised_share(originals[::-1], originals) == 0
    with pytest.raises(ValueError, match="pairs"):
        recognised_share(originals[1:], originals)
