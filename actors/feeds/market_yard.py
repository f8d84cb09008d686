"""What discovery needs of the tree: a market's connection and its actors, set up and taken down while all runs."""

from typing import Protocol

from messages.identity import MarketId
from messages.markets import Market


class NotNow(Exception):
    """It could not be done as things are; what was begun of it is undone, or finished by asking again."""


class MarketYard(Protocol):
    """Called by workers; whoever comes meanwhile waits for its turn. What it set up comes back with whoever of the
    supervisors above it is restarted. The markets that the tree began with always stand, and never leave. A new process
    has none but those: what had joined before has to join again.

    It tells nobody of the market: `MarketJoined` has to be in the journal, and told to all who keep something by
    market, before `join`; `MarketLeft` after `leave` (`market_news`). Nothing of a market that leaves may be open: its
    orders are not cancelled here.
    """

    async def join(self, market: Market) -> None:
        """The market's actor, its session and strategies, and its connection run. Does nothing for what stands.

        Raises `NotNow`: ask again later.
        """
        ...

    async def leave(self, market: Market) -> None:
        """Its connection, its actors and their addresses are gone. Does nothing where there are none.

        Raises `NotNow`: ask again later.
        """
        ...

    def stands(self, market: MarketId) -> bool:
        """Whether its connection and its actors are there; they may be down for the moment, and come back."""
        ...
