"""A small classifier on features: logistic regression."""

from dataclasses import dataclass

import numpy as np
from scipy import optimize
from scipy.special import expit

from tf_cyclegan.metrics.distances import check_features


@dataclass(frozen=True)
class Classifier:
    """Says how likely features are of the positive class.

    Attributes:
        mean, deviation: of the training features, by which all are standardized, `(features,)`.
        weights: `(features,)`.
        bias: a number.
    """

    mean: np.ndarray
    deviation: np.ndarray
    weights: np.ndarray
    bias: float

    def probability(self, features: np.ndarray) -> np.ndarray:
        """Probability of the positive class, `(n, features)` → `(n,)`."""
        standardized = (np.asarray(features, np.float64) - self.mean) / self.deviation
        return expit(standardized @ self.weights + self.bias)


def train_classifier(positive: np.ndarray, negative: np.ndarray, *, penalty: float = 0.01) -> Classifier:
    """Logistic regression between two sets of features, both of equal weight whatever their sizes.

    Args:
        positive, negative: features, shapes `(n, features)` and `(m, features)`.
        penalty: of the squared weights, on standardized features; 0.01 suits a few hundred pictures.

    Raises:
        ValueError: fewer than 2 features in a set, sets of different width, NaN.
    """
    positive, negative = check_features(positive, negative)
    features = np.concatenate([positive, negative])
    mean, deviation = features.mean(axis=0), features.std(axis=0)
    deviation = np.where(deviation > 1e-9, deviation, 1.0)
    features = (features - mean) / deviation
    sides = np.concatenate([np.ones(len(positive)), -np.ones(len(negative))])
    shares = np.where(sides > 0, 0.5 / len(positive), 0.5 / len(negative))

    def loss(values: np.ndarray) -> tuple[float, np.ndarray]:
        weights, bias = values[:-1], values[-1]
        margins = sides * (features @ weights + bias)
        pull = -sides * shares * expit(-margins)
        value = shares @ np.logaddexp(0, -margins) + penalty / 2 * weights @ weights
        return value, np.append(features.T @ pull + penalty * weights, pull.sum())

    found = optimize.minimize(loss, np.zeros(features.shape[1] + 1), jac=True, method="L-BFGS-B")
    return Classifier(mean, deviation, found.x[:-1], float(found.x[-1]))


def balanced_accuracy(classifier: Classifier, positive: np.ndarray, negative: np.ndarray) -> float:
    """Mean of the shares of both sets that are classified correctly; 0.5 is chance, whatever the sets' sizes."""
    right = classifier.probability(positive) > 0.5, classifier.probability(negative) <= 0.5
    return float(np.mean([part.mean() for part in right]))
