"""Makes the summary of a service that has ended, from its journal and what its parts have counted."""

import resource
from collections.abc import Mapping

from attrs import AttrsInstance

from actors.feeds.bad_inputs import BadInputCount
from actors.markets.health import MarketHealth
from actors.portfolio.attribution import Profit, ProfitLine, attribute
from actors.records.joined_markets import ever_joined
from actors.records.journal_store import JournalStore
from actors.records.record_kinds import DECISIONS, decision_hash, message_of
from actors.strategies.maker import MAKER
from actors.strategies.set_arbitrage import SET_ARBITRAGE, ArbitrageTally
from actors.strategies.taker import TAKER
from actors.strategies.unwinder import UNWINDER
from messages.identity import MarketId, Outcome, StrategyName
from messages.market_data import MarketResolution
from messages.markets import Market
from messages.portfolio import PortfolioView, Position, Wallet
from messages.units import ONE, Cash, Price
from polyactors.exit_codes import exit_code
from polyactors.service import Service
from polyactors.summary.activity import Owner, Tally, added, tallies
from polyactors.summary.document import (
    Account,
    ActorLine,
    BookHealth,
    BrokenInvariant,
    FaultLine,
    FeedHealth,
    MarketLine,
    ProfitAndLoss,
    SetArbitrageLine,
    StrategyLine,
    Summary,
    Timing,
)
from supervision.faults.plan import AtMessage, Kill

MILLISECOND = 1_000_000


def summarise(service: Service, real_ns: int, simulated_ns: int, *, journal_is_kept: bool) -> Summary:
    """`real_ns` is how long the run took, `simulated_ns` how long it was on its own clock."""
    with JournalStore.open(service.journal_path) as store:
        rows = list(store.read())
    records = [message_of(row) for row in rows]
    done = tallies(records)
    view = service.portfolio or _empty_view(service)
    health = service.health.markets
    markets = _markets(service, records)
    middles = _payouts(records)
    middles |= {market: each.last_middle for market, each in health.items() if each.last_middle is not None}
    positions = [position for portfolio in view.markets for position in portfolio.positions]
    profit = attribute((position for position in positions if position.market in middles), middles)
    owners = {*done, *((position.strategy, position.market) for position in positions)}
    configured = _configured_strategies(service)
    strategies = tuple(dict.fromkeys((*configured, *sorted(name for name, _ in owners))))
    always = {(name, market.market) for name in configured for market in service.place.markets}
    account = _account(view, profit, positions, middles)
    kinds = {each.__name__ for each in DECISIONS}
    return Summary(
        recording=service.place.name,
        seed=service.configuration.service.seed,
        ended=service.end.name if service.end else "",
        why=service.why,
        exit_code=exit_code(service.end, orders_rest=bool(account.open_orders)),
        decision_hash=decision_hash(rows),
        decisions=sum(row.kind in kinds for row in rows),
        account=account,
        strategies=tuple(_strategy_line(name, done, positions, profit) for name in strategies),
        markets=tuple(
            _market_line(market, name, done, positions, profit, middles.get(market.market))
            for market in markets
            for name in strategies
            if (name, market.market) in owners | always
        ),
        set_arbitrage=_arbitrage(service.markets, service.health.arbitrage),
        feed=_feed(service),
        actors=_actors(service),
        restarts=sum(max(0, cell.generation - 1) for cell in service.runtime.registry.cells()),
        dead_letters=service.runtime.dead_letter_count,
        faults=tuple(
            FaultLine(count.number, str(count.fault), count.path, count.count) for count in service.faults.counts
        ),
        faults_that_never_came=tuple(map(str, service.faults.never_came)),
        kills_that_never_came=_kills_that_never_came(service),
        broken_invariants=tuple(
            BrokenInvariant(violation.number, violation.text, violation.seq) for violation in service.violations
        ),
        journal=str(service.journal_path) if journal_is_kept else None,
        journal_records=len(rows),
        timing=_timing(service.tape.frames, real_ns, simulated_ns),
    )


def _markets(service: Service, records: list[AttrsInstance]) -> tuple[Market, ...]:
    """Those of this session, and those that joined in former ones: what is owned of them is still booked."""
    former = {market.market: market for market in ever_joined(records)}
    return tuple((former | {market.market: market for market in service.markets}).values())


def _payouts(records: list[AttrsInstance]) -> dict[MarketId, Price]:
    """What a YES of a resolved market pays; its book may have been that of a former session."""
    resolved = {each.market: each.winner for each in records if isinstance(each, MarketResolution)}
    return {
        market: ONE if winner is Outcome.YES else Price(0) for market, winner in resolved.items() if winner is not None
    }


def _configured_strategies(service: Service) -> tuple[StrategyName, ...]:
    which = service.configuration.strategies
    runs = {MAKER: which.maker, SET_ARBITRAGE: which.set_arbitrage, TAKER: which.taker, UNWINDER: which.unwinder}
    return tuple(name for name, does in runs.items() if does)


def _market_line(
    market: Market,
    strategy: StrategyName,
    done: Mapping[Owner, Tally],
    positions: list[Position],
    profit: Profit,
    middle: Price | None,
) -> MarketLine:
    position = next(
        (each for each in positions if (each.market, each.strategy) == (market.market, strategy)),
        Position(market.market, strategy),
    )
    lines = [line for line in profit.lines if (line.market, line.strategy) == (market.market, strategy)]
    return MarketLine(
        event=market.event,
        market=market.market,
        slug=market.slug,
        strategy=strategy,
        activity=done.get((strategy, market.market), Tally()).activity(),
        yes=position.yes,
        no=position.no,
        cash=position.cash,
        fees=position.fees,
        middle=middle,
        profit=_profit(lines),
    )


