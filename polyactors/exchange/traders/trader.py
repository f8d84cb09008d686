"""What all simulated traders have in common: when they act next, and what they are told."""

from messages.identity import OrderId
from messages.units import NANOSECONDS_PER_MILLISECOND
from polyactors.exchange.traders.seat import Seat
from polyactors.exchange.traders.settings import TraderSettings
from polyactors.exchange.words import MakerPart

NEVER_NS = 1 << 62

SHORTEST_PAUSE_NS = 20 * NANOSECONDS_PER_MILLISECOND
HOUSEKEEPING_ACTS = 32


class Trader:
    """One account in one market. `act` is called when `next_act_ns` has come, and sets the next time.

    A market that takes no orders is looked at again later; before its end the trader withdraws for good.
    """

    def __init__(self, seat: Seat, settings: TraderSettings, pace: float, first_act_ns: int) -> None:
        self.seat = seat
        self.next_act_ns = first_act_ns
        self._looks_again_after_ns = settings.looks_again_after_ns
        self._pace = pace
        self._acts = 0
        end_ms = seat.listing.market.end_ms
        end_ns = NEVER_NS if end_ms is None else end_ms * NANOSECONDS_PER_MILLISECOND
        self._stops_ns = end_ns - round(settings.stops_before_end_ns * seat.chance.uniform(1.0, 2.0))

    def act(self, now_ns: int) -> None:
        self.seat.counts.acts += 1
        if now_ns >= self._stops_ns:
            withdrawn = self.withdraw(now_ns)
            self.next_act_ns = NEVER_NS if withdrawn else now_ns + SHORTEST_PAUSE_NS * 5
        elif not self.seat.exchange.is_accepting(self.seat.market, now_ns):
            self.next_act_ns = now_ns + self._looks_again_after_ns
        else:
            if self._acts % HOUSEKEEPING_ACTS == 0:
                self.seat.fund(now_ns)
            self._acts += 1
            self.trade(now_ns)
            self.next_act_ns = min(now_ns + self._pause_ns(), max(self._stops_ns, now_ns + 1))

    def trade(self, now_ns: int) -> None:
        """Look at the market, and order or cancel something."""
        raise NotImplementedError

    def withdraw(self, now_ns: int) -> bool:
        """Have nothing open any more. Whether that worked."""
        return self.seat.cancel_all(now_ns)

    def filled(self, part: MakerPart, at_ns: int) -> None:
        """A resting order of this trader was taken. To be noted, not acted upon: the exchange is busy."""

    def reversed(self, part: MakerPart) -> None:
        """What was told by `filled` did not settle: everybody got theirs back."""

    def gone(self, order: OrderId) -> None:
        """An order of this trader is not open any more, and was not matched."""

    @property
    def usual_pause_ns(self) -> int:
        raise NotImplementedError

    def _pause_ns(self) -> int:
        mean_ns = self.usual_pause_ns / self._pace
        return max(SHORTEST_PAUSE_NS, round(self.seat.chance.expovariate(1.0) * mean_ns))
