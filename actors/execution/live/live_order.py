"""One order on its way to a real venue and at it: pure, each piece of news changes it and says what is to be told.

News comes from the answer to its POST, from the user feed, from look-ups and from trades, in any order, twice, or late.
The rules:
  - the executor hears `Accepted` before anything else of an order that the venue has;
  - its end is told once, and only when every share that the venue says was matched has been told as a fill;
  - what was taken for gone and turns up again is told as it is: fills are fills whenever they are heard of.
"""

from collections.abc import Iterator
from enum import Enum

from attrs import define, field

from actors.execution.live.fills import fill_id, fill_of
from actors.execution.live.words import (
    InDoubt,
    NotSent,
    NotSigned,
    OwnPart,
    PostOutcome,
    Refused,
    Taken,
    VenueOrder,
    VenueOrderStatus,
    VenueTrade,
    VenueTradeStatus,
)
from messages.fills import FillReversed, FillSettled
from messages.identity import TradeId, VenueOrderId
from messages.orders import Accepted, Doubtful, Ended, Executed, Order, OrderState, Rejected, VenueEvent
from messages.units import Price, Shares

FILLED_AND_GONE = "it was filled as far as it could be, and does not rest"
PARTS_FAILED = "it was matched whole, and a part of that failed"
TIME_IS_OVER = "its time is over"


class Stage(Enum):
    """How far it has come on its way."""

    SIGNING = "being signed, and its digest being written down"
    RECORDING = "signed, and its digest being written down"
    READY = "to be posted"
    POSTING = "posted, and not answered"
    IN_DOUBT = "posted, and the answer was lost"
    AT_VENUE = "at the venue"
    OVER = "it has ended, and that was told"


class FillState(Enum):
    TOLD = "told as provisional"
    SETTLED = "settled"
    REVERSED = "failed"


