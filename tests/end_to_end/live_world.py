"""An exchange in a process of its own, a service with an account on it, and what both say of the account."""

import json
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Any

import httpx
from attrs import frozen

from actors.records.journal_store import JournalError, JournalStore
from messages.control import AccountOpened
from messages.fills import Fill, FillReversed
from messages.identity import Outcome, Side
from messages.orders import Order, OrderSigned
from messages.portfolio import AccountMoved
from messages.units import notional, proceeds
from tests.end_to_end.program import command, records, surroundings

PATIENCE_S = 120
SETTLES_WITHIN_S = 20.0
LIVELY = """
[listings]
binary_markets = 4
neg_risk_outcomes = [3]
protocol_two_markets = 1
fifteen_minute_symbols = []
hours_ahead = 0
five_minutes_ahead = 0
[traders]
pace = 6.0
"""


@frozen
class Exchange:
    """Served by a process; the operators' door is open to us."""

    url: str

    def get(self, path: str) -> Any:
        return httpx.get(f"{self.url}/exchange/{path}", trust_env=False).json()

    def arm(self, fault: dict[str, object]) -> None:
        answer = httpx.post(f"{self.url}/exchange/faults", json=fault, trust_env=False)
        assert answer.status_code == 200, answer.text

    def deposit(self, wallet: str, cash: int) -> None:
        body = {"wallet": wallet, "cash": cash}
        answer = httpx.post(f"{self.url}/exchange/deposit", json=body, trust_env=False)
        assert answer.status_code == 200, answer.text

    def resolve(self, market: str, winner: str) -> None:
        ruling = {"market": market, "ruling": winner.lower()}
        answer = httpx.post(f"{self.url}/exchange/resolve", json=ruling, trust_env=False)
        assert answer.status_code == 200, answer.text

    def calm(self) -> None:
        """Nothing goes wrong any more."""
        httpx.post(f"{self.url}/exchange/faults/disarm", json={"name": ""}, trust_env=False)
        httpx.post(f"{self.url}/exchange/mode", json={"mode": "normal"}, trust_env=False)

    def account(self, wallet: str) -> dict[str, Any]:
        (found,) = self.get(f"accounts?wallet={wallet}")["accounts"]
        assert isinstance(found, dict)
        return found


@contextmanager
def exchange(folder: Path, seed: int, settings: str = LIVELY) -> Iterator[Exchange]:
    path = folder / "exchange.toml"
    path.write_text(settings)
    serve = [sys.executable, "-m", "polyactors", "exchange", "serve", "--port", "0", "--json", "--seed", str(seed)]
    process = subprocess.Popen(
        [*serve, "--config", str(path)], stdout=subprocess.PIPE, text=True, env=surroundings(), cwd=folder
    )
    try:
        assert process.stdout is not None
        yield Exchange(json.loads(process.stdout.readline())["url"])
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE_S)


@frozen
class Trader:
    """A service in `folder`, whose journal goes on from life to life."""

    folder: Path
    exchange: Exchange
    settings: str = ""

    @property
    def journal(self) -> Path:
        return self.folder / "journal"

    @property
    def log(self) -> str:
        return (self.folder / "err.txt").read_text()

    @property
    def wallet(self) -> str:
        (opened, *_) = (each for each in self.records() if isinstance(each, AccountOpened))
        return opened.wallet

    def start(self, *options: object) -> "subprocess.Popen[bytes]":
        (self.folder / "service.toml").write_text(self.settings)
        with (self.folder / "out.json").open("wb") as out, (self.folder / "err.txt").open("ab") as err:
            return subprocess.Popen(
                command(
                    "run", "--venue", f"exchange:{self.exchange.url}", "--mode", "live", "--config", "service.toml",
                    "--journal", self.journal, "--json", *options,
                ),
                stdout=out,
                stderr=err,
                cwd=self.folder,
                env=surroundings(),
            )  # fmt: skip

    def run(self, *options: object) -> int:
        process = self.start(*options)
        try:
            return process.wait(PATIENCE_S)
        finally:
            process.kill()

    def summary(self) -> dict[str, Any]:
        found = json.loads((self.folder / "out.json").read_text())
        assert isinstance(found, dict)
        return found

    def count(self, kind: str) -> int:
        try:
            with JournalStore.open(self.journal) as store:
                return store.count(kind)
        except JournalError:
            return 0

    def records(self) -> list[object]:
        return records(self.journal)


