import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import torch_files
from tests.networks.published.test_reading import patch_state, resnet_state, unet_state
from tf_cyclegan.errors import UserError
from tf_cyclegan.networks.published.checkpoint import find_network
from tf_cyclegan.networks.published.state_dict import StateDict, load_checkpoint

RESNET, UNET, PATCH = dict(resnet_state("instance")), dict(unet_state("instance")), dict(patch_state("instance"))
OPTIMIZER = {
    "state": {0: {"step": np.array(7.0, np.float32), "exp_avg": RESNET["model.1.weight"]}},
    "param_groups": [{"lr": "0.0002", "params": [0, 1]}],
}


def prefixed(prefix, state):
    return {f"{prefix}{k}": v for k, v in state.items()}


def find(checkpoint, key=None):
    return find_network(StateDict(checkpoint), key)


def refused(checkpoint, match, key=None):
    with pytest.raises(UserError, match=match) as caught:
        find(checkpoint, key)
    assert "\n" not in str(caught.value)
    return str(caught.value)


WRAPPED = {
    "bare": lambda s: s,
    "DataParallel": lambda s: prefixed("module.", s),
    "compiled": lambda s: prefixed("_orig_mod.", s),
    "both": lambda s: prefixed("_orig_mod.module.", s),
    "Lightning": lambda s: {"state_dict": prefixed("netG.", s), "epoch": 3, "optimizer_states": [OPTIMIZER]},
    "with its optimizer": lambda s: {"model": s, "optimizer": OPTIMIZER, "step": 7},
    "an attribute called model": lambda s: prefixed("model.", s),
    "deep": lambda s: {"a": [{"net": {"ema": prefixed("generator.", s)}}]},
}


@pytest.mark.parametrize("state", [RESNET, UNET, PATCH], ids=["resnet", "unet", "patch"])
@pytest.mark.parametrize("wrapping", WRAPPED)
def test_the_one_network_is_found_whatever_is_around_it(wrapping, state, tmp_path):
    file = torch_files.write_checkpoint(tmp_path / "last.ckpt", WRAPPED[wrapping](state))
    found = find_network(load_checkpoint(file))
    assert [*found] == [*state]
    for key, value in state.items():
        np.testing.assert_array_equal(found[key], value)


def test_of_several_networks_all_are_named_and_one_is_chosen():
    several = {"netG_A": RESNET, "netG_B": prefixed("module.", UNET), "netD_A": PATCH}
    refused(several, "holds 3 networks; choose one with --key: netG_A, netG_B.module, netD_A")
    refused(several, "holds no network called netG; choose one with --key: netG_A, netG_B.module, netD_A", "netG")
    assert [*find(several, "netG_B.module")] == [*UNET]
    flat = {"state_dict": {**prefixed("netG_A.", RESNET), **prefixed("netD_A.", PATCH)}}
    assert [*find(flat, "state_dict.netD_A")] == [*PATCH]


def test_tensors_beside_a_network_are_left_out_only_when_that_is_asked_for():
    averaged = {"n_averaged": np.array(7), **prefixed("module.", RESNET)}
    refused(averaged, "holds more than the network module, such as n_averaged; to leave it out: --key module")
    assert [*find(averaged, "module")] == [*RESNET]


def test_tensors_within_a_network_are_never_left_out():
    more = {**RESNET, "attention.gamma": np.ones(1, np.float32)}
    assert "attention.gamma" in find(more)
    refused({**RESNET, "model.3.scale": 3}, r"model\.3\.scale is not a tensor")


def test_an_optimizer_is_called_so():
    refused(OPTIMIZER, "this is an optimizer's state, not a network")
    refused({"optimizer": OPTIMIZER, "epoch": 3}, "this is an optimizer's state, not a network")


@pytest.mark.parametrize(
    ("tensors", "message"),
    [
        (
            {**RESNET, "model.7.filt": np.ones((4, 1, 3, 3))},
            r"model\.7\.filt belongs to a blur of CUT's .*--no_antialias",
        ),
        ({"mlp_0.0.weight": np.ones((4, 3))}, "CUT's network netF"),
        ({"convs.0.conv.modulation.weight": np.ones((4, 3))}, "StyleGAN2"),
        ({**RESNET, "model.10.conv_block.1.conv.0.weight": np.ones(3)}, "GAN Compression"),
        ({**RESNET, "model.1.weight_orig": np.ones(3)}, "spectral norm; take it off in PyTorch .* and save again"),
        ({**RESNET, "model.1.parametrizations.weight.original": np.ones(3)}, "spectral norm"),
        ({**RESNET, "model.1.parametrizations.weight.0._u": np.ones(3)}, "spectral norm"),
        ({**RESNET, "model.1.weight_g": np.ones(3)}, "weight norm"),
        ({**RESNET, "model.1.parametrizations.weight.original0": np.ones(3)}, "weight norm"),
        ({"conv1.weight": np.ones((4, 3, 7, 7))}, r"a tensor is called .*conv1\.weight, none like model\.1\.weight"),
        ({"epoch": 3}, "expected a state dict"),
        ({}, "expected a state dict"),
    ],
)
def test_other_programs_are_called_by_their_names(tensors, message):
    refused(tensors, message)
    refused({"netG": tensors}, message)


def test_two_tensors_of_one_name_are_refused():
    refused({"model.1.weight": np.ones(3), "model": {"1": {"weight": np.ones(3)}}}, r"two entries .* model\.1\.weight")


def test_lists_that_name_one_another_without_end_are_refused():
    tree = StateDict({"a": np.ones(1)})
    for _ in range(40):
        tree = StateDict({"a": tree, "b": tree})
    refused(tree, "more than 100,000 entries")


def test_modules_come_along_and_are_forgotten_when_names_have_changed(tmp_path):
    modules = {"": 1, "model": 1} | {f"model.{i}": 1 + (i % 3 == 2) for i in range(30)}
    listed = StateDict(PATCH, modules)
    file = torch_files.write_checkpoint(tmp_path / "net.pth", {"netD": listed})
    assert find_network(load_checkpoint(file)).modules == modules
    assert find(prefixed("module.", PATCH)).modules == {}
    renamed = StateDict(PATCH, {f"module.{k}".rstrip("."): v for k, v in modules.items()})
    assert find_network(renamed).modules == {}


@given(
    st.recursive(
        st.sampled_from([0, "text", np.ones(2, np.float32), np.array(3)]),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["model", "net", "1", "module", "model.1", "weight", "param_groups"]), inner
            )
        ),
        max_leaves=12,
    )
)
@settings(deadline=None, max_examples=300)
def test_any_tree_gives_tensors_of_one_network_or_one_line(tree):
    try:
        found = find({"checkpoint": tree})
    except UserError as error:
        assert "\n" not in str(error)
    else:
        assert found
        assert all(isinstance(value, np.ndarray) for value in found.values())
        assert all(key.split(".")[0] in ("model", "net") for key in found) or len(found) > 1
