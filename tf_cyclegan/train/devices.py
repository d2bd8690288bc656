"""The devices that a run trains on: the precision that suits them, and sharing each batch among several."""

import os
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import keras

from tf_cyclegan.backend import check_backend
from tf_cyclegan.errors import UserError

# Number of steps after which machines ask each other whether to stop: asking is a round over the network.
AGREE_EVERY = 10


@dataclass(frozen=True)
class Devices:
    """How the steps of a run are shared.

    Attributes:
        count: devices on all machines together.
        process: number of this process, from 0. Process 0 alone writes into the run's folder.
        processes: one per machine.
        replicas: copies of the step whose gradients are added up; 1 where one program runs over all devices.
        scope: the context in which the model is built, restored and trained.
    """

    count: int = 1
    process: int = 0
    processes: int = 1
    replicas: int = 1
    scope: Callable[[], AbstractContextManager] = nullcontext

    def agree(self, step: int, wish: bool) -> bool:
        """Whether any process wishes to stop after step number `step`; machines exchange this every few steps."""
        if self.processes == 1:
            return wish
        return step % AGREE_EVERY == 0 and max(self._gather(wish)) > 0

    def check_same(self, step: int) -> None:
        """Checks that every process restored the same step.

        Raises:
            UserError: they did not.
        """
        if self.processes > 1 and len(set(self._gather(step))) > 1:
            raise UserError("the machines see different checkpoints; --run must be a folder that all of them share")

    def _gather(self, value: int) -> list[int]:
        from jax.experimental import multihost_utils

        return multihost_utils.process_allgather(keras.ops.convert_to_tensor(int(value), "int32")).tolist()


def open_devices(count: int) -> Devices:
    """The devices of a run: one machine's under TensorFlow or JAX, several machines' under JAX.

    Several machines each run the same command with the variables `KERAS_DISTRIBUTION_JOB_ADDRESSES`,
    `KERAS_DISTRIBUTION_NUM_PROCESSES` and `KERAS_DISTRIBUTION_PROCESS_ID` set (see `keras.distribution.initialize`).

    Args:
        count: GPUs, or CPUs where there are none, on all machines together.

    Raises:
        UserError: there are fewer devices, or Keras runs on a backend that is unknown here.
    """
    check_backend(keras.backend.backend())
    machines = "KERAS_DISTRIBUTION_NUM_PROCESSES" in os.environ
    if keras.backend.backend() == "jax":
        return _jax_devices(count, machines)
    if machines:
        raise UserError("several machines train with JAX only; set KERAS_BACKEND=jax on each of them")
    return _tensorflow_devices(count) if count > 1 else Devices()


def _tensorflow_devices(count: int) -> Devices:
    import tensorflow as tf

    found = tf.config.list_logical_devices("GPU") or tf.config.list_logical_devices("CPU")
    _check_count(count, len(found))
    strategy = tf.distribute.MirroredStrategy([device.name for device in found[:count]])
    return Devices(count, replicas=count, scope=strategy.scope)


def _jax_devices(count: int, machines: bool) -> Devices:
    if machines:
        keras.distribution.initialize()
    import jax

    found = keras.distribution.list_devices()
    _check_count(count, len(found))
    if machines and count != len(found):
        raise UserError(f"--devices {count}: the machines have {len(found)} together, and all of them take part")
    if count == 1:
        return Devices()
    # Each process reads its own part of every batch.
    layout = keras.distribution.DataParallel(devices=found[:count], auto_shard_dataset=False)
    return Devices(count, jax.process_index(), jax.process_count(), scope=layout.scope)


def _check_count(count: int, found: int) -> None:
    if count > found:
        raise UserError(f"--devices {count}: there {'is' if found == 1 else 'are'} only {found}")


def default_precision() -> str:
    """float32 on CPUs; half precision on GPUs with units for it: bfloat16 from Ampere on, float16 on Volta and Turing.

    bfloat16 has the range of float32 and needs no scaling of the loss.
    """
    capability = _compute_capability()
    if capability >= (8, 0):
        return "mixed_bfloat16"
    return "mixed_float16" if capability >= (7, 0) else "float32"


def _compute_capability() -> tuple[int, int]:
    """Of the first NVIDIA GPU, e.g. (7, 5) for a T4; (0, 0) where there is none."""
    if keras.backend.backend() == "jax":
        import jax

        device = jax.devices()[0]
        major, minor = getattr(device, "compute_capability", "0.0").split(".")
        return int(major), int(minor)
    import tensorflow as tf

    gpus = tf.config.list_physical_devices("GPU")
    return tf.config.experimental.get_device_details(gpus[0]).get("compute_capability", (0, 0)) if gpus else (0, 0)
