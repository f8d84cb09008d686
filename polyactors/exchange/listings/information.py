"""What can be known of a question before its end: the chances of its outcomes, a martingale that ends at the answer.

The answer is drawn from the first chances. What comes out of it is a noisy signal for each outcome, with a drift for
the true one alone; the chances are what follows from the signals by Bayes' rule. So they always sum to one, on average
never move, and at the end the answer is certain. Now and then a lot comes out at once: news.
"""

import math
import random
from collections.abc import Sequence

_USUAL_STEP_NS = 5_000_000_000
_LEAST_STEPS = 400
_LIVELINESS = 4.0
_NEWS_CHANCE = 0.001
_NEWS_WEIGHT = 40.0


class InformationWalk:
    """Chances are weights of the outcomes at the start. The same source of chance gives the same walk, however often
    and however far apart it is asked."""

    def __init__(self, source: random.Random, chances: Sequence[float], start_ns: int, end_ns: int) -> None:
        if len(chances) < 2 or min(chances) <= 0 or end_ns <= start_ns:
            raise ValueError("a question needs two possible outcomes, and time")
        self._source = source
        self._weights = [math.log(chance) for chance in chances]
        self._start_ns = start_ns
        self._length_ns = end_ns - start_ns
        self._step_ns = max(1, min(_USUAL_STEP_NS, self._length_ns // _LEAST_STEPS))
        self._steps = 0
        self._excluded: set[int] = set()
        self.answer = source.choices(range(len(chances)), weights=chances)[0]

    def chances(self, now_ns: int) -> list[float]:
        """They sum to one. Raises nothing: before the start they are the first, after the end the answer's is 1."""
        if now_ns >= self._start_ns + self._length_ns:
            return [1.0 if index == self.answer else 0.0 for index in range(len(self._weights))]
        self._advance((now_ns - self._start_ns) // self._step_ns)
        highest = max(weight for index, weight in enumerate(self._weights) if index not in self._excluded)
        shares = [
            0.0 if index in self._excluded else math.exp(weight - highest) for index, weight in enumerate(self._weights)
        ]
        total = math.fsum(shares)
        return [share / total for share in shares]

    def exclude(self, index: int, now_ns: int) -> None:
        """This outcome is out, whatever was drawn. The last one that is left stays."""
        if len(self._excluded) + 1 < len(self._weights):
            chances = self.chances(min(now_ns, self._start_ns + self._length_ns - 1))
            self._excluded.add(index)
            chances[index] = 0.0
            if index == self.answer:
                others = [each for each in range(len(chances)) if each not in self._excluded]
                weights = [chances[each] + 1e-12 for each in others]
                self.answer = self._source.choices(others, weights=weights)[0]

    def _advance(self, steps: int) -> None:
        source = self._source
        while self._steps < steps:
            gone, will_be_gone = self._told(self._steps), self._told(self._steps + 1)
            self._steps += 1
            weight = _NEWS_WEIGHT if source.random() < _NEWS_CHANCE else 1.0
            told = weight * (will_be_gone - gone)
            deviation = math.sqrt(told)
            for index in range(len(self._weights)):
                self._weights[index] += source.gauss(told if index == self.answer else 0.0, deviation)

    def _told(self, steps: int) -> float:
        """How much has come out after so many steps: without end as the end comes near."""
        gone = min(steps * self._step_ns / self._length_ns, 1 - 1e-9)
        return _LIVELINESS * gone / (1 - gone)
