import io
import pickle
import sys
import zipfile

import numpy as np
import pytest
from PIL import Image

from tests.prepare.picture_server import answer_with, jpeg
from tf_cyclegan.errors import UserError
from tf_cyclegan.prepare.gather.tfds import paintings_come_first, read_photographs, read_tfds

COUNTS = {"trainA": 4, "testA": 2, "trainB": 5, "testB": 3}
COLOURS = {"A": (200, 40, 40), "B": (40, 40, 200)}


@pytest.fixture(scope="module")
def tfds():
    return pytest.importorskip("tensorflow_datasets")


@pytest.fixture
def mocked(tfds):
    """The mock data of TensorFlow Datasets, with as many pictures a split as `COUNTS` says, red A and blue B."""
    import tensorflow as tf

    def as_dataset(self, split, decoders=None, **_):
        def rows():
            for number in range(COUNTS[split]):
                picture = np.full((40, 48, 3), COLOURS[split[-1]], np.uint8)
                picture[:, : 4 * (number + 1)] = 255
                yield self.info.features.encode_example({"image": picture, "label": split[-1]})

        assert isinstance(decoders["image"], tfds.decode.SkipDecoding)
        signature = {"image": tf.TensorSpec((), tf.string), "label": tf.TensorSpec((), tf.int64)}
        return tf.data.Dataset.from_generator(rows, output_signature=signature)

    with tfds.testing.mock_data(as_dataset_fn=as_dataset):
        yield


def middle(work):
    with work.open() as file:
        picture = Image.open(file).convert("RGB")
    return picture.getpixel((40, 20))


def test_both_domains_have_their_pictures_and_the_split_of_the_set(mocked):
    a, b = read_tfds("cycle_gan/horse2zebra")
    assert [w.name for w in a] == [*(f"trainA_{i:05d}" for i in range(4)), "testA_00000", "testA_00001"]
    assert [w.split for w in b] == ["train"] * 5 + ["test"] * 3
    assert {w.source for w in (*a, *b)} == {"cycle_gan/horse2zebra"}
    assert {middle(w) for w in a} == {COLOURS["A"]}
    assert {middle(w) for w in b} == {COLOURS["B"]}


def test_swap_turns_a_set_round(mocked):
    plain, swapped = read_tfds("cycle_gan/monet2photo"), read_tfds("cycle_gan/monet2photo", swap=True)
    assert [w.name for w in swapped.a] == [w.name for w in plain.b]
    assert [w.name for w in swapped.b] == [w.name for w in plain.a]
    assert {middle(w) for w in swapped.a} == {COLOURS["B"]}


def test_the_photographs_alone_are_the_other_side_of_the_paintings(mocked):
    photographs = read_photographs("cycle_gan/monet2photo")
    assert [w.name for w in photographs] == [w.name for w in read_tfds("cycle_gan/monet2photo").b]
    assert {middle(w) for w in photographs} == {COLOURS["B"]}
    with pytest.raises(UserError, match="no set of photographs next to paintings; take cycle_gan/monet2photo"):
        read_photographs("cycle_gan/horse2zebra")


def test_pictures_stay_encoded_and_can_be_sent_to_another_process(mocked):
    work = read_tfds("cycle_gan/facades").a[0]
    assert isinstance(work.open(), io.BytesIO)
    assert pickle.loads(pickle.dumps(work)).open().read() == work.open().read()  # noqa: S301


def test_the_plain_mock_data_can_be_read(tfds):
    """Without a generator of our own: whatever the package makes up from the features of the set."""
    with tfds.testing.mock_data(num_examples=3):
        a, b = read_tfds("cycle_gan/monet2photo")
    assert len(a) == len(b) == 6
    with a[0].open() as file:
        assert Image.open(file).mode == "RGB"


@pytest.mark.parametrize("name", ["monet2photo", "cycle_gan", "cycle_gan/monet", "mnist", "cycle_gan/../mnist", ""])
def test_an_unknown_set_lists_those_there_are(tfds, name):
    with pytest.raises(UserError, match=r"no set of unpaired pictures .* cycle_gan/monet2photo, .*cycle_gan/maps"):
        read_tfds(name)


def test_no_connection_is_reported(tfds, tmp_path, monkeypatch, capsys):
    import requests

    def fail(*_, **__):
        raise requests.ConnectionError("Failed to resolve\nthe host")

    monkeypatch.setattr(requests.Session, "get", fail)
    with pytest.raises(
        UserError, match=r"monet2photo: TensorFlow Datasets cannot bring it \(Failed to resolve the host"
    ):
        read_tfds("cycle_gan/monet2photo", data_dir=tmp_path)
    assert capsys.readouterr().out == ""


def test_a_missing_package_is_reported(monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow_datasets", None)
    with pytest.raises(UserError, match=r'needs more packages .*pip install "tf-cyclegan\[train,tfds\]"'):
        read_tfds("cycle_gan/monet2photo")


def test_the_sets_that_begin_with_paintings_are_known(tfds):
    names = [config.name for config in tfds.builder_cls("cycle_gan").BUILDER_CONFIGS]
    found = {name for name in names if paintings_come_first(f"cycle_gan/{name}")}
    assert found == {"monet2photo", "cezanne2photo", "ukiyoe2photo", "vangogh2photo"}


@pytest.mark.slow
def test_a_set_is_downloaded_unpacked_and_read(tfds, server, monkeypatch, tmp_path):
    """Without mock data, from a small zip on the loopback address: the package has to bring all that it needs."""
    from tensorflow_datasets.image_classification import cycle_gan

    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as made:
        for split, count in COUNTS.items():
            for number in range(count):
                made.writestr(f"facades/{split}/{number}.jpg", jpeg(number))
    server.answers["/facades.zip"] = [answer_with(archive.getvalue(), Content_Type="application/zip")]
    monkeypatch.setitem(cycle_gan._DL_URLS, "facades", server.url("/facades.zip"))
    a, b = read_tfds("cycle_gan/facades", data_dir=tmp_path)
    assert {work.name[:6]: work.split for work in a} == {"trainA": "train", "testA_": "test"}
    assert (len(a), len(b)) == (6, 8)
    assert sorted(work.open().read() for work in b if work.split == "train") == sorted(jpeg(i) for i in range(5))
