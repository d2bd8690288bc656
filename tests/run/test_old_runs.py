"""A run that an older version began goes on: its checkpoint is restored, and its next steps are what they would be."""

import csv
import tarfile
from pathlib import Path

import numpy as np
import pytest

from tf_cyclegan.run.presets import config_for
from tf_cyclegan.train.training import train

# Four steps of a tiny run with every published term, pools, augmentation and an average; its checkpoint of step 2. Made
# by the program before its terms were files of their own, so its config names settings that are gone.
OLD = Path(__file__).with_name("run_of_0_1.tar.xz")


def rows(path: Path) -> tuple[list[str], np.ndarray]:
    with path.open(newline="") as file:
        header, *values = csv.reader(file)
    return header, np.array(values, float)


@pytest.mark.slow
def test_a_checkpoint_of_an_older_version_goes_on_where_it_was(tmp_path):
    with tarfile.open(OLD) as archive:
        archive.extractall(tmp_path, filter="data")
    header, before = rows(tmp_path / "run" / "losses.csv")
    training = train(config_for(str(tmp_path / "data"), str(tmp_path / "run")))
    assert (training.start, training.stop) == (2, 4)
    now, after = rows(tmp_path / "run" / "losses.csv")
    assert now == header, "the columns keep their order"
    np.testing.assert_array_equal(after[:2], before[:2])
    # Processors round differently; a network, a pool or a random state that was not restored is off by far more.
    np.testing.assert_allclose(after[2:], before[2:], rtol=1e-3)
