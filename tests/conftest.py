"""What all tests share: the folder of real market data, which may be missing."""

import gc
import os
from pathlib import Path

import pytest
from hypothesis import settings

_BESIDE_THE_PROJECT = Path(__file__).resolve().parents[2] / "shared"


settings.register_profile("suite", max_examples=40)
settings.register_profile("campaign", max_examples=2_000, deadline=None)
settings.load_profile("suite")
"""There are hundreds of properties, and the suite has to be over within ten minutes. For more of each:
make test TEST_FLAGS="--hypothesis-profile=campaign"."""


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
