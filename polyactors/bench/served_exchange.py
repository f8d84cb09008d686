"""An exchange in a process of its own, for benchmarks: what clients measure is then not paid for by the clients."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from resource import getpagesize
from tempfile import TemporaryDirectory

import httpx
from attrs import frozen

from messages.serial import from_json
from polyactors.bench.measure import WorkNotDone
from polyactors.exchange.server.control_words import Markets

_ENDS_WITHIN_S = 20.0


@frozen
class ServedExchange:
    """Where it listens, and its process."""

    url: str
    process: int

    def markets(self) -> Markets:
        return from_json(httpx.get(f"{self.url}/exchange/markets", trust_env=False).content, Markets)

    def resident_kb(self) -> int:
        """Raises `FileNotFoundError` where the system does not show it."""
        return int(Path(f"/proc/{self.process}/statm").read_text().split()[1]) * getpagesize() // 1000


@contextmanager
def served_exchange(settings: str, seed: int = 1) -> Iterator[ServedExchange]:
    """`settings` is the TOML of `polyactors exchange config`."""
    with TemporaryDirectory(prefix="polyactors-bench-") as folder:
        path = Path(folder) / "exchange.toml"
        path.write_text(settings)
        command = [sys.executable, "-m", "polyactors", "exchange", "serve", "--port", "0", "--seed", str(seed)]
        process = subprocess.Popen([*command, "--config", str(path), "--json"], stdout=subprocess.PIPE, text=True)
        try:
            line = process.stdout.readline() if process.stdout is not None else ""
            if not line:
                raise WorkNotDone("the exchange did not start")
            yield ServedExchange(json.loads(line)["url"], process.pid)
        finally:
            process.terminate()
            process.wait(_ENDS_WITHIN_S)
