"""Finds the one network in a PyTorch program's checkpoint: bare, wrapped, or among others, averages and optimizers."""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np

from tf_cyclegan.errors import UserError
from tf_cyclegan.networks.published.state_dict import StateDict

# No honest checkpoint has more entries; a damaged file can name one list so often that no end is reached.
_MOST_ENTRIES = 100_000

# Names of tensors by which other programs' networks are known, and what to do.
_OTHERS = (
    (r"(^|\.)filt$", "a blur of CUT's anti-aliased networks; only those that were trained with its options "
     "--no_antialias --no_antialias_up are the published ones"),
    (r"(^|\.)mlp_\d+\.", "CUT's network netF, which does not paint; its generator is in the file …_net_G.pth"),
    (r"\.conv_block\.\d+\.conv\.", "a separable convolution of GAN Compression's networks, which cannot be imported"),
    (r"(^|\.)modulation\.(weight|bias)$", "StyleGAN2, which cannot be imported"),
    (r"\.weight_orig$|\.parametrizations\.\w+\.(original|\d+\._[uv])$", "spectral norm; take it off in PyTorch "
     "(torch.nn.utils.parametrize.remove_parametrizations, or torch.nn.utils.remove_spectral_norm) and save again"),
    (r"\.weight_g$|\.parametrizations\.\w+\.original\d$", "weight norm; take it off in PyTorch "
     "(torch.nn.utils.parametrize.remove_parametrizations, or torch.nn.utils.remove_weight_norm) and save again"),
)  # fmt: skip

_Path = tuple[str, ...]


def find_network(checkpoint: StateDict, key: str | None = None) -> StateDict:
    """The state dict of the one network of the original program in a checkpoint.

    Networks are known by the names of their tensors, which begin with `model.` or `net.` and a number; prefixes
    such as `module.` or `netG_A.`, and dictionaries around them, are removed.

    Args:
        checkpoint: as from `load_checkpoint`.
        key: which network, where there are several: the names of the dictionaries and modules around it, with dots.

    Returns:
        Key → array, as the network itself would have saved it, and its modules where they are listed.

    Raises:
        UserError: there is none, or another program's; there are several, or other tensors besides it, and no `key`
            says which is meant.
    """
    entries = _entries(checkpoint)
    roots = _roots(entries)
    names = {".".join(root): root for root in roots}
    if not roots:
        raise UserError(_no_network(entries))
    root = roots[0] if key is None and len(roots) == 1 else names.get(key or "")
    if root is None:
        listed = ", ".join(names)
        wrong = f"holds no network called {key}" if key else f"holds {len(names)} networks"
        raise UserError(f"{wrong}; choose one with --key: {listed}")
    inside = {path[len(root) :]: value for path, value in entries.items() if _starts(path, root)}
    if key is None:
        _check_alone(entries, root)
    state = {".".join(path): value for path, value in inside.items()}
    other = _other_program(state)
    if other:
        raise UserError(other)
    for name, value in state.items():
        if not isinstance(value, np.ndarray):
            raise UserError(f"{name} is not a tensor; expected a state dict as the original program saves it")
    return StateDict(state, _modules_of(checkpoint, root, state))


def _entries(checkpoint: StateDict) -> dict[_Path, Any]:
    """Every value by its path: names of dictionaries and modules, whether nested or written with dots, are alike."""
    entries: dict[_Path, Any] = {}
    found = list(islice(_leaves(checkpoint), _MOST_ENTRIES + 1))
    if len(found) > _MOST_ENTRIES:
        raise UserError(f"holds more than {_MOST_ENTRIES:,} entries; expected a network's state dict")
    for path, value in found:
        if path in entries:
            raise UserError(f"damaged: two entries are called {'.'.join(path)}")
        entries[path] = value
    return entries


def _leaves(value: Any, path: _Path = ()) -> Iterator[tuple[_Path, Any]]:
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from _leaves(item, (*path, *str(key).split(".")))
    elif isinstance(value, list) and value:
        for i, item in enumerate(value):
            yield from _leaves(item, (*path, str(i)))
    else:
        yield path, value


def _starts(path: _Path, beginning: _Path) -> bool:
    return path[: len(beginning)] == beginning


def _roots(entries: dict[_Path, Any]) -> list[_Path]:
    """Where networks begin: the paths before `model.3` or `net.3`, and of U-Nets before `model.model.3`."""
    unets = {
        path[:i] for path in entries for i in range(len(path)) if path[i : i + 4] == ("model", "model", "1", "model")
    }
    roots = dict.fromkeys(root for path, value in entries.items() if (root := _root(path, value, unets)) is not None)
    return [root for root in roots if not any(_starts(root, other) for other in roots if other != root)]


def _root(path: _Path, value: Any, unets: set[_Path]) -> _Path | None:
    if not isinstance(value, np.ndarray):
        return None
    for i in range(len(path) - 2):
        if path[:i] in unets or (path[i] in ("model", "net") and path[i + 1].isdigit()):
            return path[:i]
    return None


def _optimizers(entries: dict[_Path, Any]) -> set[_Path]:
    return {path[:i] for path in entries for i, name in enumerate(path) if name == "param_groups"}


def _check_alone(entries: dict[_Path, Any], root: _Path) -> None:
    optimizers = _optimizers(entries)
    for path, value in entries.items():
        known = _starts(path, root) or any(_starts(path, optimizer) for optimizer in optimizers)
        if isinstance(value, np.ndarray) and not known:
            name, network = ".".join(path), ".".join(root)
            raise UserError(f"holds more than the network {network}, such as {name}; to leave it out: --key {network}")


def _no_network(entries: dict[_Path, Any]) -> str:
    names = [".".join(path) for path, value in entries.items() if isinstance(value, np.ndarray)]
    if _optimizers(entries):
        return "this is an optimizer's state, not a network; the network is in another file, such as …_net_G_A.pth"
    if not names:
        return "expected a state dict (names and tensors) as the original program saves it"
    other = _other_program(names)
    return other or f"no network of the original program: a tensor is called {names[0]}, none like model.1.weight"


def _other_program(names) -> str | None:
    """What a tensor's name reveals about the program that wrote it."""
    for pattern, meaning in _OTHERS:
        for name in names:
            if re.search(pattern, name):
                return f"not a network of the original program: {name} belongs to {meaning}"
    return None


def _modules_of(checkpoint: StateDict, root: _Path, state: dict[str, Any]) -> dict[str, int]:
    """The list of modules that belongs to a network; empty where it is missing, or the tensors were renamed since."""
    listed = {path[len(root) :]: version for path, version in _listed(checkpoint) if _starts(path, root)}
    modules = {".".join(path): version for path, version in listed.items()}
    return modules if all(name.rpartition(".")[0] in modules for name in state) else {}


def _listed(value: Any, path: _Path = ()) -> Iterator[tuple[_Path, int]]:
    if isinstance(value, StateDict):
        for name, version in value.modules.items():
            yield (*path, *name.split(".")) if name else path, version
        for key, item in value.items():
            yield from _listed(item, (*path, *str(key).split(".")))
