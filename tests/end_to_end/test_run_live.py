"""`polyactors run --mode live` on a served exchange, over real sockets: whatever goes wrong, in the end both say the
same of the account, to the last unit."""

import random
import signal
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from messages.control import SetMode
from messages.fills import Fill, FillSettled
from messages.orders import Order, OrderSigned
from messages.portfolio import AccountMoved
from messages.risk import RiskMode
from tests.end_to_end.live_campaign import ALL_FOUR, PATIENCE_S, wait_for
from tests.end_to_end.live_world import LIVELY, Exchange, Trader, check_account, exchange
from tests.end_to_end.program import check_sound, run_here, run_process

QUICK_CHAIN = """
[rules]
mined_after_ms = 500
confirmed_after_ms = 500
"""
QUICK_TO_END = """
[service]
stop_within_ms = 20000
"""
FEW_MARKETS = """
[polymarket]
most_markets = 4
"""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exchange]:
    with exchange(tmp_path_factory.mktemp("exchange"), 11, LIVELY + QUICK_CHAIN) as found:
        yield found


def test_four_strategies_trade_with_an_account_and_leave_nothing_behind(served: Exchange, tmp_path: Path) -> None:
    trader = Trader(tmp_path, served, ALL_FOUR)
    assert trader.run("--duration", 6) == 0, trader.log[-3000:]
    check_sound(trader.summary())
    check_account(trader)
    assert trader.count(OrderSigned.__name__) > 10
    requests = served.get("status")["requests"]
    assert not {"401", "500"} & requests.keys(), requests


def test_winners_are_redeemed_by_themselves(served: Exchange, tmp_path: Path) -> None:
    trader = Trader(tmp_path, served, QUICK_TO_END + FEW_MARKETS + "[claims]\nlook_every_ms = 2000\n")
    process = trader.start()
    try:
        wait_for(trader, FillSettled.__name__, 0)
        settled = {each.trade for each in trader.records() if isinstance(each, FillSettled)}
        bought = next(each for each in trader.records() if isinstance(each, Fill) and each.trade in settled)
        served.resolve(bought.market, bought.outcome.value)
        wait_for(trader, AccountMoved.__name__, 0)
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_S) == 0, trader.log[-3000:]
    finally:
        process.kill()
        process.wait()
    moved = [each for each in trader.records() if isinstance(each, AccountMoved)]
    assert any(each.market == bought.market and each.cash > 0 for each in moved)
    check_account(trader)


def test_money_that_nobody_told_of_is_a_halt_until_an_operator_has_booked_and_cleared_it(
    served: Exchange, tmp_path: Path
) -> None:
    trader = Trader(
        tmp_path, served, QUICK_TO_END + FEW_MARKETS + "[live]\nreconcile_every_ms = 1000\ndoubt_limit_ms = 3000\n"
    )
    socket = ("--socket", tmp_path / "data" / "control.sock")
    process = trader.start()
    try:
        wait_for(trader, Order.__name__, 0)
        served.deposit(trader.wallet, 123_000_000)
        wait_for(trader, SetMode.__name__, 0)
        (latched,) = (each for each in trader.records() if isinstance(each, SetMode))
        assert latched.latched and latched.mode is RiskMode.HALT
        assert "HALT" in run_here("mode", *socket).out
        assert run_here("cash", "deposit", "123", *socket).code == 0
        assert run_here("mode", "clear", "no such cause", *socket).code == 2
        assert "holds nothing any more" in run_here("mode", "clear", latched.cause, *socket).out
        wait_for(trader, Order.__name__, trader.count(Order.__name__))
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_S) == 0, trader.log[-3000:]
    finally:
        process.kill()
        process.wait()
    check_account(trader)


def test_the_key_is_in_nothing_that_a_run_leaves_behind(served: Exchange, tmp_path: Path) -> None:
    trader = Trader(tmp_path, served, QUICK_TO_END)
    assert trader.run("--duration", 3, "--log-dir", tmp_path / "logs", "--log-level", "debug") == 0, trader.log[-3000:]
    key = (tmp_path / "data" / "exchange" / "key").read_text().strip().removeprefix("0x")
    found = [path for path in tmp_path.rglob("*") if path.is_file() and _holds(path, key)]
    assert [path.relative_to(tmp_path) for path in found] == [Path("data/exchange/key")]
    assert len(list((tmp_path / "logs").rglob("*"))) > 5
    assert trader.count(Order.__name__) > 0


def _holds(path: Path, key: str) -> bool:
    content = path.read_bytes().lower()
    return key.lower().encode() in content or bytes.fromhex(key) in content or str(int(key, 16)).encode() in content


class TestTheGates:
    """The venue is the served exchange by its addresses, as if it were the real one: nothing is let off."""

    def configuration(self, served: Exchange, folder: Path, **live: object) -> Path:
        key = folder / "key"
        key.write_text("0x" + "11" * 31 + f"{random.Random(str(folder)).randrange(1, 255):02x}")
        key.chmod(0o600)
        stream = served.url.replace("http", "ws", 1)
        settings = {
            "is_allowed": True,
            "key_file": str(key),
            "order_notional": "600",
            "minute_notional": "60000",
            "user_stream_url": f"{stream}/ws/user",
            "website_url": served.url,
            "data_api_url": f"{served.url}/data",
            **live,
        }
        path = folder / "venue.toml"
        path.write_text(
            f"""
[polymarket]
clob_url = "{served.url}"
gamma_url = "{served.url}/gamma"
market_stream_url = "{stream}/ws/market"
[service]
stop_within_ms = 15000
[live]
"""
            + "".join(f"{name} = {_toml(value)}\n" for name, value in settings.items())
        )
        return path

    def test_a_rehearsal_signs_and_sends_nothing(self, served: Exchange, tmp_path: Path) -> None:
        before = _orders_posted(served)
        ran = run_process(
            "run", "--mode", "live", "--config", self.configuration(served, tmp_path), "--duration", 4, "--yes",
            "--json", "--journal", tmp_path / "journal", cwd=tmp_path,
        )  # fmt: skip
        assert ran.code == 0, ran.err[-3000:]
        trader = Trader(tmp_path, served)
        assert trader.count(OrderSigned.__name__) > 0
        assert served.account(trader.wallet)["open_orders"] == 0
        assert _orders_posted(served) == before

    def test_with_everything_said_orders_are_sent(self, served: Exchange, tmp_path: Path) -> None:
        configuration = self.configuration(served, tmp_path, dry_run=False)
        ran = run_process(
            "run", "--mode", "live", "--config", configuration, "--duration", 4, "--yes", "--json", cwd=tmp_path
        )
        assert ran.code == 0, ran.err[-3000:]
        assert ran.summary["strategies"][0]["activity"]["orders"] > 0
        (journal,) = (tmp_path / "data" / "live").glob("*.journal")
        assert "rehearsal" not in journal.name


def _orders_posted(served: Exchange) -> int:
    """Trades and open orders that the exchange has had: posts cannot be counted apart from others' requests."""
    answer = httpx.get(f"{served.url}/exchange/accounts", trust_env=False).json()["accounts"]
    return sum(line["open_orders"] for line in answer if not line["trader"])


def _toml(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else f'"{value}"'
