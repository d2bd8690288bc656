"""Made distances.json and inception.npz: what torch-fidelity and clean-fid compute on the inputs of formulas.py.

Run where these are installed: `pip install torch torch-fidelity clean-fid scipy`, then `python make.py`. Where there is
no torchvision, an empty stand-in is enough: nothing that is called here uses it.
"""

import json
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from unittest.mock import MagicMock

try:
    import torchvision  # noqa: F401
except ImportError:
    for name in ("", ".transforms", ".transforms.functional", ".datasets", ".models", ".ops"):
        sys.modules[f"torchvision{name}"] = MagicMock()

import numpy as np
import torch
from cleanfid import fid as cleanfid
from formulas import CASES, random_features, random_logits, random_pictures, random_weight
from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3
from torch_fidelity.metric_fid import fid_features_to_statistics, fid_statistics_to_metric
from torch_fidelity.metric_isc import isc_features_to_metric
from torch_fidelity.metric_kid import kid_features_to_metric
from torch_fidelity.metric_prc import prc_features_to_metric

HERE = Path(__file__).parent
LAYERS = ("64", "192", "768", "2048", "logits_unbiased", "logits")


def distances(name: str) -> dict:
    x, y = random_features(name)
    one, other = torch.from_numpy(x), torch.from_numpy(y)
    statistics = [fid_features_to_statistics(features) for features in (one, other)]
    found = {
        "torch-fidelity": dict(fid_statistics_to_metric(*statistics, verbose=False)),
        "clean-fid": {"frechet_inception_distance": float(cleanfid.fid_from_feats(x, y))},
    }
    # x as generated, y as real.
    found["torch-fidelity"] |= prc_features_to_metric(one, other, prc_neighborhood=3, prc_batch_size=100, verbose=False)
    if len(x) == len(y):  # Then one subset holds everything, and the order does not count.
        of_all = {"kid_subsets": 1, "kid_subset_size": len(x), "verbose": False}
        found["torch-fidelity"] |= kid_features_to_metric(one, other, **of_all)
        found["clean-fid"]["kernel_inception_distance_mean"] = cleanfid.kernel_distance(x, y, 1, len(x))
    return found


def extractor() -> FeatureExtractorInceptionV3:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "empty.pth"
        torch.save({}, path)
        load, FeatureExtractorInceptionV3.load_state_dict = FeatureExtractorInceptionV3.load_state_dict, MagicMock()
        network = FeatureExtractorInceptionV3("inception", list(LAYERS), feature_extractor_weights_path=str(path))
        FeatureExtractorInceptionV3.load_state_dict = load
    state = {k: torch.from_numpy(random_weight(k, tuple(v.shape))) for k, v in network.state_dict().items() if v.ndim}
    network.load_state_dict(state, strict=False)
    return network.eval()


def inception() -> None:
    network = extractor()
    shapes, sizes = {}, {}

    def note(name):
        def hook(module, inputs, output):
            shapes[name] = [*output.shape[2:], output.shape[1]]
            sizes[name] = float(output.abs().mean())

        return hook

    for name, module in network.named_modules():
        if type(module).__name__ == "BasicConv2d" or (name.startswith("Mixed") and "." not in name):
            module.register_forward_hook(note(name))
    pictures = torch.from_numpy(random_pictures().transpose(0, 3, 1, 2).copy())
    with torch.no_grad():
        outputs = dict(zip(LAYERS, network(pictures), strict=True))
    weights = {k: list(v.shape) for k, v in network.state_dict().items() if v.ndim}
    about = {"shapes": shapes, "mean_magnitudes": sizes, "weights": weights}
    (HERE / "inception.json").write_text(json.dumps(about, indent=0) + "\n")
    np.savez_compressed(
        HERE / "inception.npz", **{k: outputs[k].numpy() for k in ("2048", "logits_unbiased", "logits")}
    )


def main() -> None:
    tools = {name: version(name) for name in ("torch-fidelity", "clean-fid", "torch", "numpy", "scipy")}
    score = isc_features_to_metric(torch.from_numpy(random_logits()), splits=1, shuffle=False)
    found = {"versions": tools, "distances": {name: distances(name) for name in CASES}, "inception_score": score}
    (HERE / "distances.json").write_text(json.dumps(found, indent=2) + "\n")
    inception()


if __name__ == "__main__":
    main()
