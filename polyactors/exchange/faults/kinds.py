"""What can be made to go wrong. Each kind is armed for a time or so many times, and may be narrowed down.

Requests: `path` is the beginning of the paths that are meant, `method` their method; empty means any. Frames: `stream`
is "market" or "user", `asset` a token id. Faults that happen on every occasion have `one_in`: 3 means every third.
"""

from attrs import field, frozen
from attrs.validators import ge, in_, le

from messages.identity import TokenId
from polyactors.exchange.words import TradingMode

STREAMS = ("", "market", "user")
FEEDS = ("", "binance", "coinbase", "kraken", "rtds", "live")

_LONGEST_MS = 24 * 3600 * 1000


@frozen
class RateLimited:
    """Requests are answered with 429 and not carried out."""

    path: str = ""
    method: str = ""
    one_in: int = field(default=1, validator=ge(1))
    retry_after_s: int = field(default=1, validator=[ge(1), le(3600)])


@frozen
class FailAfterwards:
    """Requests are carried out, and answered with 500 all the same."""

    path: str = "/order"
    method: str = "POST"
    one_in: int = field(default=1, validator=ge(1))


@frozen
class LoseAnswer:
    """Requests are carried out and never answered: the connection breaks, or with `hangs` just stays silent."""

    path: str = "/order"
    method: str = "POST"
    one_in: int = field(default=1, validator=ge(1))
    hangs: bool = False


@frozen
class LateAnswer:
    """Requests are carried out at once and answered later."""

    path: str = ""
    method: str = ""
    one_in: int = field(default=1, validator=ge(1))
    delay_ms: int = field(default=1000, validator=[ge(1), le(_LONGEST_MS)])


@frozen
class DropFrames:
    """Frames never arrive."""

    stream: str = field(default="", validator=in_(STREAMS))
    asset: TokenId = TokenId("")
    one_in: int = field(default=1, validator=ge(1))


@frozen
class DuplicateFrames:
    """Frames arrive twice."""

    stream: str = field(default="", validator=in_(STREAMS))
    asset: TokenId = TokenId("")
    one_in: int = field(default=1, validator=ge(1))


@frozen
class ReorderFrames:
    """Frames arrive behind the next one, or after `delay_ms` if there is none."""

    stream: str = field(default="", validator=in_(STREAMS))
    asset: TokenId = TokenId("")
    one_in: int = field(default=2, validator=ge(1))
    delay_ms: int = field(default=1000, validator=[ge(1), le(_LONGEST_MS)])


@frozen
class WrongHashes:
    """Frames of the market stream state hashes that are not those of the books."""

    asset: TokenId = TokenId("")
    one_in: int = field(default=1, validator=ge(1))


@frozen
class Silence:
    """The stream stays open and answers PING, and says nothing more; with `asset`, of that one alone."""

    stream: str = field(default="", validator=in_(STREAMS))
    asset: TokenId = TokenId("")


@frozen
class DropConnections:
    """All connections of the stream break: once, or again and again for as long as it is armed for a time."""

    stream: str = field(default="", validator=in_(STREAMS))


@frozen
class ClockSkew:
    """The clock that the venue shows is wrong by so much; signatures are checked by it."""

    skew_ms: int = field(validator=[ge(-_LONGEST_MS), le(_LONGEST_MS)])


@frozen
class StalledFeed:
    """A reference feed stays open and says no prices; all of them if none is named."""

    feed: str = field(default="", validator=in_(FEEDS))


@frozen
class RestrictedMode:
    """The whole exchange is in this mode, and in its normal one again afterwards."""

    mode: TradingMode


@frozen
class FailTrades:
    """So many of the next trades go from MATCHED to RETRYING to FAILED. Takes effect when it is armed."""

    count: int = field(default=1, validator=[ge(1), le(1_000_000)])


@frozen
class ChangeTick:
    """The market (its slug or condition id) has another tick from now on: 0.1, 0.01, 0.005, 0.0025, 0.001 or 0.0001.
    Orders that rest stay where they are. Takes effect when it is armed."""

    market: str
    tick_size: str


RequestFault = RateLimited | FailAfterwards | LoseAnswer | LateAnswer
FramesFault = DropFrames | DuplicateFrames | ReorderFrames | WrongHashes
Fault = (
    RequestFault
    | FramesFault
    | Silence
    | DropConnections
    | ClockSkew
    | StalledFeed
    | RestrictedMode
    | FailTrades
    | ChangeTick
)

KINDS: dict[str, type[Fault]] = {
    "rate-limited": RateLimited,
    "fail-afterwards": FailAfterwards,
    "lose-answer": LoseAnswer,
    "late-answer": LateAnswer,
    "drop-frames": DropFrames,
    "duplicate-frames": DuplicateFrames,
    "reorder-frames": ReorderFrames,
    "wrong-hashes": WrongHashes,
    "silence": Silence,
    "drop-connections": DropConnections,
    "clock-skew": ClockSkew,
    "stalled-feed": StalledFeed,
    "mode": RestrictedMode,
    "fail-trades": FailTrades,
    "change-tick": ChangeTick,
}
"""Every fault by the name that files and commands have for it."""

NAMES = {fault: name for name, fault in KINDS.items()}

AT_ONCE = (FailTrades, ChangeTick)
"""Those that do what they do when they are armed, and are over then."""
