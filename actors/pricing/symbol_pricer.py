"""Fair values of one symbol: ticks of all venues in, one snapshot a series out, fifty times a second."""

from collections.abc import Callable, Sequence

from attrs import define

from actors.feeds.ports import ConnectionLost
from actors.feeds.reference.median import BoardLook, MedianBoard
from actors.pricing.default_engine import DefaultEngine
from actors.pricing.digital_option import DigitalOption
from actors.pricing.features import FeatureEngine
from actors.pricing.hour_context import HourContext, PeriodNow
from actors.pricing.open_price_source import OpenPriceSource
from actors.pricing.pricer import Pricer
from actors.pricing.settings import PricingSettings
from actors.pricing.snapshot import Look, snapshot_of
from actors.pricing.source_price import SourceEstimate, SourcePrice
from actors.pricing.symbol_pricer_words import (
    OpenPriceAnswer,
    Publish,
    SeriesState,
    SymbolPricerMessage,
    SymbolPricerState,
    usual_rule,
)
from actors.pricing.venue_history import VenueHistory
from messages.periods import Period, Series, SettlementRule
from messages.pricing import (
    FOLLOWED_FOR_NS,
    AboutPeriod,
    FollowPrices,
    NoPrices,
    PriceSnapshot,
    TellPrices,
)
from messages.reference import (
    ReferenceAverage,
    ReferenceMissed,
    ReferenceQuote,
    ReferenceTick,
    ReferenceVenue,
    Symbol,
)
from messages.units import NANOSECONDS_PER_MILLISECOND
from supervision.actor import Actor
from supervision.address import Address
from supervision.log import Level

_SAID_AGAIN_NS = 5 * NANOSECONDS_PER_MILLISECOND


@define(eq=False)
class _Served:
    """One series, and who follows it until when."""

    series: Series
    context: HourContext
    followers: dict[Address[object], int]
    now: PeriodNow | None = None
    seq: int = 0
    newest: PriceSnapshot | None = None
    asked_ns: int | None = None
    is_asking: bool = False
    missing_told: Period | None = None


