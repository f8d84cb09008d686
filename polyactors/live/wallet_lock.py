"""One wallet, one service: a second one would place its orders twice (field note 26)."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class WalletInUse(Exception):
    """Another service trades with the wallet; the text says how that is known."""


@contextmanager
def wallet_lock(folder: Path, wallet: str) -> Iterator[None]:
    """Held for the block, and given back by the system however the process ends. Raises `WalletInUse`."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{wallet}.lock"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            text = f"{wallet} is traded with by another service of this machine: {path} is locked"
            raise WalletInUse(text) from None
        yield
    finally:
        os.close(descriptor)
