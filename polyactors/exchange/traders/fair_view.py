"""What those who trade in a market hold it to be worth: the hidden value, late and with a mood, for all but a few."""

import math
import random
from collections import deque
from collections.abc import Callable

from messages.identity import MarketId
from messages.units import NANOSECONDS_PER_MILLISECOND, PRICE_SCALE

FairValue = Callable[[MarketId, int], float]
"""What a YES share is truly worth, from 0 to 1, at a time in nanoseconds. Raises `KeyError` when nobody knows."""

SAMPLE_NS = 200 * NANOSECONDS_PER_MILLISECOND
SAMPLES = 64


class FairView:
    """Values are in price units, not rounded. Shared by the traders of one market; remembers some seconds."""

    def __init__(
        self, market: MarketId, fair_value: FairValue, chance: random.Random, mood: float, mood_lasts_ns: int
    ) -> None:
        self._market = market
        self._fair_value = fair_value
        self._chance = chance
        self._mood_size = mood
        self._mood_lasts_ns = mood_lasts_ns
        self._mood = chance.gauss(0.0, 1.0)
        self._samples: deque[tuple[int, float, float]] = deque(maxlen=SAMPLES)

    def hidden(self, now_ns: int) -> float:
        """What it is worth now, for those who know."""
        return self._sample(now_ns)[1]

    def public(self, now_ns: int, lag_ns: int) -> float:
        """What it seemed to be worth `lag_ns` ago; the oldest that is remembered if that is longer ago."""
        found = self._sample(now_ns)
        for sample in reversed(self._samples):
            found = sample
            if sample[0] <= now_ns - lag_ns:
                break
        return found[2]

    def _sample(self, now_ns: int) -> tuple[int, float, float]:
        last = self._samples[-1] if self._samples else None
        if last is not None and now_ns - last[0] < SAMPLE_NS:
            return last
        try:
            hidden = self._fair_value(self._market, now_ns) * PRICE_SCALE
        except KeyError:
            hidden = last[1] if last is not None else PRICE_SCALE / 2
        if last is not None:
            self._move_mood(now_ns - last[0])
        room = 4 * hidden * (PRICE_SCALE - hidden) / PRICE_SCALE**2
        sample = (now_ns, hidden, hidden + self._mood * self._mood_size * room)
        self._samples.append(sample)
        return sample

    def _move_mood(self, passed_ns: int) -> None:
        """An Ornstein-Uhlenbeck step: it wanders off and comes back."""
        stays = math.exp(-passed_ns / self._mood_lasts_ns)
        self._mood = self._mood * stays + self._chance.gauss(0.0, math.sqrt(1 - stays * stays))
