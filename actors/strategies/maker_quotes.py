"""Where a market maker wants to rest: a function of the book, the volatility and the inventory."""

import math

from attrs import Attribute, field, frozen
from attrs.validators import ge, gt, le

from actors.order_management.desired import Desired
from actors.order_management.settings import SHORTEST_TIME_TO_LIVE_NS, OrderManagerSettings
from actors.strategies.fair_value import micro_price
from messages.identity import Outcome, Side
from messages.market_data import Snapshot
from messages.markets import Phase
from messages.portfolio import Position
from messages.units import LOT, NANOSECONDS_PER_SECOND, ONE, PRICE_SCALE, Price, Shares, complement, whole_lots


def _whole_lots(_: object, attribute: "Attribute[Shares]", size: Shares) -> None:
    if size <= 0 or size % LOT:
        raise ValueError(f"{attribute.name} has to be of whole hundredths of a share, and more than none")


@frozen(kw_only=True)
class MakerSettings:
    """Sizes in micro-shares, prices in price units, times in nanoseconds.

    While the best prices stay the same the maker is shown the book only each `look_every_ns`.
    `width_of_volatility` is how many standard deviations over `volatility_horizon_ns` the half spread is at least;
    `depth_ahead` is how much has to be displayed at our price or better before we join (field note 25); a full
    `maximum_inventory` shifts both quotes by `skew_at_full` price units against it. What is of `OrderManagerSettings`
    too means what it means there.
    """

    quote_size: Shares = field(validator=_whole_lots)
    maximum_inventory: Shares = field(validator=gt(Shares(0)))
    minimum_edge: Price
    skew_at_full: Price
    depth_ahead: Shares
    width_of_volatility: float
    volatility_horizon_ns: int
    volatility_time_constant_ns: int = field(validator=gt(0))
    lowest_price: Price
    look_every_ns: int
    replace_min_ticks: int = field(validator=ge(1))
    replace_min_age_ns: int
    replace_min_size_percent: int = field(default=0, validator=[ge(0), le(100)])
    time_to_live_ns: int = field(validator=ge(SHORTEST_TIME_TO_LIVE_NS))
    near_end_ns: int = field(default=300 * NANOSECONDS_PER_SECOND, validator=ge(0))
    time_to_live_near_end_ns: int = field(default=20 * NANOSECONDS_PER_SECOND, validator=ge(SHORTEST_TIME_TO_LIVE_NS))
    mutations_per_second: int = field(default=20, validator=ge(2))
    cooldown_ns: int = field(default=0, validator=ge(0))
    retry_after_ns: int

    @property
    def order_management(self) -> OrderManagerSettings:
        return OrderManagerSettings(
            replace_min_ticks=self.replace_min_ticks,
            replace_min_age_ns=self.replace_min_age_ns,
            replace_min_size_percent=self.replace_min_size_percent,
            time_to_live_ns=self.time_to_live_ns,
            near_end_ns=self.near_end_ns,
            time_to_live_near_end_ns=self.time_to_live_near_end_ns,
            mutations_per_second=self.mutations_per_second,
            cooldown_ns=self.cooldown_ns,
        )


@frozen
class Quote:
    """One order that the maker wants to have resting, in the token's own terms."""

    outcome: Outcome
    side: Side
    price: Price
    size: Shares
    edge: int
    """What a fill earns a share against the fair value, in price units, rounded down."""


@frozen
class Quotes:
    """The bid buys exposure to YES, the ask sells it; None where the maker does not want to quote that side."""

    bid: Quote | None
    ask: Quote | None
    fair: float
    half_spread: float
    reservation: float


@frozen
class NoQuote:
    """Nothing should rest, and why."""

    reason: str


