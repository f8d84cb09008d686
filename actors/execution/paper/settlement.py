"""What becomes of a fill after the match: it settles, at once or later, or it fails and was nothing (field note 17)."""

from random import Random

from attrs import evolve

from actors.execution.paper.account import Account
from actors.execution.paper.schedule import Schedule, Settlement
from actors.execution.paper.settings import PaperSettings
from messages.fills import Fill, FillReversed, FillSettled
from messages.identity import TradeId


class Settlements:
    """Every fill of the paper venue, as it stands now, and the account after it."""

    __slots__ = ("_account", "_fills", "_random", "_reversed", "_schedule", "_settings")

    def __init__(self, settings: PaperSettings, account: Account, schedule: Schedule) -> None:
        self._settings = settings
        self._account = account
        self._schedule = schedule
        self._random = Random(f"{settings.seed}: settlement")
        self._fills: dict[TradeId, Fill] = {}
        self._reversed: list[FillReversed] = []

    @property
    def fills(self) -> tuple[Fill, ...]:
        """All that did not fail, in the order of the matches, each as it is now."""
        return tuple(self._fills.values())

    @property
    def count(self) -> int:
        return len(self._fills)

    @property
    def reversed(self) -> tuple[FillReversed, ...]:
        return tuple(self._reversed)

    def add(self, fill: Fill) -> Fill:
        """Books a match; the fill that comes back is provisional unless this venue settles everything at once."""
        settings = self._settings
        if not settings.settles_at_once:
            fill = evolve(fill, provisional=True)
            # Drawn now: whether it fails does not depend on what else settles meanwhile.
            fails = self._random.random() < settings.settlement_failure_probability
            self._schedule.add(fill.at_ns + settings.settlement_delay_ns, Settlement(fill.trade, fails))
        self._fills[fill.trade] = fill
        self._account.apply(fill)
        return fill

    def end(self, settlement: Settlement, at_ns: int) -> FillSettled | FillReversed:
        """A provisional fill becomes final, or has never been. Its order stays what it is."""
        trade = settlement.trade
        fill = self._fills[trade]
        if settlement.fails:
            del self._fills[trade]
            self._account.reverse(fill)
            reversal = FillReversed(trade, fill.order, fill.market, at_ns)
            self._reversed.append(reversal)
            return reversal
        self._fills[trade] = evolve(fill, provisional=False)
        self._account.settle(fill)
        return FillSettled(trade, fill.order, fill.market, at_ns)
