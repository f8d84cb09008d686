"""Reading how the whole account stands, for as long as it takes: a failed read says nothing (field note 16)."""

from functools import partial

from actors.execution.live.gateway_room import LONGEST_DOUBLINGS, MARGIN_NS, GatewayRoom
from actors.execution.live.gateway_words import ReadStateAgain, StateWasNotRead, StateWasRead
from actors.execution.live.words import AskFailed
from supervision.address import Address
from supervision.log import Level


class StateDesk:
    """Sits in the live gateway. Before `missed_since_ns` nothing can have been missed."""

    def __init__(self, room: GatewayRoom, missed_since_ns: int) -> None:
        self._room = room
        self._actor = room.actor
        self._missed_since_ns = missed_since_ns
        self._reads_in_vain = 0

    def read(self, asked_by: Address[object]) -> None:
        self._actor.work("state", partial(self._read, asked_by))

    def was_read(self) -> None:
        self._reads_in_vain = 0

    def read_again(self, failed: StateWasNotRead) -> None:
        self._actor.log(Level.WARNING, "the account was not read", reason=failed.reason)
        pause_ns = self._room.settings.look_after_ns << min(self._reads_in_vain, LONGEST_DOUBLINGS)
        self._reads_in_vain += 1
        self._actor.after("read state", pause_ns, ReadStateAgain(failed.asked_by))

    # Worker

    async def _read(self, asked_by: Address[object]) -> None:
        """Orders first: one that ends in between has its trades among those that are read then."""
        account, asked_ns = self._room.account, self._actor.clock.now_ns()
        orders = await account.open_orders()
        if isinstance(orders, AskFailed):
            await self._actor.report(StateWasNotRead(orders.reason, asked_by))
            return
        trades = await account.trades(max(0, self._missed_since_ns - MARGIN_NS))
        if isinstance(trades, AskFailed):
            await self._actor.report(StateWasNotRead(trades.reason, asked_by))
            return
        await self._actor.report(StateWasRead(orders, trades, asked_ns, asked_by))
