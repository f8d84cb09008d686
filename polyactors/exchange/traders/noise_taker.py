"""A taker who knows nothing: takes from either side, and now and then leaves an order that rests."""

from messages.identity import Outcome
from messages.units import NANOSECONDS_PER_SECOND, PRICE_SCALE, Price
from polyactors.exchange.traders.seat import Seat
from polyactors.exchange.traders.settings import NoiseSettings, TraderSettings
from polyactors.exchange.traders.trader import Trader
from polyactors.exchange.words import OrderType


class NoiseTaker(Trader):
    def __init__(
        self, seat: Seat, settings: TraderSettings, pace: float, first_act_ns: int, noise: NoiseSettings
    ) -> None:
        super().__init__(seat, settings, pace, first_act_ns)
        self._noise = noise

    @property
    def usual_pause_ns(self) -> int:
        return self._noise.every_ns

    def trade(self, now_ns: int) -> None:
        seat, noise = self.seat, self._noise
        outcome = seat.chance.choice((Outcome.YES, Outcome.NO))
        size = seat.size(noise.sizes)
        ask, tick = seat.best_ask(outcome), seat.tick_size
        if seat.chance.randrange(1_000_000) < noise.rests_ppm:
            price = Price(ask - tick * seat.chance.randint(1, 4))
            if price >= tick:
                until_s = now_ns // NANOSECONDS_PER_SECOND + seat.chance.randint(*noise.rests_for_s)
                expiration_s = until_s + seat.exchange.settings.expires_early_s
                seat.bid(outcome, price, size, now_ns, OrderType.GTD, expiration_s=expiration_s)
        elif ask < PRICE_SCALE:
            seat.take(outcome, Price(ask + tick * seat.chance.randint(0, 2)), size, now_ns)
