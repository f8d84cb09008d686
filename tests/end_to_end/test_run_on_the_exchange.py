"""The whole service trades on the exchange in process: at full speed, on a virtual clock, the same each time."""

import json
from collections import Counter
from pathlib import Path

import pytest

from messages.fills import Fill, FillReversed, FillSettled
from messages.identity import MarketId, Outcome, TradeId
from messages.serial import to_json
from messages.units import ONE, SHARE_SCALE
from polyactors.exchange.core import Exchange
from polyactors.exchange.ports.execution import OWN_KEY, OWN_WALLET
from polyactors.exchange.words import Kind
from supervision.faults.plan import AtMessage, Fault, FaultPlan, Kill
from tests.end_to_end.exchange_runs import START_NS, ExchangeRun, run_on_the_exchange
from tests.end_to_end.program import check_agrees, check_sound, records

SECOND_NS = 10**9
SECONDS = 80


class Onlooker:
    """What somebody sees who looks at our quotes ten times a second."""

    def __init__(self) -> None:
        self.most_quotes = 0
        self._next_look_ns = 0

    def look(self, exchange: Exchange, now_ns: int) -> None:
        if now_ns >= self._next_look_ns:
            self._next_look_ns = now_ns + SECOND_NS // 10
            self.most_quotes = max(self.most_quotes, len(exchange.open_orders(OWN_KEY)))


@pytest.fixture(scope="module")
def onlooker() -> Onlooker:
    return Onlooker()


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory, onlooker: Onlooker) -> ExchangeRun:
    return run_on_the_exchange(tmp_path_factory.mktemp("run"), SECONDS, meanwhile=onlooker.look)


def test_it_quotes_is_filled_and_its_profit_moves(ran: ExchangeRun, onlooker: Onlooker) -> None:
    maker = ran.summary.strategies[0]
    assert onlooker.most_quotes >= 6
    assert maker.activity.orders > 50
    assert maker.activity.fills > 5
    assert maker.profit.total != 0


def test_its_sums_are_right_and_no_invariant_broke(ran: ExchangeRun) -> None:
    summary = json.loads(to_json(ran.summary))
    assert summary["exit_code"] == 0
    assert summary["ended"] == "TIME_OVER"
    assert summary["broken_invariants"] == []
    check_sound(summary)
    check_agrees(summary, records(ran.service.journal_path))


def test_ledger_and_exchange_have_the_same_cash_and_shares(ran: ExchangeRun) -> None:
    """Once what the run left unsettled is mined. Nothing is asked of the port here."""
    exchange, view = ran.place.exchange, ran.service.portfolio
    assert view is not None
    later_ns = START_NS + (SECONDS + 60) * SECOND_NS
    exchange.advance(later_ns)
    assert exchange.cash(OWN_WALLET, later_ns) == view.wallet.cash
    at_the_ledger: Counter[tuple[str, Outcome]] = Counter()
    for position in (position for market in view.markets for position in market.positions):
        at_the_ledger[position.market, Outcome.YES] += position.yes
        at_the_ledger[position.market, Outcome.NO] += position.no
    at_the_exchange = Counter(
        {(holding.market, holding.outcome): holding.settled for holding in exchange.holdings(OWN_WALLET)}
    )
    assert +at_the_ledger == +at_the_exchange != Counter()


def test_every_fill_is_a_trade_of_the_exchange(ran: ExchangeRun) -> None:
    fills = [each for each in records(ran.service.journal_path) if isinstance(each, Fill)]
    trades = {trade.trade: trade for trade in ran.place.exchange.trades_of(OWN_KEY)}
    assert len(fills) >= len(trades) > 0
    for fill in fills:
        trade = trades[TradeId(fill.trade.partition(":")[0])]
        ours = [part for part in trade.makers if part.order == fill.order]
        if trade.taker_order == fill.order:
            assert (trade.price, trade.size, trade.fee) == (fill.price, fill.size, fill.fee)
        else:
            assert [(part.price, part.size) for part in ours] == [(fill.price, fill.size)]
    assert sum(fill.size for fill in fills) >= 5 * SHARE_SCALE


