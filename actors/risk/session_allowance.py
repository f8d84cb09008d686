"""What the session of a market lets the governor authorise: by what was told of it, and nothing new when nobody keeps
it."""

from enum import Enum

from attrs import Factory, define, frozen

from actors.risk.session_rules import SECOND, has_reached, wound_down_at
from messages.identity import MarketId
from messages.markets import Market
from messages.sessions import SessionIs, SessionState

OVERDUE_NS = 2 * SECOND
"""A state whose end was so long ago is nobody's word any more: its keeper hangs."""


class Allowed(Enum):
    EVERYTHING = "everything"
    UP_TO_A_SHARE = "what reduces, and more up to a share of the limit"
    REDUCTIONS = "what reduces"
    NOTHING = "nothing"


@frozen
class SessionAllowance:
    """`share` of the market's limit may be at risk: 1 for all of it. `why` is for people."""

    allowed: Allowed
    share: float
    why: str


NO_SESSION = SessionAllowance(Allowed.EVERYTHING, 1.0, "")
"""For markets that are not about a period."""


def allowance(told: SessionIs | None, now_ns: int) -> SessionAllowance:
    """By the newest word of the session; None is that it is not known, because it never was or its keeper died.

    | session                   | what may pass                                                        |
    |---------------------------|----------------------------------------------------------------------|
    | not known, or overdue     | what reduces; nothing where DONE was due                             |
    | BOOT_SYNC, DONE           | nothing                                                              |
    | ACTIVE                    | everything                                                           |
    | WIND_DOWN                 | what reduces; more while the market is within a limit that falls to 0|
    | FLATTEN                   | what reduces                                                         |
    """
    if told is None:
        return SessionAllowance(Allowed.REDUCTIONS, 0.0, "the session is not known")
    is_overdue = told.until_ns is not None and now_ns >= told.until_ns + OVERDUE_NS
    state = told.state
    if state is SessionState.DONE or (is_overdue and state is SessionState.FLATTEN):
        return SessionAllowance(Allowed.NOTHING, 0.0, "the session is over")
    if is_overdue:
        return SessionAllowance(Allowed.REDUCTIONS, 0.0, f"nobody has ended {state.value}")
    match state:
        case SessionState.BOOT_SYNC:
            return SessionAllowance(Allowed.NOTHING, 0.0, state.value)
        case SessionState.ACTIVE:
            return SessionAllowance(Allowed.EVERYTHING, 1.0, state.value)
        case SessionState.WIND_DOWN:
            return SessionAllowance(Allowed.UP_TO_A_SHARE, 1.0 - wound_down_at(told, now_ns), state.value)
        case _:
            return SessionAllowance(Allowed.REDUCTIONS, 0.0, state.value)


@define
class SessionBoard:
    """The newest word of the session of each market that has one. States never go back: a late word changes nothing."""

    _told: dict[MarketId, SessionIs] = Factory(dict)
    _unkept: set[MarketId] = Factory(set)

    def hear(self, told: SessionIs) -> bool:
        """Whether it is a new state."""
        before = self._told.get(told.market)
        if before is not None and not has_reached(told.state, before.state):
            return False
        self._unkept.discard(told.market)
        self._told[told.market] = told
        return before is None or before.state is not told.state

    def keeper_down(self, market: MarketId) -> None:
        """Until the next word the session counts as not known, unless it was over."""
        self._unkept.add(market)

    def forget(self, market: MarketId) -> None:
        """It is not traded any more."""
        self._told.pop(market, None)
        self._unkept.discard(market)

    def state(self, market: MarketId) -> SessionState | None:
        told = self._told.get(market)
        return None if told is None else told.state

    def allowance(self, market: Market, now_ns: int) -> SessionAllowance:
        if market.about is None:
            return NO_SESSION
        told = self._told.get(market.market)
        if market.market in self._unkept and told is not None and told.state is not SessionState.DONE:
            told = None
        return allowance(told, now_ns)