@define
class LiveOrder:
    """`is_recorded` says that its digest is on disk. `matched` is the most that the venue has said was matched, `told`
    what was heard of in trades, and `filled` what of that was told as fills: a trade that had failed when it was first
    heard of never was one.

    Invariant: once `stage` is OVER, `told >= matched`, or the venue knew it no longer.
    """

    order: Order
    stage: Stage = Stage.SIGNING
    venue_order: VenueOrderId | None = None
    is_signed: bool = False
    not_signed: NotSigned | None = None
    is_recorded: bool = False
    posted_ns: int = 0
    is_accepted: bool = False
    cancel_reason: str | None = None
    cancels_asked: int = 0
    matched: int = 0
    told: int = 0
    filled: int = 0
    lookups_in_vain: int = 0
    look_due_ns: int | None = None
    ended: tuple[OrderState, str] | None = None
    _fills: dict[TradeId, FillState] = field(factory=dict)

    @property
    def is_over(self) -> bool:
        return self.stage is Stage.OVER

    @property
    def is_open(self) -> bool:
        """It may rest at the venue, or come to."""
        return self.stage is not Stage.OVER and self.ended is None

    @property
    def may_be_at_venue(self) -> bool:
        return self.stage in (Stage.POSTING, Stage.IN_DOUBT, Stage.AT_VENUE)

    @property
    def is_waiting_for_fills(self) -> bool:
        return self.stage is not Stage.OVER and self.ended is not None

    # What is heard

    def posted(self, outcome: PostOutcome, now_ns: int) -> Iterator[VenueEvent]:
        """The answer to its POST. What the venue has shown to have is there, whatever this says."""
        if self.stage is Stage.OVER:
            return
        match outcome:
            case Taken():
                yield from self._is_there(now_ns)
            case Refused(reason) if not self.is_accepted:
                self.stage = Stage.OVER
                yield Rejected(self.order.order, reason, now_ns)
            case NotSent(reason) if not self.is_accepted:
                yield from self.never_sent(OrderState.CANCELLED, reason, now_ns)
            case InDoubt(reason) if not self.is_accepted:
                self.stage = Stage.IN_DOUBT
                yield Doubtful(self.order.order, reason, now_ns)

    def never_sent(self, state: OrderState, reason: str, now_ns: int) -> Iterator[VenueEvent]:
        self.stage = Stage.OVER
        yield Ended(self.order.order, state, Shares(self.filled), reason, now_ns)

    def shown(self, venue: VenueOrder, now_ns: int) -> Iterator[VenueEvent]:
        """How it stands at the venue, by the user feed or because it was asked for."""
        self.lookups_in_vain = 0
        if not (venue.status is VenueOrderStatus.DELAYED or self.stage is Stage.OVER):
            yield from self._is_there(now_ns)
        self.matched = max(self.matched, venue.matched)
        if not venue.status.is_open and self.ended is None:
            self.ended = self._end_of(venue)
        yield from self._end_if_complete(now_ns)

    def traded(self, trade: VenueTrade, part: OwnPart, middle: Price | None, now_ns: int) -> Iterator[VenueEvent]:
        """A part that this order had in a trade, as the trade stands by now."""
        name = fill_id(trade, part)
        known = self._fills.get(name)
        if known is None:
            if self.stage is not Stage.OVER:
                yield from self._is_there(now_ns)
            self.told += part.size
        match trade.status:
            case VenueTradeStatus.FAILED if known is not FillState.REVERSED:
                self._fills[name] = FillState.REVERSED
                yield FillReversed(name, self.order.order, part.market, now_ns)
            case VenueTradeStatus.CONFIRMED if known in (None, FillState.TOLD):
                self._fills[name] = FillState.SETTLED
                if known is None:
                    yield self._filled_by(trade, part, middle)
                else:
                    yield FillSettled(name, self.order.order, part.market, now_ns)
            case VenueTradeStatus.MATCHED | VenueTradeStatus.MINED | VenueTradeStatus.RETRYING if known is None:
                self._fills[name] = FillState.TOLD
                yield self._filled_by(trade, part, middle)
        if self.filled >= self.order.size:
            # The ledger knows by the fills that it is filled.
            self.stage = Stage.OVER
        elif self.told >= self.order.size and self.ended is None:
            self.ended = OrderState.CANCELLED, PARTS_FAILED
        yield from self._end_if_complete(now_ns)

    def not_found(self, now_ns: int) -> Iterator[VenueEvent]:
        """The venue has it not, nor any trade of it that was not told: it never arrived, or has been forgotten."""
        if self.stage is Stage.OVER:
            return
        state, reason = self.ended or (OrderState.CANCELLED, "the venue does not know it")
        yield from self.never_sent(state, reason, now_ns)

    def remember(self, fill: TradeId, size: Shares, *, is_settled: bool) -> None:
        """A fill that was told in a former life."""
        if fill not in self._fills:
            self.told += size
            self.filled += size
        self._fills[fill] = FillState.SETTLED if is_settled else FillState.TOLD

    # What follows

    def _filled_by(self, trade: VenueTrade, part: OwnPart, middle: Price | None) -> Executed:
        self.filled += part.size
        return Executed(fill_of(trade, part, self.order, middle))

    def _is_there(self, now_ns: int) -> Iterator[VenueEvent]:
        self.stage = Stage.AT_VENUE
        if not self.is_accepted:
            self.is_accepted = True
            yield Accepted(self.order.order, now_ns)

    def _end_of(self, venue: VenueOrder) -> tuple[OrderState, str]:
        match venue.status:
            case VenueOrderStatus.EXPIRED:
                return OrderState.EXPIRED, venue.reason or TIME_IS_OVER
            case VenueOrderStatus.MATCHED:
                return OrderState.CANCELLED, venue.reason or FILLED_AND_GONE
        if self.cancel_reason == TIME_IS_OVER:
            return OrderState.EXPIRED, TIME_IS_OVER
        return OrderState.CANCELLED, venue.reason

    def _end_if_complete(self, now_ns: int) -> Iterator[VenueEvent]:
        if self.stage is Stage.OVER or self.ended is None or self.told < self.matched:
            return
        state, reason = self.ended
        self.stage = Stage.OVER
        yield Ended(self.order.order, state, Shares(self.filled), reason, now_ns)
