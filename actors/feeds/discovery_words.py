"""What discovery does, and what it hears of it; and how it shows itself."""

from enum import Enum

from attrs import frozen

from actors.feeds.market_finder import Found
from messages.identity import MarketId
from messages.markets import Market
from messages.periods import Period, UpOrDown
from messages.sessions import MarketJoined, MarketLeft
from supervision.log import Level


class Stage(Enum):
    """Where a market is with us. They are entered in this order; from SETTING_UP and STANDS also ENDING."""

    WRITING = "it is written down that it joins"
    SETTING_UP = "its actors are set up"
    STANDS = "it is traded"
    ENDING = "its end is waited for"
    TAKING_DOWN = "its actors are taken down"
    WRITING_OUT = "it is written down that it left"


# To be done


@frozen
class Ask:
    """Ask the finder for the market of the period; `Answered` says what it found."""

    period: Period


@frozen
class Write:
    """Have the journal keep it, and say so."""

    record: MarketJoined | MarketLeft


@frozen
class Tell:
    """To all who keep something by market."""

    news: MarketJoined | MarketLeft


@frozen
class TellPricer:
    about: UpOrDown


@frozen
class SetUp:
    """Have the yard put the market there; `YardDone` says what came of it."""

    market: Market


@frozen
class TakeDown:
    """The same for the market's end."""

    market: Market


@frozen
class LookAtTheEnd:
    """Find out whether it can be left; `EndLooked` says."""

    market: Market


@frozen
class Say:
    """To the log."""

    level: Level
    event: str
    about: str
    reason: str


Action = Ask | Write | Tell | TellPricer | SetUp | TakeDown | LookAtTheEnd | Say


# Heard


@frozen
class Look:
    """Timer: time alone may have changed something."""


@frozen
class Answered:
    """From a worker: what the finder said."""

    period: Period
    found: Found


@frozen
class YardDone:
    """From a worker: the market is set up or taken down; or it is not, for a reason."""

    market: MarketId
    reason: str | None


@frozen
class EndLooked:
    """From a worker. `is_done` says that the session is, `is_over` that the venue has resolved it; None says that
    nobody answered, for `open_orders` as well."""

    market: MarketId
    is_done: bool | None
    is_over: bool | None
    open_orders: int | None


# Shown


@frozen
class SeriesShown:
    """`present` and `next` are the names of the markets that are there; empty where there is none."""

    series: str
    present: str
    next: str
    looking_for: tuple[str, ...]
    reason: str


@frozen
class MarketShown:
    slug: str
    stage: Stage
    tries: int
    reason: str


@frozen
class DiscoveryShown:
    series: tuple[SeriesShown, ...]
    markets: tuple[MarketShown, ...]
