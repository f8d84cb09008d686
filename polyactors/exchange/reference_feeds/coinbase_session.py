"""A connection to Coinbase's exchange feed."""

from polyactors.exchange.reference_feeds import coinbase_frames as frames
from polyactors.exchange.reference_feeds import symbols
from polyactors.exchange.reference_feeds.hub import Feed, Session
from polyactors.exchange.reference_feeds.requests import read_object, read_texts
from polyactors.exchange.reference_feeds.tape import Print
from polyactors.exchange.reference_feeds.writing import SECOND_NS, frame
from polyactors.exchange.streams.outbox import NORMAL_CLOSURE

_CHANNELS = ("ticker", "matches", "heartbeat")
_SUBSCRIBE_WITHIN_NS = 5 * SECOND_NS


class _Refused(Exception):
    """What for, in Coinbase's words."""


class CoinbaseSession(Session):
    """Who subscribes to nothing within five seconds is thrown out."""

    def __init__(self, feed: Feed) -> None:
        super().__init__(feed)
        self._spelling = symbols.Spelling.of(feed.tape.prices.symbols, symbols.coinbase)
        self._products: dict[str, dict[str, None]] = {}
        self._opened_ns = feed.now_ns()
        self._has_subscribed = False

    def hear(self, text: str) -> None:
        fields = read_object(text)
        if fields is None:
            self._say(frames.refusal("Malformed JSON"))
            return
        try:
            match fields.get("type"):
                case "subscribe":
                    self._subscribe(_asked(fields))
                case "unsubscribe":
                    self._unsubscribe(fields)
                case _:
                    raise _Refused("Type has to be either subscribe or unsubscribe")
        except _Refused as refused:
            self._say(frames.refusal("Failed to subscribe", str(refused)))

    def tell(self, told: Print) -> None:
        product = symbols.coinbase(told.symbol)
        if self._has("matches", product):
            self._say(frames.match(told))
        if self._has("ticker", product):
            self._say(frames.ticker(told, self.feed.tape.day(told.symbol)))

    def beat(self, at_ns: int) -> None:
        if not self._has_subscribed and at_ns - self._opened_ns > _SUBSCRIBE_WITHIN_NS:
            self.outbox.close(NORMAL_CLOSURE)
            return
        for product in self._products.get("heartbeat", ()):
            self._say(frames.heartbeat(self.feed.tape.last(self._spelling.symbols[product]), at_ns))

    def _subscribe(self, asked: dict[str, tuple[str, ...]]) -> None:
        """All of it or nothing. New subscriptions to prices begin with the last that there was."""
        if not asked:
            raise _Refused("No channels provided")
        for channel, products in asked.items():
            if channel not in _CHANNELS:
                raise _Refused(f"{channel[:50]} is not a valid channel")
            if not products:
                raise _Refused(f"You need to specify at least one product ID for channel {channel}")
            for product in products:
                if self._spelling.symbol(product) is None:
                    raise _Refused(f"{product[:50]} is not a valid product")
        new = [
            (channel, product)
            for channel, products in asked.items()
            for product in products
            if not self._has(channel, product)
        ]
        for channel, product in new:
            self._products.setdefault(channel, {})[product] = None
        self._has_subscribed = True
        self._say_subscriptions()
        if not self.feed.is_stalled:
            for channel, product in new:
                self._say_last(channel, product)

    def _unsubscribe(self, fields: dict[str, object]) -> None:
        """A channel without products is left whole; without channels, the products are left everywhere."""
        if "channels" in fields:
            asked = _asked(fields)
        else:
            products = read_texts(fields.get("product_ids"))
            if products is None:
                raise _Refused("No channels provided")
            asked = dict.fromkeys(self._products, products)
        for channel, products in asked.items():
            if channel not in _CHANNELS:
                raise _Refused(f"{channel[:50]} is not a valid channel")
            followed = self._products.get(channel, {})
            for product in products or tuple(followed):
                followed.pop(product, None)
            if not followed:
                self._products.pop(channel, None)
        self._say_subscriptions()

    def _say_last(self, channel: str, product: str) -> None:
        last = self.feed.tape.last(self._spelling.symbols[product])
        if channel == "matches":
            self._say(frames.match(last, is_last=True))
        elif channel == "ticker":
            self._say(frames.ticker(last, self.feed.tape.day(last.symbol)))

    def _say_subscriptions(self) -> None:
        self._say(frames.subscriptions({name: tuple(products) for name, products in self._products.items()}))

    def _has(self, channel: str, product: str) -> bool:
        return product in self._products.get(channel, ())

    def _say(self, content: dict[str, object]) -> None:
        self.outbox.put(frame(content))


def _asked(fields: dict[str, object]) -> dict[str, tuple[str, ...]]:
    """The products of each channel: its own, or those of the whole request. Raises `_Refused`."""
    common = () if (found := fields.get("product_ids")) is None else read_texts(found)
    channels = fields.get("channels")
    if common is None or not isinstance(channels, list):
        raise _Refused("No channels provided" if common is not None else "product_ids must be a list of strings")
    asked: dict[str, tuple[str, ...]] = {}
    for channel in channels:
        name: object = channel
        products: tuple[str, ...] | None = common
        if isinstance(channel, dict):
            name = channel.get("name")
            products = read_texts(channel["product_ids"]) if "product_ids" in channel else common
        if not isinstance(name, str) or products is None:
            raise _Refused("channels must be strings, or objects with a name and product_ids")
        asked[name] = tuple(dict.fromkeys((*asked.get(name, ()), *products)))
    return asked
