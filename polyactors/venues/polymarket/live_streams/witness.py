"""Asks the venue by another way whether the stream tells all: slowly in turn, at once of what is suspect."""

from collections.abc import Awaitable, Callable

import trio

from actors.feeds.ports import ConnectionLost
from messages.identity import TokenId
from messages.market_data import WholeBook
from messages.units import NANOSECONDS_PER_SECOND
from polyactors.venues.polymarket.live_streams.liveness import Liveness, Verdict, WitnessRule
from polyactors.venues.streams.health import StreamHealth
from polyactors.venues.streams.heartbeat import Line

BookOf = Callable[[TokenId], Awaitable[WholeBook | None]]
"""The whole book of a token by REST, with a deadline of its own; None when the venue has none. Raises
`ConnectionLost`."""

OnSilent = Callable[[TokenId, bool], Awaitable[None]]
"""Called with an asset that the stream is silent about, and whether that was known before."""


class Witness:
    """What it cannot find out is no evidence: a failed answer, or none, says nothing about the stream."""

    def __init__(
        self,
        liveness: Liveness,
        rule: WitnessRule,
        book_of: BookOf,
        health: StreamHealth,
        now_ns: Callable[[], int],
    ) -> None:
        self._liveness = liveness
        self._rule = rule
        self._book_of = book_of
        self._health = health
        self._now_ns = now_ns

    async def watch(self, line: Line, on_silent: OnSilent) -> None:
        """Never returns. Raises `ConnectionLost` when the line is lost."""
        while True:
            now_ns = self._now_ns()
            chosen = self._liveness.next_witness(now_ns)
            if chosen is None:
                await trio.sleep_forever()
                return
            token, due_ns = chosen
            if due_ns > now_ns:
                # Not longer than to the next look for suspects.
                await _sleep_ns(min(due_ns - now_ns, self._rule.suspect_every_ns))
            else:
                await self._ask_about(token, line, on_silent)

    async def _ask_about(self, token: TokenId, line: Line, on_silent: OnSilent) -> None:
        self._liveness.asked(token, self._now_ns())
        try:
            book = await self._book_of(token)
        except ConnectionLost:
            book = None
        if book is None:
            self._health.witnesses_failed += 1
            return
        self._health.witnessed += 1
        if self._liveness.judge(token, book) is not Verdict.UNTOLD:
            return
        await _sleep_ns(self._rule.grace_ns)
        # All that the venue had put on this line by now is heard before the answer is.
        await line.round_trip()
        if self._liveness.judge(token, book) is Verdict.UNTOLD:
            await on_silent(token, self._liveness.found_silent(token))


async def _sleep_ns(length_ns: int) -> None:
    await trio.sleep(length_ns / NANOSECONDS_PER_SECOND)
