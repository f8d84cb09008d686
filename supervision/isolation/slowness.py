"""What it means that an actor is slow or that the event loop is blocked, told from looks at them in between."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from attrs import define, frozen

if TYPE_CHECKING:
    from supervision.cell import Cell
    from supervision.mailbox import Envelope


@frozen
class SlowHandler:
    """An actor has had the same message in hand for at least `for_ns`; `is_over`: it had, and now it is done.

    `stack` has the innermost calls of the loop's thread at that moment; it is empty when it is over.
    """

    path: str
    generation: int
    kind: str
    for_ns: int
    stack: str
    is_over: bool


@frozen
class BlockedLoop:
    """The event loop has not turned for at least `for_ns`, and no single message explains it: many handlers in one
    turn, blocking code of a worker or of a start, the garbage collector. `path` has whose turn it was just then."""

    path: str
    for_ns: int
    stack: str
    is_over: bool


Report = SlowHandler | BlockedLoop


@frozen
class InHand:
    """What an actor is busy with. The same at two looks, it was in hand all the while."""

    cell: "Cell"
    generation: int
    handled: int
    envelope: "Envelope | None"

    def is_same(self, other: "InHand | None") -> bool:
        return (
            other is not None
            and other.cell is self.cell
            and other.envelope is self.envelope
            and (other.generation, other.handled) == (self.generation, self.handled)
        )

    @property
    def kind(self) -> str:
        """The type of the message; empty when the actor starts or ends."""
        return "" if self.envelope is None else type(self.envelope.message).__name__


@define(eq=False)
class _Spell:
    """Something that goes on, and when it is to be told next: at first, and at each doubling."""

    next_ns: int
    for_ns: int = 0
    is_told: bool = False

    def is_due(self) -> bool:
        if self.for_ns < self.next_ns:
            return False
        while self.next_ns <= self.for_ns:
            self.next_ns *= 2
        self.is_told = True
        return True


class Judge:
    """Says after each look what there is to tell. `stack` is asked for only then.

    Invariant: whatever was told is told to be over once, before anything else of its kind begins.
    """

    def __init__(self, slow_after_ns: int, stack: Callable[[], str]) -> None:
        self._slow_after_ns = slow_after_ns
        self._stack = stack
        self._hand: InHand | None = None
        self._handler = _Spell(slow_after_ns)
        self._loop = _Spell(slow_after_ns)

    def look(self, hand: InHand | None, elapsed_ns: int, *, has_turned: bool, held_us_up: bool) -> Iterator[Report]:
        """`elapsed_ns` passed since the last look. `has_turned`: the loop turned meanwhile. `held_us_up`: the loop's
        thread computed all the while and let nobody else: what is in hand is what took it."""
        is_same = hand is not None and hand.is_same(self._hand)
        if not is_same:
            yield from self._handler_is_done()
            self._hand = hand
        if has_turned:
            yield from self._loop_has_turned()
        if hand is not None and hand.envelope is not None and (is_same or held_us_up):
            self._handler.for_ns += elapsed_ns
            if self._handler.is_due():
                for_ns = self._handler.for_ns
                yield SlowHandler(hand.cell.path, hand.generation, hand.kind, for_ns, self._stack(), is_over=False)
        elif not has_turned:
            self._loop.for_ns += elapsed_ns
            if self._loop.is_due():
                yield BlockedLoop(hand.cell.path if hand else "", self._loop.for_ns, self._stack(), is_over=False)

    def finish(self) -> Iterator[Report]:
        """The last look: whatever went on is over."""
        yield from self._handler_is_done()
        yield from self._loop_has_turned()

    def _handler_is_done(self) -> Iterator[Report]:
        spell, hand = self._handler, self._hand
        self._handler, self._hand = _Spell(self._slow_after_ns), None
        if not spell.is_told:
            # It was not slow by itself, and is a part of whatever keeps the loop from turning.
            self._loop.for_ns += spell.for_ns
        elif hand is not None:
            yield SlowHandler(hand.cell.path, hand.generation, hand.kind, spell.for_ns, "", is_over=True)

    def _loop_has_turned(self) -> Iterator[Report]:
        spell, self._loop = self._loop, _Spell(self._slow_after_ns)
        if spell.is_told:
            yield BlockedLoop("", spell.for_ns, "", is_over=True)
