"""The trials of live mode: the venue fails, the process is killed, actors are. In the end the account is right."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from messages.orders import OrderSigned
from tests.end_to_end.live_campaign import ALL_FOUR, sizes, under_faults, under_kills
from tests.end_to_end.live_world import Exchange, Trader, check_account, exchange

QUICK_TO_END = """
[service]
stop_within_ms = 20000
"""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exchange]:
    with exchange(tmp_path_factory.mktemp("exchange"), 12) as found:
        yield found


def test_whatever_the_venue_does_wrong_the_ledger_is_right_in_the_end(served: Exchange, tmp_path: Path) -> None:
    trader, seconds = Trader(tmp_path, served, ALL_FOUR), float(os.environ.get("LIVE_FAULTS_SECONDS", "6"))
    faults = under_faults(trader, seconds, "the suite's")
    print(f"{faults} faults in {seconds:g} s: {sizes(trader)}")
    assert faults > 5


def test_killed_at_random_moments_it_finds_every_order_and_makes_none_twice(served: Exchange, tmp_path: Path) -> None:
    trader, kills = Trader(tmp_path, served, QUICK_TO_END), int(os.environ.get("LIVE_KILLS", "3"))
    starts = sorted(under_kills(trader, kills, "the suite's"))
    middle = starts[len(starts) // 2]
    print(f"{kills} kills: ready after {middle:.2f} s, at most {starts[-1]:.2f} s: {sizes(trader)}")
    assert trader.count(OrderSigned.__name__) > 0


def test_whoever_dies_in_a_live_run_the_account_is_right_in_the_end(served: Exchange, tmp_path: Path) -> None:
    """One after the other, in the middle of trading; each of their ends takes all of execution with it."""
    trader = Trader(tmp_path, served, ALL_FOUR)
    kills = ("gateway@60", "user-feed@60", "reconciler@4", "heartbeat@8", "executor@200")
    options = [option for kill in kills for option in ("--kill", f"execution/{kill}")]
    assert trader.run("--duration", 14, "--kill", "ledger@300", *options) == 0, trader.log[-3000:]
    summary = trader.summary()
    assert summary["broken_invariants"] == []
    assert len(summary["kills_that_never_came"]) < 4, "the run was too quiet"
    check_account(trader)
