"""The lists of the published networks, held against files that the published program wrote."""

import pytest

from tests.networks.published.test_reading import EXPECTED, REFERENCE
from tf_cyclegan.networks.published.checkpoint import find_network
from tf_cyclegan.networks.published.layout import Architecture, ignored_tensors, modules, tensors, unet_dropout
from tf_cyclegan.networks.published.state_dict import load_checkpoint

LEGACY = "resnet_9blocks_legacy"


@pytest.mark.parametrize("name", EXPECTED)
def test_tensors_and_modules_are_those_of_the_published_program(name):
    state = find_network(load_checkpoint(REFERENCE / f"{name}.pth"))
    expected, ignored = tensors(EXPECTED[name]), ignored_tensors(EXPECTED[name])
    assert {k: v.shape for k, v in state.items() if k not in ignored} == expected
    assert [k for k in state if k in expected] == [*expected] or name.startswith("unet")
    assert set(state.modules) == (set() if name == LEGACY else modules(EXPECTED[name]))


def test_only_old_files_hold_what_is_ignored():
    state = find_network(load_checkpoint(REFERENCE / f"{LEGACY}.pth"))
    more = {k: v.shape for k, v in state.items() if k not in tensors(EXPECTED[LEGACY])}
    assert more
    assert more.items() <= ignored_tensors(EXPECTED[LEGACY]).items()


@pytest.mark.parametrize(("kind", "dropouts"), [("unet_128", 2), ("unet_256", 3)])
def test_dropout_of_a_unet_is_one_module_more_at_each_inner_level(kind, dropouts):
    plain, dropped = (modules(Architecture(kind, 4, "instance", dropout)) for dropout in (False, True))
    more = sorted(dropped - plain, key=len)
    assert len(more) == dropouts
    assert more[0] == unet_dropout(Architecture(kind, 4, "instance"))
    assert more[0] == "model.model.1.model.3.model.3.model.3.model.7"


@pytest.mark.parametrize("norm", ["instance", "instance_affine", "batch", "none"])
def test_what_is_ignored_is_never_needed(norm):
    for kind in ("resnet_9blocks", "unet_256", "basic", "pixel"):
        network = Architecture(kind, 2, norm)
        assert not tensors(network).keys() & ignored_tensors(network).keys()
        assert bool(ignored_tensors(network)) == (norm != "none")
