"""How one live stream is doing, for whoever looks at the tree. It outlives its connections, and the actor as well."""

from enum import Enum

from attrs import Factory, define

from polyactors.venues.streams.malformed import MalformedFrames


class StreamState(Enum):
    IDLE = "not begun"
    CONNECTING = "connecting"
    SUBSCRIBING = "subscribing"
    LIVE = "live"
    WAITING = "waiting to connect again"


@define
class StreamHealth:
    """Times in nanoseconds of the service's clock, 0 for never.

    `refusals` are losses in a row before the subscription was granted: when they go on, it is the subscription or the
    credentials that the venue does not like. All that the venue had said before `last_frame_ns` has been heard.
    `silences` are assets that a witness found the stream silent about, or series of prices that have stalled.
    """

    state: StreamState = StreamState.IDLE
    since_ns: int = 0
    connections: int = 0
    losses: int = 0
    refusals: int = 0
    last_loss: str = ""
    next_attempt_ns: int = 0
    last_frame_ns: int = 0
    witnessed: int = 0
    witnesses_failed: int = 0
    silences: int = 0
    malformed: MalformedFrames = Factory(MalformedFrames)

    def enter(self, state: StreamState, now_ns: int) -> None:
        self.state = state
        self.since_ns = now_ns

    @property
    def is_live(self) -> bool:
        return self.state is StreamState.LIVE
