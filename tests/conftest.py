"""Fixtures that several test files share. Tests make their own pictures, open no connection and need no GPU."""

import os
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pytest
from PIL import Image


@pytest.fixture(scope="session")
def test_data() -> Path:
    """Folder of real pictures and reference numbers; tests that want it are skipped where it is not given."""
    folder = os.environ.get("TF_CYCLEGAN_TEST_DATA")
    if not folder:
        pytest.skip("TF_CYCLEGAN_TEST_DATA is not set")
    return Path(folder)


def make_picture(seed: int = 0, width: int = 64, height: int = 48) -> Image.Image:
    """A smooth made-up picture: blobs of colour, so that JPEG keeps it nearly as it is."""
    coarse = np.random.default_rng(seed).integers(0, 256, (4, 5, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)


@pytest.fixture(scope="session")
def prepared(tmp_path_factory) -> Path:
    """A small prepared folder: trainA testA trainB testB of made-up JPEGs."""
    folder = tmp_path_factory.mktemp("data") / "prepared"
    for number, (name, count) in enumerate({"trainA": 7, "testA": 4, "trainB": 5, "testB": 4}.items()):
        (folder / name).mkdir(parents=True)
        for i in range(count):
            make_picture(100 * number + i).save(folder / name / f"{i:03d}.jpg", quality=95)
    return folder
