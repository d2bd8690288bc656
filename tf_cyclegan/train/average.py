"""A moving average of the generators, and the callback that keeps it up to date."""

from collections.abc import Callable

import keras
from keras import ops

from tf_cyclegan.train.callback import StepCallback, sync

EVERY = 10


class MovingAverage:
    """Copies of networks whose weights follow the originals slowly.

    Weights are taken in every `EVERY` steps, with the decay to that power: on a GPU a step is short, and doing it every
    time would cost a tenth of it. The decay grows to its value over the first steps, min(decay, (1 + t) / (10 + t)), so
    that the initial weights do not linger; so the average hardly reaches back further than the last ninth of the steps
    done. Of GANs: Yaz et al., https://arxiv.org/abs/1806.04498.

    Args:
        networks: the originals, by name.
        decay: of the average, in [0, 1).
    """

    def __init__(self, networks: dict[str, keras.Model], decay: float):
        self.decay = decay
        self.networks = {name: _copy(network) for name, network in networks.items()}
        self._pairs = [
            (average, weight)
            for name, network in networks.items()
            for average, weight in zip(self.networks[name].weights, network.weights, strict=True)
        ]
        self._update = self._compiled()

    @property
    def variables(self) -> list[keras.Variable]:
        """What a checkpoint has to keep."""
        return [average for average, _ in self._pairs]

    def begin(self) -> None:
        """Takes the originals' weights as they are."""
        for average, weight in self._pairs:
            average.assign(weight)

    def update(self, step: int, before: Callable[[], None] = lambda: None) -> None:
        """Takes the originals' weights in, after step number `step` (from 1), every `EVERY` steps.

        Args:
            step: number of the step.
            before: is called first where they are taken in.
        """
        if step % EVERY == 0:
            before()
            self._update(ops.convert_to_tensor(self._share_kept(step), "float32"))

    def _share_kept(self, step: int) -> float:
        """How much of the average stays at an update; the step alone decides, so a resumed run continues exactly."""
        return min(self.decay, (1 + step) / (10 + step)) ** EVERY

    def _compiled(self):
        """`decay` → new averages, assigned; one call instead of hundreds of small ones."""
        if keras.backend.backend() == "jax":
            import jax

            blend = jax.jit(_blend)

            def update(decay):
                new = blend([average.value for average, _ in self._pairs], [w.value for _, w in self._pairs], decay)
                for (average, _), value in zip(self._pairs, new, strict=True):
                    average.assign(value)

            return update
        import tensorflow as tf

        @tf.function
        def update_in_graph(decay):
            for average, weight in self._pairs:
                average.assign(*_blend([average], [weight], decay))

        return update_in_graph


def _blend(averages, weights, decay):
    return [w + ops.cast(decay, w.dtype) * (a - w) for a, w in zip(averages, weights, strict=True)]


def _copy(network: keras.Model) -> keras.Model:
    copy = keras.models.clone_model(network)
    copy.set_weights(network.get_weights())
    copy.trainable = False
    return copy


class Average(StepCallback):
    """Keeps the moving average of the generators up to date."""

    def __init__(self, start: int, average: MovingAverage):
        super().__init__(start)
        self._average = average

    def after_step(self, step, logs):
        self._average.update(step, before=lambda: sync(self.model))