def quotes(
    snapshot: Snapshot, position: Position, volatility: float, minimum_size: Shares, settings: MakerSettings
) -> Quotes | NoQuote:
    """Bid and ask around a reservation price, on the market's tick grid.

    The fair value is the micro-price. The reservation price shifts it against the inventory, as in Avellaneda and
    Stoikov, "High-frequency trading in a limit order book" (2008), section 2, with the shift linear in the inventory
    and bounded. The half spread is the larger of `minimum_edge` and the volatility's width. Each price is then moved
    back, away from the fair value, until enough is displayed ahead of it, and never crosses the book. What adds to the
    inventory has to earn `minimum_edge`; what reduces it may go down to the fair value itself. `volatility` is the
    standard deviation over the horizon, in price units; `minimum_size` the venue's.
    """
    if snapshot.phase is not Phase.NORMAL:
        return NoQuote(f"the market is {snapshot.phase.value}")
    if not snapshot.is_two_sided:
        return NoQuote("the book has only one side")
    fair = micro_price(snapshot)
    if not settings.lowest_price <= fair <= PRICE_SCALE - settings.lowest_price:
        return NoQuote(f"the fair value {fair / PRICE_SCALE:.4f} is too near to certainty")
    inventory = position.yes - position.no
    fullness = max(-1.0, min(1.0, inventory / settings.maximum_inventory))
    reservation = fair - fullness * settings.skew_at_full
    half_spread = max(float(settings.minimum_edge), settings.width_of_volatility * volatility)
    tick = snapshot.tick_size
    # The book's grid may be finer than the tick that orders have to keep to.
    bid = min(
        math.floor((reservation - half_spread) / tick) * tick,
        (snapshot.best_ask - 1) // tick * tick,
        covered_price(snapshot, Outcome.YES, settings.depth_ahead),
    )
    ask = max(
        math.ceil((reservation + half_spread) / tick) * tick,
        (snapshot.best_bid // tick + 1) * tick,
        ONE - covered_price(snapshot, Outcome.NO, settings.depth_ahead),
    )
    return Quotes(
        bid=_quote(Outcome.YES, bid, fair, position, inventory, tick, minimum_size, settings),
        ask=_quote(Outcome.NO, ONE - ask, ONE - fair, position, -inventory, tick, minimum_size, settings),
        fair=fair,
        half_spread=half_spread,
        reservation=reservation,
    )


def edge_of(quote: Quote, fair: float) -> float:
    """What a fill of `quote` earns a share when YES is worth `fair`, in price units."""
    worth = fair if quote.outcome is Outcome.YES else PRICE_SCALE - fair
    return worth - quote.price if quote.side is Side.BUY else quote.price - worth


def to_rest(quote: Quote, fair: float, tick_size: int, settings: MakerSettings) -> Desired:
    """What the order manager has to see to, when YES is worth `fair`.

    What rests may not have less than half of the edge that is demanded, nor be `replace_min_ticks` nearer to the market
    than wanted: it is then too generous, and goes however young it is.
    """
    worth = fair if quote.outcome is Outcome.YES else PRICE_SCALE - fair
    least_edge = min(settings.minimum_edge, quote.edge) / 2
    too_near = settings.replace_min_ticks * tick_size
    if quote.side is Side.BUY:
        worst = min(math.floor(worth - least_edge), quote.price + too_near - 1)
    else:
        worst = max(math.ceil(worth + least_edge), quote.price - too_near + 1)
    return Desired(quote.outcome, quote.side, quote.price, quote.size, Price(worst), quote.edge)


def covered_price(snapshot: Snapshot, outcome: Outcome, depth_ahead: Shares) -> int:
    """The best price at which at least `depth_ahead` bids for `outcome` are displayed there or better, rounded down
    to the tick; 0 when the whole side does not hold as much.
    """
    displayed = 0
    for price, size in snapshot.bids(outcome).levels():
        displayed += size
        if displayed >= depth_ahead:
            return price - price % snapshot.tick_size
    return 0


def _quote(
    outcome: Outcome,
    price: int,
    worth: float,
    position: Position,
    exposure: int,
    tick: int,
    minimum_size: Shares,
    settings: MakerSettings,
) -> Quote | None:
    """To gain exposure to `outcome`, worth `worth`, at `price` or less: sell the other token while there is some, buy
    this one otherwise."""
    held = min(whole_lots(position.settled(outcome.other)), settings.quote_size)
    is_sale = held >= minimum_size
    size = Shares(held if is_sale else settings.quote_size)
    only_reduces = exposure + size <= 0
    least_edge = 0 if only_reduces else settings.minimum_edge
    price = min(price, math.floor((worth - least_edge) / tick) * tick)
    if not tick <= price <= ONE - tick:
        return None
    edge = math.floor(worth - price)
    if is_sale:
        return Quote(outcome.other, Side.SELL, complement(Price(price)), size, edge)
    if exposure + size > settings.maximum_inventory:
        return None
    return Quote(outcome, Side.BUY, Price(price), size, edge)
