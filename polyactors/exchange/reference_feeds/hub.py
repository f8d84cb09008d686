"""From the ticks of the simulated prices to everybody who is connected to a feed."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable

from polyactors.exchange.listings.reference_price import ReferenceTick
from polyactors.exchange.reference_feeds.tape import Print, Tape
from polyactors.exchange.reference_feeds.writing import SECOND_NS
from polyactors.exchange.streams.outbox import Outbox


class Feed:
    """One venue's stream of prices, and who is connected to it.

    While it is stalled its connections stay open and hear nothing of prices.
    """

    def __init__(
        self, name: str, tape: Tape, is_stalled: Callable[[str], bool], now_ns: Callable[[], int], most_waiting: int
    ) -> None:
        self.tape = tape
        self.now_ns = now_ns
        self.most_waiting = most_waiting
        self._name = name
        self._is_stalled = is_stalled
        self._sessions: dict[Session, None] = {}

    def __len__(self) -> int:
        return len(self._sessions)

    @property
    def is_stalled(self) -> bool:
        return self._is_stalled(self._name)

    def enter(self, session: "Session") -> None:
        self._sessions[session] = None

    def leave(self, session: "Session") -> None:
        self._sessions.pop(session, None)

    def tell(self, told: Print) -> None:
        if self._sessions and not self.is_stalled:
            for session in tuple(self._sessions):
                session.tell(told)

    def beat(self, at_ns: int) -> None:
        for session in tuple(self._sessions):
            session.beat(at_ns)


class Session(ABC):
    """One connection to a feed, from its making until its outbox is closed. No I/O: what it says goes to the outbox."""

    def __init__(self, feed: Feed) -> None:
        self.feed = feed
        self.outbox = Outbox(feed.most_waiting, self._left)
        feed.enter(self)

    @abstractmethod
    def hear(self, text: str) -> None:
        """Never raises: nonsense is answered as the venue answers it, and changes nothing."""

    @abstractmethod
    def tell(self, told: Print) -> None:
        """There was a trade."""

    def beat(self, at_ns: int) -> None:  # noqa: B027 - most venues say nothing then
        """A second has begun, whether there are prices to tell or not."""

    def _left(self) -> None:
        self.feed.leave(self)


class Hub:
    """Hears every tick, first for the tape and then for the feeds. Beats are of what was told before."""

    def __init__(self, tape: Tape, feeds: Iterable[Feed]) -> None:
        self._tape = tape
        self._feeds = tuple(feeds)
        self._second = tape.newest_ns // SECOND_NS

    def hear(self, tick: ReferenceTick) -> None:
        second = tick.at_ns // SECOND_NS
        if second != self._second:
            self._second = second
            for feed in self._feeds:
                feed.beat(tick.at_ns)
        told = self._tape.hear(tick)
        for feed in self._feeds:
            feed.tell(told)
