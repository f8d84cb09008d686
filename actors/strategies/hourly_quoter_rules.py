"""Where a market maker of a period wants to rest, by the fair value, the book, the inventory and the time."""

import math

from attrs import frozen

from actors.order_management.desired import Desired
from actors.strategies.hourly_quoter_settings import HourlyQuoterSettings
from actors.strategies.stance import Fair
from messages.identity import Outcome, Side
from messages.market_data import Snapshot
from messages.markets import Phase
from messages.portfolio import Position
from messages.units import ONE, PRICE_SCALE, Price, Shares, complement, whole_lots

STEPS = 8
"""In which sizes fall from all to nothing."""


@frozen
class Left:
    """What is left of the period: `time` as a part of its length, `share` of the sizes and the inventory (1 in ACTIVE,
    falling to 0 in WIND_DOWN)."""

    time: float
    share: float


@frozen
class PeriodQuotes:
    """`desired` bids first, the best of each side first. In price units of YES."""

    desired: tuple[Desired, ...]
    fair: float
    reservation: float
    below: float
    above: float


@frozen
class NoQuotes:
    """Nothing new should rest, and why."""

    reason: str


def largest_inventory(share: float, settings: HourlyQuoterSettings) -> Shares:
    """The most YES beyond NO, or NO beyond YES, that quotes may lead to: 0 at the end of WIND_DOWN."""
    return whole_lots(Shares(int(settings.maximum_inventory * _stepwise(share))))


def size_of_new(share: float, settings: HourlyQuoterSettings) -> Shares:
    """Of a quote that adds to the inventory."""
    return whole_lots(Shares(int(settings.quote_size * _stepwise(share))))


def _stepwise(share: float) -> float:
    """Down to the next step: what shrank with every look would be replaced with every look."""
    return math.floor(share * STEPS) / STEPS


def reservation_price(fair: float, inventory: int, left: Left, settings: HourlyQuoterSettings) -> float:
    """The fair value, shifted against the inventory.

    Avellaneda and Stoikov, "High-frequency trading in a limit order book" (2008), section 2: s - q gamma sigma^2 (T-t).
    Here sigma^2 is that of the payoff, p (1 - p), in parts of its most; q in parts of `maximum_inventory`. In WIND_DOWN
    the shift grows with what is wound down instead, until a full inventory is worth `skew_at_full` to be rid of.
    """
    fullness = max(-1.0, min(1.0, inventory / settings.maximum_inventory))
    chance = fair / PRICE_SCALE
    variance = 4 * chance * (1 - chance)
    return fair - fullness * settings.skew_at_full * (variance * left.time + (1 - left.share))


def half_spreads(fair: Fair, tick: int, settings: HourlyQuoterSettings) -> tuple[float, float]:
    """Below and above the reservation price; wider by the band where the fair value is uncertain."""
    least = float(max(settings.minimum_edge, settings.half_spread_ticks * tick))
    below, above = fair.price - fair.low, fair.high - fair.price
    if fair.is_uncertain:
        return least + below, least + above
    return max(least, below * settings.band_percent / 100), max(least, above * settings.band_percent / 100)


