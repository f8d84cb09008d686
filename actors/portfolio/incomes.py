"""What the venue paid that belongs to no market."""

from attrs import Factory, define, evolve

from messages.identity import StrategyName
from messages.portfolio import ACCOUNT, AccountIncome, AccountMoved, MoveCause
from messages.units import Cash


@define
class Incomes:
    _of: dict[StrategyName, AccountIncome] = Factory(dict)

    def book(self, moved: AccountMoved) -> None:
        """A rebate or a reward."""
        name = moved.strategy or ACCOUNT
        before = self._of.get(name) or AccountIncome(name)
        if moved.cause is MoveCause.MAKER_REBATE:
            self._of[name] = evolve(before, rebates=Cash(before.rebates + moved.cash))
        else:
            self._of[name] = evolve(before, rewards=Cash(before.rewards + moved.cash))

    def rows(self) -> tuple[AccountIncome, ...]:
        return tuple(self._of.values())