def test_the_books_that_it_kept_were_proven_by_the_exchange_s_hashes(ran: ExchangeRun) -> None:
    feed = ran.summary.feed
    assert feed.books_closed > 500
    assert sum(book.closed_by_hash for book in feed.markets) == feed.books_closed
    assert feed.crossed_instants == 0
    assert feed.bad_input == ()


def test_it_trades_markets_of_every_kind(ran: ExchangeRun) -> None:
    listings = ran.place.exchange.listings
    kinds = [listings[market.market].kind for market in ran.place.markets if market.market in listings]
    assert set(kinds) == set(Kind)
    event = next(market.event for market in ran.place.markets if market.neg_risk)
    of_the_event = [each for each in listings.values() if each.market.event == event]
    assert sum(market.event == event for market in ran.place.markets) == len(of_the_event) > 2


def test_the_same_seed_makes_the_same_decisions_and_another_one_others(tmp_path: Path) -> None:
    seeds = {"first": 5, "again": 5, "other": 6}
    first, again, other = (run_on_the_exchange(tmp_path / name, 20, seed=seed) for name, seed in seeds.items())
    assert first.summary.decisions > 20
    assert first.summary.decision_hash == again.summary.decision_hash
    assert first.summary.decision_hash != other.summary.decision_hash
    assert first.summary.account == again.summary.account


@pytest.mark.parametrize("path", ["execution/gateway", "execution/executor", "market-data/shard-0", "ledger"])
def test_an_actor_that_is_killed_costs_no_order_and_no_cent(tmp_path: Path, path: str) -> None:
    fault = Fault(path, Kill(), AtMessage(3 if path.startswith("market-data") else 20))
    ran = run_on_the_exchange(tmp_path, 25, faults=FaultPlan((fault,)))
    summary = json.loads(to_json(ran.summary))
    check_sound(summary)
    assert ran.summary.restarts > 0
    assert ran.place.exchange.open_orders(OWN_KEY) == ()


def test_trades_that_fail_on_the_chain_are_taken_back_and_the_sums_are_right(tmp_path: Path) -> None:
    """Every trade fails for half a minute, and none after that."""

    def fail_all(exchange: Exchange, now_ns: int) -> None:
        exchange.fail_next_trades(10_000 if now_ns < START_NS + 30 * SECOND_NS else 0)

    ran = run_on_the_exchange(tmp_path, 60, meanwhile=fail_all)
    assert ran.summary.exit_code == 0
    assert ran.summary.broken_invariants == ()
    check_sound(json.loads(to_json(ran.summary)))
    kept = records(ran.service.journal_path)
    reversals = {each.trade for each in kept if isinstance(each, FillReversed)}
    settlements = {each.trade for each in kept if isinstance(each, FillSettled)}
    assert reversals
    assert settlements
    assert not reversals & settlements
    exchange, view = ran.place.exchange, ran.service.portfolio
    assert view is not None
    later_ns = START_NS + 3600 * SECOND_NS
    exchange.advance(later_ns)
    assert exchange.cash(OWN_WALLET, later_ns) == view.wallet.cash


def test_what_a_resolved_market_pays_is_what_its_shares_are_worth(tmp_path: Path) -> None:
    """Its book is empty by then, and the middle of an empty book says nothing."""
    resolved: list[MarketId] = []

    def resolve_what_is_held(exchange: Exchange, now_ns: int) -> None:
        held = [each for each in exchange.holdings(OWN_WALLET) if each.settled and each.outcome is Outcome.YES]
        if not resolved and now_ns > START_NS + 10 * SECOND_NS and held:
            resolved.append(held[0].market)
            exchange.resolve(held[0].market, ONE, now_ns)

    ran = run_on_the_exchange(tmp_path, 30, meanwhile=resolve_what_is_held)
    (line,) = [each for each in ran.summary.markets if each.market == resolved[0] and each.strategy == "maker"]
    assert line.yes > 0
    assert line.middle == ONE
    assert line.profit.total == line.cash - line.fees + line.yes
    check_sound(json.loads(to_json(ran.summary)))
