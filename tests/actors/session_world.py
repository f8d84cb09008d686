"""One market of a five-minute period with probes around it; a test puts in the actors that it is about."""

from collections.abc import Mapping

from attrs import evolve

from actors.paths import session_path, strategy_path, symbol_path
from actors.strategies.divergence import DIVERGENCE
from actors.strategies.fair_taker import FAIR_TAKER
from actors.strategies.hourly_quoter import HOURLY_QUOTER
from actors.strategies.words import latest_of
from messages.markets import Market
from messages.periods import Period, PeriodLength, Reading, Series, SettlementRule, UpOrDown
from messages.pricing import NO_MEDIAN, Features, PriceSnapshot
from messages.reference import ReferenceVenue, Symbol
from messages.sessions import SessionIs, SessionState
from supervision.mailbox import MailboxSpec, OnRestart
from supervision.specs import SECOND, ActorSpec, Strategy, SupervisorSpec
from supervision.testing import MILLISECOND, ORIGIN_NS, Diary, Probe
from tests.actors.actor_world import (
    AT_ONCE,
    EVENT,
    EXECUTOR_PATH,
    GOVERNOR_PATH,
    JOURNAL_PATH,
    LEDGER_PATH,
    MARKET_PATH,
    Create,
    JournalProbe,
)
from tests.actors.samples import GAME, TAKER_FEES, market

BTC = Symbol("btcusd")
SERIES = Series(BTC, PeriodLength.FIVE_MINUTES)
PERIOD = SERIES.period_at(ORIGIN_NS // MILLISECOND).following
"""The next one to begin: `STARTS_IN_NS` after the test's first instant."""

STARTS_IN_NS = PERIOD.start_ms * MILLISECOND - ORIGIN_NS
ENDS_IN_NS = PERIOD.end_ms * MILLISECOND - ORIGIN_NS
RULE = SettlementRule(ReferenceVenue.BINANCE, Reading.CANDLE)

SESSION_PATH = session_path(EVENT, GAME).text
PRICES_PATH = symbol_path(BTC).text
QUOTER_PATH = strategy_path(EVENT, GAME, HOURLY_QUOTER).text
TAKER_PATH = strategy_path(EVENT, GAME, FAIR_TAKER).text
DIVERGENCE_PATH = strategy_path(EVENT, GAME, DIVERGENCE).text


def hour_of(period: Period) -> UpOrDown:
    return UpOrDown(period, RULE)


def period_market(period: Period = PERIOD) -> Market:
    return evolve(market(fees=TAKER_FEES), about=hour_of(period), end_ms=period.end_ms)


def prices(
    fair: float | None = 0.5,
    low: float | None = None,
    high: float | None = None,
    *,
    seq: int = 1,
    epoch: int = 1,
    period: Period = PERIOD,
    stale: bool = False,
    uncertain: bool = False,
) -> PriceSnapshot:
    """A band of three cents to either side, if nothing is said."""
    if fair is not None:
        low = max(0.0, fair - 0.03) if low is None else low
        high = min(1.0, fair + 0.03) if high is None else high
    return PriceSnapshot(
        series=period.series,
        epoch=epoch,
        seq=seq,
        ts_local_ms=0,
        ts_exchange_ms=0,
        age_ms=0,
        stale=stale,
        hour_id=period.name,
        hour_start_ts_ms=period.start_ms,
        hour_end_ts_ms=period.end_ms,
        t_remaining_ms=0,
        open_price=50_000.0,
        last_trade_price=50_000.0,
        bbo_bid=None,
        bbo_ask=None,
        mid=None,
        features=Features((), True),
        p_yes_fair=fair,
        p_yes_band_lo=low,
        p_yes_band_hi=high,
        uncertain=uncertain,
        median=NO_MEDIAN,
    )


def told(
    state: SessionState, wound_down: float | None = None, at_ns: int = ORIGIN_NS, until_ns: int | None = None
) -> SessionIs:
    """The word of a session; the next state is a minute away, if nothing is said."""
    done = wound_down if wound_down is not None else float(state in (SessionState.FLATTEN, SessionState.DONE))
    ends_ns = at_ns + 60 * SECOND if until_ns is None else until_ns
    return SessionIs(GAME, state, done, "", at_ns, None if state is SessionState.DONE else ends_ns)


def session_world(diary: Diary, real: Mapping[str, Create]) -> SupervisorSpec:
    """At the paths in `real` the actors that it makes, everywhere else a probe. The market's own are rest_for_one."""

    def at(path: str) -> ActorSpec:
        in_its_place = JournalProbe if path == JOURNAL_PATH else Probe
        create: Create = real.get(path, lambda: in_its_place(diary))
        is_strategy = path in real and path in (QUOTER_PATH, TAKER_PATH, DIVERGENCE_PATH)
        mailbox = MailboxSpec(
            capacity=100_000,
            on_restart=OnRestart.DISCARD if is_strategy else OnRestart.KEEP,
            latest_by=latest_of if is_strategy else None,
        )
        return ActorSpec(name=path.rpartition("/")[2], create=create, mailbox=mailbox)

    def group(name: str, strategy: Strategy, *children: ActorSpec | SupervisorSpec) -> SupervisorSpec:
        return SupervisorSpec(name=name, strategy=strategy, children=children, intensity=1000, backoff=AT_ONCE)

    one = Strategy.ONE_FOR_ONE
    own = (MARKET_PATH, SESSION_PATH, QUOTER_PATH, TAKER_PATH, DIVERGENCE_PATH)
    game = group(GAME, Strategy.REST_FOR_ONE, *(at(path) for path in own))
    return SupervisorSpec(
        name="root",
        strategy=one,
        is_group=True,
        intensity=1000,
        backoff=AT_ONCE,
        children=(
            at(JOURNAL_PATH),
            at(LEDGER_PATH),
            at(GOVERNOR_PATH),
            group("execution", one, at(EXECUTOR_PATH)),
            group("reference", one, at(PRICES_PATH)),
            group("markets", one, group(EVENT, one, game)),
        ),
    )
