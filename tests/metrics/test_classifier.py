import numpy as np
import pytest

from tf_cyclegan.metrics.classifier import balanced_accuracy, train_classifier


def features(seed, count=80, shift=0.0, width=5):
    return np.random.default_rng(seed).normal(shift, 1.0, (count, width))


def test_two_groups_are_told_apart_on_features_that_were_not_trained_on():
    classifier = train_classifier(features(0, shift=1.5), features(1))
    assert balanced_accuracy(classifier, features(2, shift=1.5), features(3)) > 0.9


def test_one_group_is_reported_by_chance():
    classifier = train_classifier(features(0, 400), features(1, 400))
    assert balanced_accuracy(classifier, features(2, 400), features(3, 400)) == pytest.approx(0.5, abs=0.08)


def test_it_is_the_minimum_of_the_loss():
    """The gradient of the penalized, evenly weighted log loss, computed by differences, is 0."""
    positive, negative, penalty = features(0, 30, 0.5), features(1, 50), 0.05
    classifier = train_classifier(positive, negative, penalty=penalty)

    def loss(weights):
        standardized = [(f - classifier.mean) / classifier.deviation for f in (positive, negative)]
        margins = [s @ weights + classifier.bias for s in standardized]
        log_loss = np.log1p(np.exp(-margins[0])).mean() / 2 + np.log1p(np.exp(margins[1])).mean() / 2
        return log_loss + penalty / 2 * weights @ weights

    for step in np.eye(5) * 1e-4:
        slope = (loss(classifier.weights + step) - loss(classifier.weights - step)) / 2e-4
        assert slope == pytest.approx(0, abs=1e-3)


def test_a_large_set_does_not_outvote_a_small_one():
    classifier = train_classifier(features(0, 20, shift=1.0), features(1, 2000))
    assert classifier.probability(features(2, 500, shift=1.0)).mean() > 0.7
    assert balanced_accuracy(classifier, features(2, 300, shift=1.0), features(3, 300)) > 0.75


def test_accuracy_is_balanced():
    classifier = train_classifier(features(0, shift=3), features(1))
    assert balanced_accuracy(classifier, features(2, 4, shift=-3), features(3, 400)) == pytest.approx(0.5, abs=0.02)


def test_features_that_never_change_are_left_out_of_it():
    constant = [np.hstack([f, np.ones((len(f), 1))]) for f in (features(0, shift=1), features(1))]
    assert np.isfinite(train_classifier(*constant).probability(constant[0])).all()


def test_features_that_are_not_finite_are_refused():
    with pytest.raises(ValueError, match="finite"):
        train_classifier(features(0), features(1) * np.nan)