def period_quotes(
    snapshot: Snapshot,
    fair: Fair,
    left: Left,
    position: Position,
    minimum_size: Shares,
    settings: HourlyQuoterSettings,
) -> PeriodQuotes | NoQuotes:
    """Up to `levels` quotes a side, on the tick, that never cross or lock the book.

    What adds to the inventory earns `minimum_edge`, is smaller and leads to less the less `share` is left. What only
    reduces may go down to the fair value, and in WIND_DOWN beyond it by up to `give_up_at_end`. Only settled shares are
    sold; where there are none of the other token, this one is bought.
    """
    if snapshot.phase not in (Phase.NORMAL, Phase.CLOSE_WINDOW):
        return NoQuotes(f"the market is {snapshot.phase.value}")
    if snapshot.is_crossed:
        return NoQuotes("the book is crossed")
    tick = snapshot.tick_size
    reservation = reservation_price(fair.price, position.yes - position.no, left, settings)
    below, above = half_spreads(fair, tick, settings)
    bid = min(math.floor((reservation - below) / tick) * tick, (snapshot.best_ask - 1) // tick * tick)
    ask = max(math.ceil((reservation + above) / tick) * tick, (snapshot.best_bid // tick + 1) * tick)
    market = _Now(snapshot, left, position, minimum_size, settings)
    desired = (*market.side(Outcome.YES, bid, fair.price), *market.side(Outcome.NO, ONE - ask, ONE - fair.price))
    return PeriodQuotes(desired, fair.price, reservation, below, above)


@frozen
class _Now:
    snapshot: Snapshot
    left: Left
    position: Position
    minimum_size: Shares
    settings: HourlyQuoterSettings

    def side(self, gains: Outcome, best: int, worth: float) -> list[Desired]:
        """To gain exposure to `gains`, worth `worth`, at `best` or less a share, the best first."""
        held = whole_lots(Shares(max(0, self.position.settled(gains.other))))
        exposure = self.position.shares(gains) - self.position.shares(gains.other)
        found: list[Desired] = []
        price = best
        for _ in range(self.settings.levels):
            one = self._one(gains, price, worth, held, exposure)
            if one is None:
                break
            found.append(one)
            paid = one.price if one.side is Side.BUY else complement(one.price)
            price = paid - self.settings.level_ticks * self.snapshot.tick_size
            exposure += one.size
            held = Shares(held - one.size) if one.side is Side.SELL else held
        return found

    def _one(self, gains: Outcome, price: int, worth: float, held: Shares, exposure: int) -> Desired | None:
        settings, tick, left = self.settings, self.snapshot.tick_size, self.left
        most = self._most(exposure, worth)
        is_sale = min(held, most) >= self.minimum_size
        size = Shares(min(held, most)) if is_sale else most
        if size < self.minimum_size or (self.snapshot.phase is not Phase.NORMAL and not is_sale):
            return None
        only_reduces = exposure + size <= 0
        least_edge = -settings.give_up_at_end * (1 - left.share) if only_reduces else float(settings.minimum_edge)
        price = min(price, math.floor((worth - least_edge) / tick) * tick)
        if not tick <= price <= ONE - tick:
            return None
        edge = math.floor(worth - price)
        worst = self._worst(price, worth, edge)
        if is_sale:
            if complement(Price(price)) < settings.lowest_sale:
                return None
            return Desired(gains.other, Side.SELL, complement(Price(price)), size, complement(worst), edge)
        return Desired(gains, Side.BUY, Price(price), size, worst, edge)

    def _most(self, exposure: int, worth: float) -> Shares:
        """The most that one quote may amount to. In WIND_DOWN what reduces stops where nothing is left."""
        settings, share = self.settings, self.left.share
        to_nothing = whole_lots(Shares(max(0, -exposure)))
        if to_nothing >= self.minimum_size and share < 1:
            return Shares(min(settings.quote_size, to_nothing))
        room = whole_lots(Shares(max(0, largest_inventory(share, settings) - exposure)))
        is_near_certainty = not settings.lowest_price <= worth <= PRICE_SCALE - settings.lowest_price
        if is_near_certainty:
            room = to_nothing
        return Shares(min(size_of_new(share, settings), room))

    def _worst(self, price: int, worth: float, edge: int) -> Price:
        """What rests may not have less than half of the edge that is demanded, nor be `replace_min_ticks` nearer to the
        market than wanted: it is then too generous, and goes however young it is."""
        least = edge if edge < 0 else min(self.settings.minimum_edge, edge) / 2
        near = price + self.settings.replace_min_ticks * self.snapshot.tick_size - 1
        return Price(max(price, min(math.floor(worth - least), near, ONE)))
