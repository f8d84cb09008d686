"""How bad it is, as a board of causes: worse at once, better only after a quiet period or by an operator."""

from attrs import Factory, define, evolve, frozen

from messages.identity import MarketId
from messages.risk import RiskMode


@frozen
class Cause:
    """Why a market, or everything (`scope` None), is held at `mode`.

    `until_ns` is None as long as the cause lasts; once cleared it holds on until then. A latched cause is cleared by an
    operator alone.
    """

    scope: MarketId | None
    name: str
    mode: RiskMode
    latched: bool = False
    until_ns: int | None = None

    def holds(self, now_ns: int) -> bool:
        return self.until_ns is None or now_ns < self.until_ns


@define
class ModeBoard:
    """The causes that hold now. `quiet_ns` is how long a cleared cause still counts."""

    quiet_ns: int
    _causes: dict[tuple[MarketId | None, str, RiskMode], Cause] = Factory(dict)

    def raise_cause(
        self, scope: MarketId | None, cause: str, mode: RiskMode, now_ns: int, *, latched: bool = False
    ) -> None:
        """`cause` demands `mode` from now on.

        Raised again at a better mode, the worse one is cleared as by `clear_cause`. What is latched stays latched.
        """
        self._forget(now_ns)
        for key, held in self._causes.items():
            if key[:2] == (scope, cause) and held.mode > mode:
                self._causes[key] = self._cleared(held, now_ns)
        before = self._causes.get((scope, cause, mode))
        latched = latched or (before is not None and before.latched)
        self._causes[scope, cause, mode] = Cause(scope, cause, mode, latched)

    def clear_cause(self, scope: MarketId | None, cause: str, now_ns: int, *, by_operator: bool = False) -> bool:
        """`cause` is over; it counts for `quiet_ns` more, or no longer at all if an operator says so.

        False if nothing was cleared: it was not raised, was cleared before, or is latched and no operator asks.
        """
        self._forget(now_ns)
        meant = {key: held for key, held in self._causes.items() if key[:2] == (scope, cause)}
        if by_operator:
            for key in meant:
                del self._causes[key]
            return bool(meant)
        over = {key: self._cleared(held, now_ns) for key, held in meant.items()}
        self._causes |= over
        return over != meant

    def forget_scope(self, scope: MarketId) -> None:
        """There is nobody left whom it could hold."""
        self._causes = {key: held for key, held in self._causes.items() if held.scope != scope}

    def mode(self, scope: MarketId | None, now_ns: int) -> RiskMode:
        """The worst over the causes of this market and those of everything; of None: over the latter alone."""
        return max((held.mode for held in self._concerning(scope, now_ns)), default=RiskMode.NORMAL)

    def own_mode(self, scope: MarketId | None, now_ns: int) -> RiskMode:
        """The worst over the causes of this scope alone, whatever holds everything."""
        own = (held.mode for held in self._causes.values() if held.scope == scope and held.holds(now_ns))
        return max(own, default=RiskMode.NORMAL)

    def causes(self, scope: MarketId | None, now_ns: int) -> tuple[str, ...]:
        """Names of the causes that hold it at its mode, in the order in which they were raised first."""
        worst = self.mode(scope, now_ns)
        return tuple(dict.fromkeys(held.name for held in self._concerning(scope, now_ns) if held.mode == worst))

    def next_change_ns(self, now_ns: int) -> int | None:
        """When the next cleared cause stops counting; None if nothing will change by itself."""
        ends = (held.until_ns for held in self._causes.values() if held.until_ns is not None)
        return min((end for end in ends if end > now_ns), default=None)

    def latches(self) -> tuple[Cause, ...]:
        """The latched causes: to be written down, and raised again after a restart (invariant 8)."""
        return tuple(held for held in self._causes.values() if held.latched)

    def _concerning(self, scope: MarketId | None, now_ns: int) -> list[Cause]:
        return [held for held in self._causes.values() if held.scope in (None, scope) and held.holds(now_ns)]

    def _cleared(self, held: Cause, now_ns: int) -> Cause:
        if held.latched or held.until_ns is not None:
            return held
        return evolve(held, until_ns=now_ns + self.quiet_ns)

    def _forget(self, now_ns: int) -> None:
        self._causes = {key: held for key, held in self._causes.items() if held.holds(now_ns)}
