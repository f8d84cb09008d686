"""What all tests share: the folder of real market data, which may be missing."""

import os
from pathlib import Path

import pytest

_BESIDE_THE_PROJECT = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of recordings and fixtures; the test is skipped, visibly, where there is none."""
    folder = Path(os.environ.get("POLYACTORS_SHARED", _BESIDE_THE_PROJECT))
    if not (folder / "recordings").is_dir():
        pytest.skip(f"no real market data: {folder} is missing (set POLYACTORS_SHARED to its place)")
    return folder