def check_account(trader: Trader) -> None:
    """The journal and the exchange say the same of the account, to the last unit, once the last trades have settled;
    no order without a record, and none twice."""
    said = trader.records()
    ours, within_s = booked(said), SETTLES_WITHIN_S
    while (theirs := at_exchange(trader)) != ours and within_s > 0:
        pause(0.2)
        within_s -= 0.2
    assert theirs == ours
    signed = [each for each in said if isinstance(each, OrderSigned)]
    orders = [each for each in said if isinstance(each, Order)]
    assert len({each.order for each in signed}) == len(signed) == len({each.venue_order for each in signed})
    assert {each.order for each in said if isinstance(each, Fill)} <= {each.order for each in orders}
    assert len({each.intent for each in orders}) == len(orders)


@frozen
class Account:
    """Cash, shares by market and outcome, and how many orders are open."""

    cash: int
    shares: Mapping[tuple[str, str], int]
    open_orders: int = 0


def booked(said: Iterable[object]) -> Account:
    """Reckoned from the fills of a journal, and what moved without them."""
    said = list(said)
    opened = next(each for each in said if isinstance(each, AccountOpened))
    reversed_ = {each.trade for each in said if isinstance(each, FillReversed)}
    cash, held = int(opened.cash), Counter[tuple[str, str]]()
    for each in said:
        if isinstance(each, Fill) and each.trade not in reversed_:
            is_buy = each.side is Side.BUY
            value = -notional(each.price, each.size) if is_buy else proceeds(each.price, each.size)
            cash += value - each.fee
            held[each.market, each.outcome.value] += each.size if is_buy else -each.size
        elif isinstance(each, AccountMoved) and each.market is None:
            cash += each.cash
        elif isinstance(each, AccountMoved) and each.market is not None:
            cash += each.cash
            held[each.market, Outcome.YES.value] += each.yes
            held[each.market, Outcome.NO.value] += each.no
    return Account(cash, {token: size for token, size in held.items() if size})


def at_exchange(trader: Trader) -> Account:
    account = trader.exchange.account(trader.wallet)
    held = {(line["market"], line["outcome"]): line["settled"] for line in account["holdings"] if line["settled"]}
    return Account(account["cash"], held, account["open_orders"])


def pause(seconds: float) -> None:
    """Another process is waited for, which has no way to tell."""
    Event().wait(seconds)


def any_fault(chance: random.Random, number: int, slugs: list[str]) -> dict[str, object]:
    """One of all kinds, for a moment."""
    slug = chance.choice(slugs)
    kinds: list[dict[str, object]] = [
        {"kind": "mode", "mode": chance.choice(("restarting", "post_only", "cancel_only", "disabled"))},
        {"kind": "rate-limited", "one_in": 3},
        {"kind": "fail-afterwards", "one_in": 2},
        {"kind": "lose-answer", "one_in": 2},
        {"kind": "late-answer", "delay_ms": 800, "one_in": 2},
        {"kind": "duplicate-frames", "stream": "user"},
        {"kind": "reorder-frames", "stream": "user", "delay_ms": 100},
        {"kind": "drop-frames", "stream": "user", "one_in": 3},
        {"kind": "silence", "stream": "market"},
        {"kind": "drop-connections", "stream": "user"},
        {"kind": "drop-connections", "stream": "market"},
        {"kind": "wrong-hashes", "one_in": 3},
        {"kind": "fail-trades", "count": 2},
        {"kind": "clock-skew", "skew_ms": 300},
        {"kind": "change-tick", "market": slug, "tick_size": chance.choice(("0.01", "0.005", "0.001"))},
        {"kind": "stalled-feed", "feed": "binance"},
    ]
    return {**chance.choice(kinds), "name": f"fault-{number}", "for_s": chance.randrange(3, 25) / 10}
