"""What discovery knows of a period whose market it looks for, and of a market that is with us."""

from attrs import define

from actors.feeds.discovery_settings import end_ns
from actors.feeds.discovery_words import EndLooked, Stage
from messages.markets import Market
from messages.periods import Period, Reading, UpOrDown


@define(eq=False)
class Sought:
    """A period whose market is looked for."""

    period: Period
    due_ns: int
    tries: int = 0
    is_asked: bool = False
    reason: str = ""


@define(eq=False)
class Held:
    """A market that is with us. A fixed one was there before, and stays: of it the pricer alone is told."""

    market: Market
    about: UpOrDown
    stage: Stage
    is_fixed: bool = False
    due_ns: int = 0
    tries: int = 0
    is_looked_at: bool = False
    is_strike_asked: bool = False
    strike_due_ns: int = 0
    strike_tries: int = 0
    tell_due_ns: int = 0
    reason: str = ""

    @property
    def end_ns(self) -> int:
        return end_ns(self.about.period)

    @property
    def wants_strike(self) -> bool:
        """The first price of a candle is seen by whoever watches; a mean or a point is the oracle's to say."""
        return self.about.strike is None and self.about.rule.reading is not Reading.CANDLE


def reason_to_stay(looked: EndLooked, is_late: bool) -> str:
    """Empty for a market that can be left."""
    if looked.open_orders is None:
        return "the ledger does not say whether an order is open"
    if looked.open_orders > 0:
        return f"{looked.open_orders} of its orders are open"
    if is_late:
        return ""
    if not looked.is_done:
        return "its session is not done"
    if not looked.is_over:
        return "the venue has not resolved it" if looked.is_over is False else "nobody says that it is resolved"
    return ""
