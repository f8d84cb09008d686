"""An exchange in a process of its own, as its users serve it, and the operators' door to it."""

import json
import selectors
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from attrs import define, field, frozen

from messages.units import CASH_SCALE, Cash
from polyactors.cli.exchange.asking import ServedExchange as OperatorsDoor
from polyactors.exchange.server.control_words import (
    Accounts,
    ArmedFault,
    Deposit,
    Disarm,
    Done,
    Faults,
    MarketLine,
    Markets,
    Resolve,
    Ruling,
    SetMode,
)
from polyactors.exchange.words import TradingMode
from tests.end_to_end.program import command, surroundings

LONGEST_START_S = 60
CENT = 100
TENTH_OF_A_CENT = 10
_BYTES31 = 2 + 2 * 31


@frozen
class Place:
    """Where the parts of an exchange are."""

    url: str
    gamma: str
    data: str
    ws: str


def is_binary(line: MarketLine) -> bool:
    return line.kind == "binary" and line.tick_size == CENT and not is_protocol_two(line)


def is_neg_risk(line: MarketLine) -> bool:
    return line.kind == "neg_risk" and line.tick_size == CENT


def is_protocol_two(line: MarketLine) -> bool:
    """Its condition ids are a byte shorter."""
    return len(line.market) == _BYTES31


def is_fine(line: MarketLine) -> bool:
    """Prices in tenths of a cent."""
    return line.kind == "binary" and line.tick_size == TENTH_OF_A_CENT


@define
class ServedExchange:
    """Every test takes markets that nobody has touched: what one does to its own cannot matter to another."""

    place: Place
    _process: subprocess.Popen[str]
    _untouched: list[MarketLine] = field(factory=list)
    _delays: dict[str, bool] = field(factory=dict)

    @property
    def door(self) -> OperatorsDoor:
        return OperatorsDoor(self.place.url)

    def untouched(self, kind: Callable[[MarketLine], bool] = is_binary, *, delays: bool = False) -> MarketLine:
        """A market of that kind, of an event of which no other market was given away."""
        if not self._untouched:
            self._untouched.extend(self.markets())
        found = next(line for line in self._untouched if kind(line) and self.delays(line.market) is delays)
        self._untouched = [line for line in self._untouched if line.event != found.event]
        return found

    def delays(self, market: str) -> bool:
        """Whether orders that take are held back for a moment, as in markets about crypto or sports."""
        if market not in self._delays:
            self._delays[market] = self._is_delayed(market)
        return self._delays[market]

    def _is_delayed(self, market: str) -> bool:
        said = httpx.get(f"{self.place.url}/clob-markets/{market}", trust_env=False).raise_for_status().json()
        return bool(said.get("itode") or said.get("sd"))

    def markets(self) -> tuple[MarketLine, ...]:
        return self.door.show("markets", Markets).markets

    def market(self, name: str) -> MarketLine:
        return next(line for line in self.markets() if line.market == name)

    def cash(self, wallet: str) -> Cash:
        """What the exchange itself says that a wallet has."""
        (line,) = self.door.show("accounts", Accounts, wallet=wallet).accounts
        return line.cash

    def deposit(self, wallet: str, dollars: int) -> None:
        self.door.do("deposit", Deposit(wallet, Cash(dollars * CASH_SCALE)), Done)

    def resolve(self, market: str, ruling: Ruling) -> None:
        self.door.do("resolve", Resolve(market, ruling), Done)

    def set_mode(self, mode: TradingMode) -> None:
        self.door.do("mode", SetMode(mode), Done)

    @contextmanager
    def in_mode(self, mode: TradingMode) -> Iterator[None]:
        self.set_mode(mode)
        try:
            yield
        finally:
            self.set_mode(TradingMode.NORMAL)

    @contextmanager
    def fault(self, kind: str, **settings: object) -> Iterator[None]:
        """Armed inside the block at most."""
        armed = self.door.send("faults", {"kind": kind, **settings}, ArmedFault)
        try:
            yield
        finally:
            if armed.name in {each.name for each in self.door.show("faults", Faults).faults}:
                self.door.do("faults/disarm", Disarm(armed.name), Done)

    def happen(self, kind: str, **settings: object) -> None:
        """A fault that is over when it is armed."""
        self.door.send("faults", {"kind": kind, **settings}, ArmedFault)

    def end(self) -> None:
        """Raises for a server that did not end well."""
        self._process.send_signal(signal.SIGTERM)
        try:
            _, errors = self._process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()
            raise
        assert self._process.returncode == 0, errors
        assert "Traceback" not in errors, errors


def serve(folder: Path, configuration: str, seed: int = 1) -> ServedExchange:
    """On a free port. `configuration` is the text of the file."""
    path = folder / "exchange.toml"
    path.write_text(configuration)
    process = subprocess.Popen(
        command("exchange", "serve", "--port", 0, "--json", "--seed", seed, "--config", path),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=surroundings(),
    )
    try:
        said = json.loads(_first_line(process))
    except BaseException:
        process.kill()
        print(process.communicate()[1], file=sys.stderr)
        raise
    return ServedExchange(Place(said["url"], said["gamma"], said["data"], said["ws"]), process)


def _first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        if not selector.select(LONGEST_START_S):
            raise TimeoutError(f"nothing was served after {LONGEST_START_S} seconds")
    return process.stdout.readline()
