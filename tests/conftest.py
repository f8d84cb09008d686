"""What all tests share: the folder of real market data, which may be missing."""

import gc
import os
from pathlib import Path

import pytest

_BESIDE_THE_PROJECT = Path(__file__).resolve().parents[2] / "shared"


def pytest_configure() -> None:
    """Thousands of tests are made and none of them is garbage: nobody has to look while they are."""
    gc.disable()


def pytest_collection_finish() -> None:
    """They stay to the end, so the collector need not look at them with every test either."""
    gc.enable()
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of recordings and fixtures; the test is skipped, visibly, where there is none."""
    folder = Path(os.environ.get("POLYACTORS_SHARED", _BESIDE_THE_PROJECT))
    if not (folder / "recordings").is_dir():
        pytest.skip(f"no real market data: {folder} is missing (set POLYACTORS_SHARED to its place)")
    return folder
