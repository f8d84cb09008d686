"""The user stream in execution's words. What cannot be taken is said to be lost: it has to be asked for."""

from collections.abc import Awaitable, Callable

from attrs import frozen

from actors.execution.live import words
from actors.execution.live.account import Deliver
from polyactors.venues.polymarket.live_account.bad_news import BadNews
from polyactors.venues.polymarket.live_account.orders_read import order_of_stream
from polyactors.venues.polymarket.live_account.tokens import Tokens
from polyactors.venues.polymarket.live_account.trades_heard import as_own_trade
from polyactors.venues.polymarket.live_account.trades_read import Ourselves, venue_trade
from polyactors.venues.polymarket.live_streams import user_stream
from polyactors.venues.polymarket.live_streams.user_stream import UserFeedMessage
from polyactors.venues.polymarket.user_channel import UserEvent, UserOrder
from polyactors.venues.refused import Refused

SOURCE = "user stream"


@frozen
class UserNewsReader:
    ourselves: Ourselves
    tokens: Tokens
    bad: BadNews

    def read(self, heard: UserFeedMessage, now_ns: int) -> words.UserNews | None:
        """None for what is about markets that are not traded here."""
        match heard:
            case user_stream.UserFeedUp(at_ns=at_ns):
                return words.UserFeedUp(at_ns)
            case user_stream.UserFeedDown(at_ns=at_ns, reason=reason):
                return words.UserFeedDown(at_ns, reason)
            case user_stream.UserFrameLost(at_ns=at_ns, reason=reason):
                return words.UserNewsLost(at_ns, reason)
            case event:
                return self._event(event, now_ns)

    def _event(self, event: UserEvent, now_ns: int) -> words.UserNews | None:
        try:
            if isinstance(event, UserOrder):
                return order_of_stream(event, self.tokens)
            return venue_trade(as_own_trade(event, self.ourselves), self.ourselves, self.tokens)
        except Refused as refused:
            return words.UserNewsLost(now_ns, self.bad.refused(refused, SOURCE, event))


@frozen
class Passing:
    """Hands on what was read, in its order."""

    reader: UserNewsReader
    deliver: Deliver
    now_ns: Callable[[], int]

    def __call__(self, heard: UserFeedMessage) -> Awaitable[None] | None:
        news = self.reader.read(heard, self.now_ns())
        return None if news is None else self.deliver(news)
