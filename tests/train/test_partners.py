import numpy as np
import pytest
from PIL import Image

from tf_cyclegan.errors import UserError
from tf_cyclegan.train import partners as partners_module
from tf_cyclegan.train.data import Domain
from tf_cyclegan.train.partners import find_partners, read_partners, write_partners

COLOURS = {"red": (200, 40, 40), "blue": (40, 60, 200), "green": (40, 160, 60)}


def pictures(folder, names, seed):
    """A few noisy pictures of one colour each, in the order of their names."""
    folder.mkdir()
    random = np.random.default_rng(seed)
    for i, name in enumerate(names):
        noise = random.normal(0, 12, (64, 80, 3))
        Image.fromarray((np.array(COLOURS[name]) + noise).clip(0, 255).astype(np.uint8)).save(folder / f"{i}.png")
    return Domain(folder, 48)


@pytest.fixture(scope="module")
def domains(tmp_path_factory):
    folder = tmp_path_factory.mktemp("partners")
    photographs = pictures(folder / "photographs", ["red", "blue", "green", "red"], 0)
    return [(photographs, pictures(folder / "paintings", ["blue", "red", "green", "red", "blue", "green"], 1))]


@pytest.fixture(scope="module")
def found(domains):
    return find_partners(domains, 2)


def test_a_photograph_meets_the_paintings_that_fit_it(found):
    assert found.dtype == np.int32
    assert [set(row) for row in found.tolist()] == [{1, 3}, {0, 4}, {2, 5}, {1, 3}]


def test_there_are_no_more_partners_than_paintings(domains, found):
    every = find_partners(domains, 100)
    assert every.shape == (4, 6)
    np.testing.assert_array_equal(every[:, :2], found)
    assert all(sorted(row) == list(range(6)) for row in every.tolist())


def test_what_is_written_is_read(domains, found, tmp_path):
    write_partners(tmp_path, found)
    np.testing.assert_array_equal(read_partners(tmp_path, domains, 2), found)


@pytest.mark.parametrize("fault", ["missing", "empty", "cut", "rows", "columns", "beyond", "negative", "type"])
def test_what_does_not_fit_is_reported_in_one_line(domains, found, tmp_path, fault):
    changed = {
        "rows": found[:-1],
        "columns": found[:, :1],
        "beyond": found + 6,
        "negative": found - 7,
        "type": found.astype(np.float32),
    }.get(fault, found)
    write_partners(tmp_path, changed)
    file = tmp_path / "partners.npy"
    if fault == "missing":
        file.unlink()
    elif fault in ("empty", "cut"):
        file.write_bytes(file.read_bytes()[: 0 if fault == "empty" else -5])
    with pytest.raises(UserError, match=r"partners\.npy.*cannot be continued exactly") as caught:
        read_partners(tmp_path, domains, 2)
    assert "\n" not in str(caught.value)


def test_each_period_has_its_own_partners_and_photographs_are_described_once(domains, found, tmp_path, monkeypatch):
    ((photographs, _),) = domains
    other = pictures(tmp_path / "others", ["green", "red", "blue", "red"], 2)
    described, original = [], partners_module._described
    monkeypatch.setattr(partners_module, "_described", lambda d, network: described.append(d) or original(d, network))
    both = find_partners([*domains, (photographs, other)], 2)
    np.testing.assert_array_equal(both[:4], found)
    reds, blue, green = {1, 3}, 2, 0
    assert [row[0] for row in both[5:7].tolist()] == [blue, green]
    assert all(set(both[row].tolist()) == reds for row in (4, 7))
    assert len(described) == 3
    with pytest.raises(UserError, match="damaged, or of another run"):
        write_partners(tmp_path, both + np.array([[0]] * 4 + [[2]] * 4, np.int32))
        read_partners(tmp_path, [*domains, (photographs, other)], 2)
