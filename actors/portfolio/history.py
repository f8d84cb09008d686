"""Everything that moved shares or money in one market, in the order in which it happened, and the positions it made."""

from bisect import bisect_left
from typing import NamedTuple

from attrs import Factory, define

from actors.portfolio.positions import after_fill, after_move
from messages.fills import Fill
from messages.identity import MarketId, StrategyName
from messages.portfolio import AccountMoved, Position

CHECKPOINT_EVERY = 8


class _When(NamedTuple):
    """The order of what happened. What shares one moment has an order too, always the same."""

    at_ns: int
    is_fill: bool
    name: str


@define
class History:
    """`positions` is a function of what is in here, and of nothing else: not of the order in which it was heard.

    Average cost depends on what came before what, so what is heard late is put where it belongs and what came after it
    is reckoned again; what is removed has never been. The positions are kept at each `CHECKPOINT_EVERY`th step, so that
    little has to be.
    """

    market: MarketId
    positions: dict[StrategyName, Position] = Factory(dict)
    _when: list[_When] = Factory(list)
    _happened: list[Fill | AccountMoved] = Factory(list)
    _checkpoints: list[dict[StrategyName, Position]] = Factory(list)

    def add(self, what: Fill | AccountMoved) -> None:
        when = _when(what)
        if self._when and when < self._when[-1]:
            index = bisect_left(self._when, when)
            self._when.insert(index, when)
            self._happened.insert(index, what)
            self._reckon_from(index)
            return
        self._when.append(when)
        self._happened.append(what)
        self._step(len(self._happened) - 1)

    def remove(self, what: Fill) -> None:
        """It was added before."""
        index = bisect_left(self._when, _when(what))
        del self._when[index], self._happened[index]
        self._reckon_from(index)

    def _reckon_from(self, index: int) -> None:
        checkpoint = min(index // CHECKPOINT_EVERY, len(self._checkpoints) - 1)
        self.positions = self._checkpoints[checkpoint]
        del self._checkpoints[checkpoint:]
        for each in range(checkpoint * CHECKPOINT_EVERY, len(self._happened)):
            self._step(each)

    def _step(self, index: int) -> None:
        if index % CHECKPOINT_EVERY == 0:
            self._checkpoints.append(dict(self.positions))
        what = self._happened[index]
        if isinstance(what, Fill):
            before = self.positions.get(what.strategy) or Position(self.market, what.strategy)
            self.positions[what.strategy] = after_fill(before, what)
        else:
            self.positions.update(after_move(self.market, self.positions, what))


def _when(what: Fill | AccountMoved) -> _When:
    if isinstance(what, Fill):
        return _When(what.at_ns, True, what.trade)
    return _When(what.at_ns, False, what.move)
