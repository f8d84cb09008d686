"""The pure pieces of the pricer put together without actors: ticks in, a fair value at any moment."""

from attrs import define, field

from actors.feeds.reference.median import MedianBoard
from actors.feeds.reference.venue_price import Refused
from actors.pricing.default_engine import DefaultEngine
from actors.pricing.digital_option import DigitalOption
from actors.pricing.hour_context import HourContext
from actors.pricing.pricer import Priced
from actors.pricing.settings import PricingSettings
from actors.pricing.snapshot import Look, pricer_input, snapshot_of
from actors.pricing.source_price import SourceEstimate
from actors.pricing.venue_history import VenueHistory
from messages.periods import Series, SettlementRule
from messages.pricing import PriceSnapshot
from messages.reference import (
    REFERENCE_SCALE,
    CoinSize,
    ReferencePrice,
    ReferenceQuote,
    ReferenceTick,
    ReferenceVenue,
    Symbol,
)


def tick(
    venue: ReferenceVenue,
    dollars: float,
    at_ns: int,
    *,
    symbol: str = "btcusd",
    received_ns: int | None = None,
    number: int | None = None,
) -> ReferenceTick:
    price = ReferencePrice(round(dollars * REFERENCE_SCALE))
    received_ns = at_ns if received_ns is None else received_ns
    return ReferenceTick(venue, Symbol(symbol), price, CoinSize(0), None, number, at_ns, received_ns)


@define(slots=False)
class PurePricer:
    """One series of one symbol."""

    series: Series
    rule: SettlementRule
    settings: PricingSettings = PricingSettings()
    histories: dict[ReferenceVenue, VenueHistory] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        self.board = MedianBoard(self.series.symbol, self.settings.median)
        self.engine = DefaultEngine()
        self.context = HourContext(self.series, self.rule, self.settings.reading)
        self.source = SourceEstimate(self.rule.source, self.settings.basis_time_constant_ns)
        self.pricer = DigitalOption(self.settings.option)

    def see(self, data: ReferenceTick | ReferenceQuote) -> Refused | None:
        refused = self.board.see(data)
        if refused is None:
            self.engine.see(data)
            if isinstance(data, ReferenceTick):
                self.histories.setdefault(data.venue, VenueHistory()).see(data)
        return refused

    def look(self, now_ns: int) -> Look:
        board = self.board.look(now_ns)
        return Look(
            now_ns,
            0,
            board,
            self.engine.features(now_ns),
            self.context.advance(now_ns, self.histories),
            self.source.look(board, now_ns),
            self.histories.get(self.rule.source),
        )

    def price(self, now_ns: int) -> Priced | None:
        return self.pricer.price(pricer_input(self.look(now_ns), self.settings))

    def snapshot(self, now_ns: int, seq: int = 1) -> PriceSnapshot:
        return snapshot_of(self.look(now_ns), 1, seq, self.pricer, self.settings)
