"""Discovery's rules against a venue, a journal and a yard that do what a script, or chance, wants of them."""

from hashlib import sha256

from attrs import define, evolve, field

from actors.feeds.discovery_rules import DiscoveryRules
from actors.feeds.discovery_settings import DiscoverySettings, end_ns, start_ns
from actors.feeds.discovery_words import (
    Action,
    Ask,
    EndLooked,
    LookAtTheEnd,
    Say,
    SetUp,
    TakeDown,
    Tell,
    TellPricer,
    Write,
)
from actors.feeds.market_finder import Found
from messages.identity import EventId, MarketId, TokenId
from messages.markets import Market
from messages.periods import Period, PeriodLength, Reading, Series, SettlementRule, UpOrDown
from messages.reference import ReferenceVenue, Symbol
from messages.sessions import MarketJoined, MarketLeft
from messages.units import TickSize

SECOND = 1_000_000_000
MINUTE = 60 * SECOND
FIVE = Series(Symbol("btcusd"), PeriodLength.FIVE_MINUTES)
FIFTEEN = Series(Symbol("ethusd"), PeriodLength.FIFTEEN_MINUTES)
HOUR = Series(Symbol("btcusd"), PeriodLength.HOUR)
START_NS = 1_777_107_600 * SECOND
"""A full hour."""

MEAN = SettlementRule(ReferenceVenue.CHAINLINK, Reading.MEAN, 60)
CANDLE = SettlementRule(ReferenceVenue.BINANCE, Reading.CANDLE)


def market_of(period: Period, strike: float | None = None) -> Market:
    rule = CANDLE if period.series.length is PeriodLength.HOUR else MEAN
    return Market(
        MarketId("0x" + sha256(period.name.encode()).hexdigest()),
        EventId(period.name),
        period.name,
        "Up or down?",
        TokenId("1"),
        TokenId("2"),
        TickSize(100),
        end_ms=period.end_ms,
        about=UpOrDown(period, rule, strike),
    )


@define(eq=False)
class RulesWorld:
    """What the rules ask for is done at once, or when the test says so: `open_asks`, `at_yard`, `open_looks` are what
    is under way. `kill` begins a new life of the rules with what is in the journal."""

    settings: DiscoverySettings
    now_ns: int = START_NS
    journal: list[MarketJoined | MarketLeft] = field(factory=list)
    told: list[MarketJoined | MarketLeft] = field(factory=list)
    pricer: list[UpOrDown] = field(factory=list)
    said: list[Say] = field(factory=list)
    standing: dict[MarketId, Market] = field(factory=dict)
    stood_ns: dict[MarketId, list[int]] = field(factory=dict)
    gone_ns: dict[MarketId, int] = field(factory=dict)
    open_asks: list[Period] = field(factory=list)
    asked: list[Period] = field(factory=list)
    at_yard: SetUp | TakeDown | None = None
    open_looks: list[Market] = field(factory=list)
    to_write: list[MarketJoined | MarketLeft] = field(factory=list)
    rules: DiscoveryRules = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.begin()

    def begin(self, fixed: tuple[Market, ...] = ()) -> None:
        self.rules = DiscoveryRules(self.settings, lambda bound: bound // 2)
        self.do(self.rules.begin(fixed, self.journal, self.now_ns))

    def kill(self) -> None:
        """Workers die with the life; what the journal was told it keeps."""
        self.journal += self.to_write
        self.to_write, self.open_asks, self.open_looks, self.at_yard = [], [], [], None
        self.begin()

    def look(self) -> None:
        self.do(self.rules.look(self.now_ns, self.standing.__contains__))

    def do(self, actions: list[Action]) -> None:
        for action in actions:
            match action:
                case Ask(period):
                    assert period not in self.open_asks, "asked twice at a time"
                    self.open_asks.append(period)
                    self.asked.append(period)
                case Write(record):
                    self.to_write.append(record)
                case Tell(news):
                    assert news in self.journal, "told before it was on disk"
                    self.told.append(news)
                case TellPricer(about):
                    self.pricer.append(about)
                case SetUp() | TakeDown():
                    assert self.at_yard is None, "two at the yard"
                    self.at_yard = action
                case LookAtTheEnd(market):
                    assert market not in self.open_looks, "looked at twice at a time"
                    self.open_looks.append(market)
                case Say():
                    self.said.append(action)

    # What comes back

    def answer(self, found: Found) -> None:
        period = self.open_asks.pop(0)
        self.do(self.rules.answered(period, found, self.now_ns))

    def write(self) -> None:
        record = self.to_write.pop(0)
        self.journal.append(record)
        self.do(self.rules.written(record, self.now_ns))

    def work_at_yard(self, refusal: str | None = None) -> None:
        action, self.at_yard = self.at_yard, None
        assert action is not None
        market = action.market
        if refusal is None and isinstance(action, SetUp):
            self._demand_joined(market)
            if market.market not in self.standing:
                self.stood_ns.setdefault(market.market, []).append(self.now_ns)
            self.standing[market.market] = market
        elif refusal is None:
            self.standing.pop(market.market, None)
            self.gone_ns[market.market] = self.now_ns
        self.do(self.rules.yard_done(market.market, refusal, self.now_ns))

    def tell_end(self, is_done: bool | None = True, is_over: bool | None = True, open_orders: int | None = 0) -> None:
        market = self.open_looks.pop(0)
        self.do(self.rules.end_looked(EndLooked(market.market, is_done, is_over, open_orders), self.now_ns))

    def _demand_joined(self, market: Market) -> None:
        names = [each.market.market for each in self.told if isinstance(each, MarketJoined)]
        assert market.market in names, "set up before it was told of"

    # A venue without troubles

    def settle(self) -> None:
        """Everything that is under way is done well."""
        while self.open_asks or self.to_write or self.at_yard or self.open_looks:
            if self.open_asks:
                self.answer(market_of(self.open_asks[0]))
            elif self.to_write:
                self.write()
            elif self.at_yard:
                self.work_at_yard()
            else:
                self.tell_end()
            self.look()

    def run(self, until_ns: int, step_ns: int = SECOND) -> None:
        while self.now_ns < until_ns:
            self.look()
            self.settle()
            self.now_ns += step_ns

    # Seen afterwards

    def joined(self, period: Period) -> int:
        """How many times the journal says that the period's market joined."""
        name = market_of(period).market
        return sum(isinstance(each, MarketJoined) and each.market.market == name for each in self.journal)

    def left(self, period: Period) -> int:
        return sum(isinstance(each, MarketLeft) and each.market == market_of(period).market for each in self.journal)


def periods_between(series: Series, since_ns: int, until_ns: int) -> list[Period]:
    """Those that begin at or after the one, and end by the other."""
    found: list[Period] = []
    period = series.period_at(since_ns // 1_000_000)
    while end_ns(period) <= until_ns:
        if start_ns(period) >= since_ns:
            found.append(period)
        period = period.following
    return found


def with_strike(market: Market, strike: float) -> Market:
    assert market.about is not None
    return evolve(market, about=evolve(market.about, strike=strike))