class SymbolPricer(Actor[SymbolPricerMessage]):
    """Nothing of it outlives a life: the open price of the present period is then unknown, and its snapshots uncertain,
    until the market tells its strike, `open_prices` knows it, or the next period begins. The `epoch` of its snapshots
    is greater in each life than in those before.

    `venues` are those that are expected to speak; `engine` makes the features, `pricer` the probability.
    """

    def __init__(
        self,
        symbol: Symbol,
        series: Sequence[Series],
        settings: PricingSettings,
        venues: Sequence[ReferenceVenue] = (),
        engine: Callable[[], FeatureEngine] = DefaultEngine,
        pricer: Pricer | None = None,
        rule_of: Callable[[Series], SettlementRule] = usual_rule,
        open_prices: OpenPriceSource | None = None,
    ) -> None:
        self._symbol = symbol
        self._settings = settings
        self._board = MedianBoard(symbol, settings.median, venues)
        self._engine = engine()
        self._pricer = pricer or DigitalOption(settings.option)
        self._open_prices = open_prices
        self._histories: dict[ReferenceVenue, VenueHistory] = {}
        self._sources: dict[ReferenceVenue, SourceEstimate] = {}
        self._prices: dict[ReferenceVenue, SourcePrice | None] = {}
        self._served = {each: _Served(each, HourContext(each, rule_of(each), settings.reading), {}) for each in series}
        self._to_publish_ns: int | None = None
        self._since_ns = self._epoch = 0

    def started(self) -> None:
        self._since_ns = self.now_ns
        # Greater than in any life before, of another process too: its readers may be the same.
        self._epoch = self._since_ns // NANOSECONDS_PER_MILLISECOND + self.generation
        if self.generation > 1:
            self.log(Level.WARNING, "begins anew: open prices are unknown until they are told")
        if self._settings.publish_every_ns:
            self.every("publish", self._settings.publish_every_ns, Publish())

    def receive(self, message: SymbolPricerMessage) -> None:
        match message:
            case ReferenceTick():
                if self._board.see(message) is None:
                    self._engine.see(message)
                    history = self._histories.get(message.venue)
                    if history is None:
                        history = self._histories[message.venue] = VenueHistory()
                    history.see(message)
                    self._publish_soon()
            case ReferenceQuote():
                if self._board.see(message) is None:
                    self._engine.see(message)
                    self._publish_soon()
            case Publish():
                self._to_publish_ns = None
                self._publish()
            case ReferenceAverage():
                self._see_average(message)
            case ReferenceMissed():
                self._missed(message)
            case FollowPrices(series):
                self._follow(series)
            case TellPrices(series):
                self._tell_newest(series)
            case AboutPeriod(about):
                served = self._served.get(about.period.series)
                if served is None:
                    self.log(Level.WARNING, "told of a series that is not priced", series=about.period.series.name)
                else:
                    served.context.about(about, self.now_ns, self._histories)
            case OpenPriceAnswer():
                self._heard_open(message)

    def describe(self) -> SymbolPricerState:
        return SymbolPricerState(
            self._symbol,
            self._board.look(self.now_ns).median,
            self._board.taken,
            self._board.refused,
            tuple(
                SeriesState(
                    each.series,
                    each.now,
                    each.context.ended,
                    tuple(follower.path for follower in each.followers),
                    each.seq,
                    each.newest,
                )
                for each in self._served.values()
            ),
        )

    def _see_average(self, average: ReferenceAverage) -> None:
        if self._board.judge_average(average) is not None:
            return
        self._engine.see(average)
        history = self._histories.get(average.venue)
        if history is None:
            history = self._histories[average.venue] = VenueHistory()
        history.see_average(average, self._settings.reading.average_within_ns)

    def _missed(self, missed: ReferenceMissed) -> None:
        self._board.missed(missed)
        history = self._histories.get(missed.venue)
        if history is not None and missed.symbol in (None, self._symbol):
            history.missed()

    def _publish_soon(self) -> None:
        """After what is already waiting in the mailbox: ticks that come faster than they are handled share one. Said
        again after a while, for a full mailbox may have dropped it."""
        if self._settings.publish_every_ns:
            return
        now_ns = self.now_ns
        if self._to_publish_ns is None or now_ns - self._to_publish_ns > _SAID_AGAIN_NS:
            self._to_publish_ns = now_ns
            self.tell(self.own_address, Publish())

    def _publish(self) -> None:
        now_ns = self.now_ns
        board = self._advance(now_ns)
        look: Callable[[PeriodNow], Look] | None = None
        for served in self._served.values():
            for follower, until_ns in tuple(served.followers.items()):
                if until_ns <= now_ns or follower.is_over:
                    del served.followers[follower]
            if served.followers and served.now is not None:
                look = look or self._look(board, now_ns)
                self._publish_one(served, look(served.now))

    def _advance(self, now_ns: int) -> BoardLook:
        """The clock has moved. Differences between venues are learned whether anybody listens or not."""
        board = self._board.look(now_ns)
        self._prices = {}
        for served in self._served.values():
            served.now = now = served.context.advance(now_ns, self._histories)
            self._mind_open(served, now, now_ns)
            source = now.rule.source
            if source not in self._prices:
                estimate = self._sources.get(source)
                if estimate is None:
                    estimate = self._sources[source] = SourceEstimate(source, self._settings.basis_time_constant_ns)
                self._prices[source] = estimate.look(board, now_ns)
        return board

    def _publish_one(self, served: _Served, look: Look) -> PriceSnapshot:
        served.seq += 1
        served.newest = snapshot_of(look, self._epoch, served.seq, self._pricer, self._settings)
        self.publish(served.followers, served.newest)
        return served.newest

    def _look(self, board: BoardLook, now_ns: int) -> Callable[[PeriodNow], Look]:
        """One look at everything, of which that of each series is a part."""
        features = self._engine.features(now_ns)

        def part(now: PeriodNow) -> Look:
            source = now.rule.source
            history = self._histories.get(source)
            return Look(now_ns, self._since_ns, board, features, now, self._prices.get(source), history)

        return part

    def _follow(self, series: Series) -> None:
        follower = self.sender
        served = self._served.get(series)
        if follower is None:
            return
        if served is None:
            self.reply(NoPrices(series, "this series is not priced"))
        else:
            served.followers[follower] = self.now_ns + FOLLOWED_FOR_NS

    def _tell_newest(self, series: Series) -> None:
        served = self._served.get(series)
        if served is None:
            self.reply(NoPrices(series, "this series is not priced"))
            return
        newest, now_ns = served.newest, self.now_ns
        age_ns = None if newest is None else now_ns - newest.ts_local_ms * NANOSECONDS_PER_MILLISECOND
        if newest is None or age_ns is None or age_ns > max(self._settings.publish_every_ns, 1):
            board = self._advance(now_ns)
            assert served.now is not None
            newest = self._publish_one(served, self._look(board, now_ns)(served.now))
        self.reply(newest)

    def _mind_open(self, served: _Served, now: PeriodNow, now_ns: int) -> None:
        """Where the open price was missed: say so once, and ask for it."""
        if now.open is not None:
            return
        start_ns = now.period.start_ms * NANOSECONDS_PER_MILLISECOND
        if now_ns < start_ns + self._settings.reading.patience_ns:
            return
        if served.missing_told != now.period:
            served.missing_told, served.asked_ns = now.period, None
            self.log(Level.WARNING, "no open price", period=now.period.name, reason=now.why_no_open)
        asked_ns = served.asked_ns
        if (
            self._open_prices is None
            or served.is_asking
            or (asked_ns is not None and now_ns - asked_ns < self._settings.ask_open_every_ns)
        ):
            return
        served.asked_ns, served.is_asking = now_ns, True
        source, period, rule = self._open_prices, now.period, now.rule
        self.work(f"open price of {period.name}", lambda: self._ask_open(source, period, rule))

    def _heard_open(self, answer: OpenPriceAnswer) -> None:
        served = self._served.get(answer.period.series)
        if served is None:
            return
        served.is_asking = False
        if answer.price is None:
            self.log(Level.INFO, "no open price to be had", period=answer.period.name, reason=answer.reason)
        elif answer.price > 0:
            served.context.found_open(answer.period, answer.price)

    # Workers

    async def _ask_open(self, source: OpenPriceSource, period: Period, rule: SettlementRule) -> None:
        try:
            price = await source.open_price(period, rule)
        except ConnectionLost as error:
            await self.report(OpenPriceAnswer(period, None, str(error)))
        else:
            await self.report(OpenPriceAnswer(period, price))
