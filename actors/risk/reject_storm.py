"""Rejects in a row say that something is wrong with us or with the market: stop asking, then ask with one order.

| a market is | and then                                    | it is                                             |
|-------------|---------------------------------------------|---------------------------------------------------|
| open        | `rejects_in_market` within `window_ns`      | paused for `first_pause_ns`                       |
| paused      | the time is over                            | due for a probe: the next order may go, one alone |
| due         | an order is authorised                      | probing with it                                   |
| probing     | the venue takes it                          | open, and everything is forgotten                 |
| probing     | the venue rejects it                        | paused for twice as long, to `longest_pause_ns`   |
| probing     | it ends before the venue said either        | due                                               |

So many rejects over so many markets are a storm of the whole venue; its markets then need a probe each.
"""

from attrs import Factory, define, field, frozen
from attrs.validators import ge

from messages.identity import IntentId, MarketId
from messages.orders import OrderChanged, OrderState
from messages.units import NANOSECONDS_PER_SECOND

SECOND = NANOSECONDS_PER_SECOND

_NO_REJECTS = (
    # Restricted modes (reference polymarket.md 2.6, field note 12) ...
    "matching engine restarting",
    "post-only mode:",
    "trading is currently cancel-only",
    "trading is currently disabled",
    # ... and rate limits: both are about the venue and the pace, not about the order.
    "too many requests",
    # The normal answer to an order that takes and came too late (reference polymarket.md 2.6).
    "no orders found to match with fak order",
    "order couldn't be fully filled. fok orders",
)


def is_reject(reason: str) -> bool:
    """Whether the venue's text says that it did not want this order, rather than no order now."""
    lowered = reason.lower()
    return not any(text in lowered for text in _NO_REJECTS)


@frozen(kw_only=True)
class RejectStormSettings:
    """Times in nanoseconds. The venue is in a storm after `rejects_at_venue` within the window, if they are of
    `markets_at_venue` markets at least."""

    rejects_in_market: int = field(default=5, validator=ge(1))
    window_ns: int = field(default=60 * SECOND, validator=ge(1))
    first_pause_ns: int = field(default=5 * SECOND, validator=ge(1))
    longest_pause_ns: int = field(default=600 * SECOND, validator=ge(1))
    rejects_at_venue: int = field(default=15, validator=ge(1))
    markets_at_venue: int = field(default=3, validator=ge(1))

    def pause_ns(self, strikes: int) -> int:
        """How long the pause number `strikes`, from 1 on, lasts."""
        return min(self.longest_pause_ns, self.first_pause_ns << min(strikes - 1, 40))


@frozen
class Paused:
    """From `until_ns` on it is due for a probe. `strikes` counts the pauses without a success between them."""

    until_ns: int
    strikes: int


@frozen
class Probing:
    intent: IntentId
    strikes: int


@frozen
class Turn:
    """What news of an order changed: markets that are paused now, one that is open again, a storm of the venue."""

    paused: tuple[MarketId, ...] = ()
    resumed: MarketId | None = None
    venue_until_ns: int | None = None


NO_TURN = Turn()


