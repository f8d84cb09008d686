"""The chain of heartbeat ids: each accepted beat names the next (polymarket_wire.md 7.4)."""

import trio
from attrs import define, field

from actors.execution.live.words import AskFailed
from polyactors.venues.polymarket.live_account.telling import told
from polyactors.venues.polymarket.rest.account_answers import HeartbeatAccepted, HeartbeatMismatched
from polyactors.venues.polymarket.rest.account_desk import AccountDesk

_FIRST = ""


@define(eq=False)
class HeartbeatChain:
    """After a lost answer our id is an old one: the venue then says which one it expects."""

    _desk: AccountDesk
    _next_id: str = _FIRST
    _turn: trio.Lock = field(factory=trio.Lock, init=False)

    async def beat(self) -> AskFailed | None:
        async with self._turn:
            answer = await self._desk.beat(self._next_id)
            if isinstance(answer, HeartbeatMismatched):
                answer = await self._desk.beat(answer.expected_id)
            if isinstance(answer, HeartbeatAccepted):
                self._next_id = answer.next_id
                return None
        if isinstance(answer, HeartbeatMismatched):
            return AskFailed("somebody else sends heartbeats with this key")
        return AskFailed(told(answer))
