"""Mean and covariance of features that come in batches."""

import numpy as np


class Moments:
    """Mean and covariance in one pass: what is kept does not grow with the number of pictures.

    Batches are merged as by Chan, Golub and LeVeque, so their sizes and order change the result by rounding only.

    Attributes:
        count: how many features came.
        mean: `(features,)` float64.
    """

    def __init__(self, features: int):
        self.count = 0
        self.mean = np.zeros(features)
        self._scatter = np.zeros((features, features))

    @classmethod
    def of(cls, count: int, mean: np.ndarray, covariance: np.ndarray) -> "Moments":
        """Moments that are known already: of `count` features, with this mean and unbiased covariance."""
        moments = cls(len(mean))
        moments.count, moments.mean = count, np.asarray(mean, np.float64)
        moments._scatter = np.asarray(covariance, np.float64) * (count - 1)
        return moments

    def add(self, batch: np.ndarray) -> None:
        """Takes in features of shape `(n, features)`; n may be 0."""
        batch = np.asarray(batch, np.float64)
        if batch.ndim != 2 or batch.shape[1] != len(self.mean):
            raise ValueError(f"expected features of shape (n, {len(self.mean)}). Received: {batch.shape}")
        if not len(batch):
            return
        mean = batch.mean(axis=0)
        centred, shift = batch - mean, mean - self.mean
        total = self.count + len(batch)
        self._scatter += centred.T @ centred + np.outer(shift, shift) * (self.count * len(batch) / total)
        self.mean = self.mean + shift * (len(batch) / total)
        self.count = total

    @property
    def covariance(self) -> np.ndarray:
        """Unbiased covariance, `(features, features)` float64.

        Raises:
            ValueError: fewer than 2 features came.
        """
        if self.count < 2:
            raise ValueError(f"a covariance needs at least 2 features. Received: {self.count}")
        return self._scatter / (self.count - 1)
