import subprocess
import sys

import numpy as np

from tf_cyclegan.networks.files import load_network, save_model, saved_step
from tf_cyclegan.networks.painter import painter_generator


def test_a_painter_is_read_as_it_was_written_by_a_program_that_built_none(tmp_path):
    file = tmp_path / "generator.keras"
    painter = painter_generator(2, blocks=1)
    save_model(painter, file, 7)
    code = f"from tf_cyclegan.networks.files import load_network; load_network({str(file)!r})"
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    picture = np.random.default_rng(0).uniform(-1, 1, (1, 16, 16, 3)).astype(np.float32)
    np.testing.assert_array_equal(load_network(file)(picture), painter(picture))
    assert saved_step(file) == 7