def _strategy_line(
    strategy: StrategyName, done: Mapping[Owner, Tally], positions: list[Position], profit: Profit
) -> StrategyLine:
    mine = [position for position in positions if position.strategy == strategy]
    return StrategyLine(
        strategy=strategy,
        activity=added(tally for (name, _), tally in done.items() if name == strategy).activity(),
        cash=Cash(sum(position.cash for position in mine)),
        fees=Cash(sum(position.fees for position in mine)),
        profit=_profit([line for line in profit.lines if line.strategy == strategy]),
    )


def _profit(lines: list[ProfitLine]) -> ProfitAndLoss:
    all_lines = Profit(tuple(lines))
    return ProfitAndLoss(all_lines.spread, all_lines.fees, all_lines.inventory, all_lines.total)


def _account(
    view: PortfolioView, profit: Profit, positions: list[Position], middles: Mapping[MarketId, Price]
) -> Account:
    value = Cash(sum(each.value(middles[each.market]) for each in positions if each.market in middles))
    return Account(
        deposited=view.wallet.deposited,
        cash=view.wallet.cash,
        reserved=view.wallet.reserved,
        open_orders=sum(len(portfolio.open_orders) for portfolio in view.markets),
        positions_value=value,
        equity=Cash(view.wallet.cash + value),
        profit=_profit(list(profit.lines)),
    )


def _arbitrage(markets: tuple[Market, ...], seen: Mapping[MarketId, ArbitrageTally]) -> tuple[SetArbitrageLine, ...]:
    return tuple(
        SetArbitrageLine(
            market.market, market.slug, tally.snapshots, tally.opportunities, tally.after_fees, tally.lowest_cost
        )
        for market in markets
        if (tally := seen.get(market.market)) is not None
    )


def _feed(service: Service) -> FeedHealth:
    tape, shard = service.tape, service.health.feed
    books = tuple(
        _book(market, service.health.markets[market.market])
        for market in service.markets
        if market.market in service.health.markets
    )
    return FeedHealth(
        frames=tape.frames,
        frames_by_channel=dict(sorted(tape.by_channel.items())),
        unread=dict(sorted(tape.unread.items())),
        connections=shard.connections,
        connections_lost=shard.losses,
        resyncs=shard.resyncs,
        resyncs_without_answer=shard.resyncs_empty,
        books_closed=sum(book.books_closed for book in books),
        dirty_spells=sum(book.dirty_spells for book in books),
        crossed_instants=sum(book.crossed_instants for book in books),
        markets=books,
        bad_input=tape.bad.lines() + _refused_by_books(service),
    )


def _refused_by_books(service: Service) -> tuple[BadInputCount, ...]:
    """Frames that could be read, and that the book of their market refused."""
    return tuple(
        BadInputCount(kind, f"clob.market {market.slug}", count, "see the log of the market")
        for market in service.markets
        if market.market in service.health.markets
        for kind, count in sorted(service.health.markets[market.market].refused.items())
    )


def _book(market: Market, health: MarketHealth) -> BookHealth:
    return BookHealth(
        market=market.market,
        slug=market.slug,
        frames=health.frames,
        changes=health.deltas,
        whole_books=health.whole_books,
        trades=health.trades,
        books_closed=health.closed,
        closed_by_hash=health.closed_by_hash,
        open_instants=health.open_instants,
        crossed_instants=health.crossed,
        dirty_spells=health.dirty_spells,
        dirty_ms=health.dirty_ns // MILLISECOND,
        resyncs_asked=health.resyncs_asked,
        tick_changes_inferred=health.regrids,
        frames_refused=dict(sorted(health.refused.items())),
    )


def _actors(service: Service) -> tuple[ActorLine, ...]:
    return tuple(
        ActorLine(
            cell.path,
            cell.generation,
            cell.handled,
            cell.mailbox.high_water,
            str(cell.last_failure) if cell.last_failure is not None else None,
        )
        for cell in service.runtime.registry.cells()
    )


def _kills_that_never_came(service: Service) -> tuple[str, ...]:
    """Those that were to come at the actor's Nth message, as PATH@N."""
    return tuple(
        f"{never.path}@{never.fault.when.number}"
        for never in service.faults.never_came
        if isinstance(never.fault.what, Kill) and isinstance(never.fault.when, AtMessage)
    )


def _timing(frames: int, real_ns: int, simulated_ns: int) -> Timing:
    return Timing(
        simulated_ms=simulated_ns // MILLISECOND,
        real_ms=real_ns // MILLISECOND,
        frames_per_second=round(frames * 1e9 / max(real_ns, 1)),
        speed=round(simulated_ns / max(real_ns, 1), 1),
        peak_memory_mb=_peak_memory_bytes() >> 20,
    )


def _peak_memory_bytes() -> int:
    """Of this program alone: what the kernel's rusage says includes whoever started us."""
    try:
        with open("/proc/self/status", encoding="utf-8") as lines:
            peak_kib = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))
    except (OSError, StopIteration):
        # macOS counts in bytes.
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak_kib << 10


def _empty_view(service: Service) -> PortfolioView:
    deposit = service.deposit
    return PortfolioView(0, Wallet(deposit, deposit, Cash(0)), (), 0)