@define
class RejectStorms:
    """Folds what becomes of orders. Times given have to be ascending."""

    settings: RejectStormSettings
    _standing: dict[MarketId, Paused | Probing] = Factory(dict)
    _rejects: dict[MarketId, tuple[int, ...]] = Factory(dict)
    """When, within the window; of markets that are open."""
    _at_venue: list[tuple[int, MarketId]] = Factory(list)
    _venue: Paused | None = None

    def is_stormy(self, market: MarketId) -> bool:
        """Whether it is anything but open."""
        return market in self._standing

    def refusal(self, market: MarketId, now_ns: int) -> str | None:
        """Why nothing but a reduction may be placed in `market`, or None. What is placed when it is due for a probe is
        the probe: tell of it by `placed`."""
        match self._standing.get(market):
            case Paused(until_ns, strikes) if now_ns < until_ns:
                return f"pause {strikes}, {(until_ns - now_ns) / SECOND:.1f} s more"
            case Probing(intent):
                return f"{intent} is the probe, and not answered yet"
            case _:
                return None

    def placed(self, market: MarketId, intent: IntentId, now_ns: int) -> None:
        """An order that is not a reduction was let through."""
        standing = self._standing.get(market)
        if isinstance(standing, Paused) and now_ns >= standing.until_ns:
            self._standing[market] = Probing(intent, standing.strikes)

    def heard(self, changed: OrderChanged, now_ns: int) -> Turn:
        """News of an order, each change once."""
        market, intent = changed.order.market, changed.order.intent
        if changed.state is OrderState.REJECTED and is_reject(changed.reason):
            return self._on_reject(market, intent, now_ns)
        if changed.state in (OrderState.LIVE, OrderState.PARTIALLY_FILLED, OrderState.FILLED) or changed.filled:
            return self._on_success(market, intent)
        if changed.state.is_final:
            self.undecided(intent, now_ns)
        return NO_TURN

    def undecided(self, intent: IntentId, now_ns: int) -> None:
        """It ended, or never was an order, and the venue neither took nor rejected it: another has to be the probe."""
        for market, standing in self._standing.items():
            if isinstance(standing, Probing) and standing.intent == intent:
                self._standing[market] = Paused(now_ns, standing.strikes)

    def forget(self) -> None:
        """An operator knows better: every market is open."""
        self._standing.clear()
        self._rejects.clear()
        self._at_venue.clear()
        self._venue = None

    def is_storm_over(self, now_ns: int) -> bool:
        """Of the whole venue."""
        return self._venue is None or now_ns >= self._venue.until_ns

    def shown(self, now_ns: int) -> tuple[tuple[MarketId, str], ...]:
        """The markets that are not open, and how they stand."""
        return tuple((market, self.refusal(market, now_ns) or "due for a probe") for market in self._standing)

    def _on_success(self, market: MarketId, intent: IntentId) -> Turn:
        standing = self._standing.get(market)
        if not isinstance(standing, Probing) or standing.intent != intent:
            return NO_TURN
        del self._standing[market]
        return Turn(resumed=market)

    def _on_reject(self, market: MarketId, intent: IntentId, now_ns: int) -> Turn:
        """What is rejected during a pause was under way before it, or reduces: the pause does not grow by it."""
        paused = False
        match self._standing.get(market):
            case Probing(probe, strikes) if probe == intent:
                self._pause(market, strikes + 1, now_ns)
                paused = True
            case None:
                recent = (*self._rejects.get(market, ()), now_ns)
                self._rejects[market] = tuple(each for each in recent if self._counts(each, now_ns))
                if len(self._rejects[market]) >= self.settings.rejects_in_market:
                    self._pause(market, 1, now_ns)
                    paused = True
        self._at_venue = [each for each in self._at_venue if self._counts(each[0], now_ns)]
        self._at_venue.append((now_ns, market))
        markets = tuple(dict.fromkeys(each for _, each in self._at_venue))
        settings = self.settings
        is_storm = len(self._at_venue) >= settings.rejects_at_venue and len(markets) >= settings.markets_at_venue
        if is_storm and self.is_storm_over(now_ns):
            return self._storm(markets, now_ns)
        return Turn(paused=(market,)) if paused else NO_TURN

    def _pause(self, market: MarketId, strikes: int, now_ns: int) -> None:
        self._rejects.pop(market, None)
        self._standing[market] = Paused(now_ns + self.settings.pause_ns(strikes), strikes)

    def _storm(self, markets: tuple[MarketId, ...], now_ns: int) -> Turn:
        """A storm soon after another lasts twice as long."""
        before = self._venue
        is_soon = before is not None and now_ns - before.until_ns < self.settings.longest_pause_ns
        strikes = before.strikes + 1 if before is not None and is_soon else 1
        until_ns = now_ns + self.settings.pause_ns(strikes)
        self._venue = Paused(until_ns, strikes)
        self._at_venue.clear()
        for market in markets:
            standing = self._standing.get(market)
            self._rejects.pop(market, None)
            if isinstance(standing, Paused):
                self._standing[market] = Paused(max(standing.until_ns, until_ns), standing.strikes)
            elif standing is None:
                self._standing[market] = Paused(until_ns, 1)
        return Turn(paused=markets, venue_until_ns=until_ns)

    def _counts(self, at_ns: int, now_ns: int) -> bool:
        return now_ns - at_ns < self.settings.window_ns
