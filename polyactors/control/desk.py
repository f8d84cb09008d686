"""Carries out what is asked: looks at the tree, and steers its actors.

Looking is done in slices and answered in pages, so that it holds nobody up, however many actors there are.
"""

from collections.abc import Awaitable, Callable, Iterator
from itertools import islice

from attrs import evolve, has

from actors.paths import GOVERNOR
from messages.serial import to_json
from polyactors.control.nearest import nearest
from polyactors.control.ranking import most_pressed
from polyactors.control.trading import carried_out
from polyactors.control.wire import (
    ActorShown,
    Answer,
    AnyRequest,
    BookCash,
    ClearRiskMode,
    DeadLetters,
    Done,
    HoldRiskMode,
    Kill,
    LetterLine,
    Mailboxes,
    Refused,
    RestartActor,
    Resume,
    ShowActor,
    ShowDeadLetters,
    ShowMailboxes,
    ShowState,
    ShowTree,
    ShowWaits,
    SlowDown,
    StateShown,
    Suspend,
    Trace,
    Tree,
    TreeLine,
    Waits,
)
from supervision.cell import Cell
from supervision.child import ChildFailedToStart
from supervision.dead_letters import DeadLetter
from supervision.introspection.picture import (
    MailboxPicture,
    TreePicture,
    in_words,
    picture_of,
    slices,
    take_mailboxes,
    take_tree,
    waiting_time_ns,
)
from supervision.introspection.rates import Rates
from supervision.introspection.waits import circles, take_waits
from supervision.log import Level, LogValue
from supervision.operations import OperationRefused
from supervision.registry import UnknownActor
from supervision.runtime import Runtime
from supervision.stack import words_of

Send = Callable[[Answer], Awaitable[None]]

ACTORS_A_PAGE = 5
NODES_A_PAGE = 32
LETTERS_A_PAGE = 8
LONGEST_MESSAGE = 400
LONGEST_TRACE = 20_000
LONGEST_STATE = 1_000_000
"""Characters of what is shown; pages are so large that making one takes well under a millisecond."""


class Desk:
    """`own_path` is that of the actor which all this runs in: who ends it is answered before."""

    def __init__(self, runtime: Runtime, own_path: str, rates: Rates) -> None:
        self._runtime = runtime
        self._own_path = own_path
        self._rates = rates
        # By path: how many messages an actor had handled when its waiting time was worked out.
        self._waiting_times: dict[str, tuple[int, int]] = {}

    async def carry_out(self, request: AnyRequest, send: Send, source: str) -> None:
        """Answer by `send`, whatever comes of it; `source` says who asked. A `Trace` is not for here."""
        try:
            await self._carry_out(request, send, source)
        except (UnknownActor, OperationRefused, ChildFailedToStart) as error:
            await send(await self.refusal(error, getattr(request, "path", "")))

    async def refusal(self, error: Exception, path: str) -> Refused:
        """With what may have been meant where nobody has the path."""
        registry = self._runtime.registry
        if not isinstance(error, UnknownActor) or registry.node(path) is not None:
            return Refused(str(error))
        paths = [cell.path for cell in registry.cells()] + [each.path for each in registry.supervisors()]
        return Refused(str(error), await nearest(path, paths))

    def cell(self, path: str) -> Cell:
        """Raises `UnknownActor`, also for a supervisor."""
        node = self._runtime.registry.node(path)
        if node is not None and not isinstance(node, Cell):
            raise UnknownActor(f"{path} is a supervisor, and handles no messages")
        if node is None:
            raise UnknownActor(f"nobody is called {path}")
        return node

    async def _carry_out(self, request: AnyRequest, send: Send, source: str) -> None:
        runtime = self._runtime
        match request:
            case ShowMailboxes():
                await self._show_mailboxes(request, send)
            case ShowTree():
                await self._show_tree(send)
            case ShowActor(path=path):
                await send(ActorShown(runtime.clock.now_ns(), picture_of(runtime, path, self._rates.of)))
            case ShowState(path=path):
                await send(_state_of(self.cell(path)))
            case ShowDeadLetters(limit=limit):
                await self._show_dead_letters(limit, send)
            case ShowWaits():
                waits = await take_waits(runtime)
                await send(Waits(runtime.clock.now_ns(), waits, circles(waits)))
            case Suspend(path=path):
                self.cell(path).suspend()
                await self._done(send, f"{path} is suspended: its messages wait", path, source)
            case Resume(path=path):
                self.cell(path).resume()
                await self._done(send, f"{path} goes on", path, source)
            case SlowDown(path=path, by_ns=by_ns):
                self.cell(path).slow_down(by_ns)
                what = f"takes {by_ns / 1e6:g} ms longer for each message" if by_ns else "is as fast as it can be again"
                await self._done(send, f"{path} {what}", path, source)
            case Kill(path=path):
                await self._end(path, send, source, f"{path} was killed", self._kill)
            case RestartActor(path=path):
                await self._end(path, send, source, f"{path} was stopped, and is started again", self._restart)
            case HoldRiskMode() | ClearRiskMode() | BookCash():
                await self._steer_trading(request, send, source)
            case Trace():
                raise AssertionError("a trace is the connection's own business")

    async def _steer_trading(self, request: HoldRiskMode | ClearRiskMode | BookCash, send: Send, source: str) -> None:
        done = await carried_out(self._runtime, request)
        if isinstance(done, Refused):
            await send(done)
        else:
            await self._done(send, done.what, GOVERNOR.text, source)

    async def _end(
        self, path: str, send: Send, source: str, what: str, end: Callable[[str, str], Awaitable[None]]
    ) -> None:
        """Of the life of `path`. With its own, this task ends too, and could say nothing any more."""
        self._runtime.child(path)
        why = f"told to by {source}"
        if self._is_above(path):
            await self._done(send, f"{what}; this connection ends with it", path, source)
            await end(path, why)
        else:
            await end(path, why)
            await self._done(send, what, path, source)

    async def _kill(self, path: str, why: str) -> None:
        self._runtime.kill(path, why)

    async def _restart(self, path: str, why: str) -> None:
        await self._runtime.restart(path, why)

    def _is_above(self, path: str) -> bool:
        """Whether this ends when `path` does."""
        node = self._runtime.registry.node(self._own_path)
        while node is not None and node is not self._runtime.root:
            if node.path == path:
                return True
            node = node.child.supervisor
        return False

    async def _done(self, send: Send, what: str, path: str, source: str) -> None:
        self._say(Level.WARNING, "an operator acts", what=what, to=path, source=source)
        await send(Done(what))

    def _say(self, level: Level, event: str, **fields: LogValue) -> None:
        node = self._runtime.registry.node(self._own_path)
        self._runtime.log_for(self._own_path, node.generation if node else 0, level, event, **fields)

    async def _show_mailboxes(self, request: ShowMailboxes, send: Send) -> None:
        runtime = self._runtime
        at_ns = runtime.clock.now_ns()
        pictures = await take_mailboxes(runtime, request.glob)
        shown = await most_pressed(pictures, request.limit, self._waiting_p99_ns)
        page = Mailboxes(at_ns, len(pictures), (), is_last=False)
        for some in slices(shown, ACTORS_A_PAGE):
            # Who was deleted meanwhile is not shown.
            there = [picture.path for picture in some if runtime.registry.node(picture.path) is not None]
            actors = tuple(picture_of(runtime, path, self._rates.of) for path in there)
            await send(evolve(page, actors=actors))
        await send(evolve(page, is_last=True))

    def _waiting_p99_ns(self, picture: MailboxPicture) -> int:
        """It does not change while nothing is handled, and thousands of idle actors may have to be compared."""
        handled, waiting_ns = self._waiting_times.get(picture.path, (-1, 0))
        if handled != picture.handled:
            waiting_ns = waiting_time_ns(self._runtime, picture.path)
            self._waiting_times[picture.path] = picture.handled, waiting_ns
        return waiting_ns

    async def _show_tree(self, send: Send) -> None:
        lines = _lines(await take_tree(self._runtime), 0)
        while some := tuple(islice(lines, NODES_A_PAGE)):
            await send(Tree(some, is_last=False))
        await send(Tree(()))

    async def _show_dead_letters(self, limit: int, send: Send) -> None:
        runtime = self._runtime
        total, letters = runtime.dead_letter_count, list(runtime.dead_letters)[-limit:]
        for some in slices(letters, LETTERS_A_PAGE):
            await send(DeadLetters(total, tuple(map(_letter, some)), is_last=False))
        await send(DeadLetters(total, ()))


def _lines(tree: TreePicture, depth: int) -> Iterator[TreeLine]:
    yield TreeLine(
        depth=depth,
        name=tree.name,
        path=tree.path,
        type_name=tree.type_name,
        strategy=tree.strategy or None,
        state=tree.state,
        generation=tree.generation,
        restarts=tree.restarts,
        restarts_within_period=tree.restarts_within_period,
        intensity=tree.intensity if tree.is_supervisor else None,
    )
    for child in tree.children:
        yield from _lines(child, depth + 1)


def _letter(letter: DeadLetter) -> LetterLine:
    return LetterLine(
        number=letter.number,
        at_ns=letter.at_ns,
        to=letter.to,
        sender=letter.sender,
        message_type=type(letter.message).__name__,
        message=in_words(letter.message, LONGEST_MESSAGE),
        why=letter.why,
        trace=letter.trace[-LONGEST_TRACE:],
        correlation=letter.correlation,
        causation=letter.causation,
    )


def _state_of(cell: Cell) -> StateShown:
    """What the actor says of itself; that it cannot say it is no reason to do anything."""
    actor = cell.actor
    if actor is None:
        return StateShown(cell.path, "", None, False, f"it is {cell.state.value}, and has no state")
    type_name = type(actor).__name__
    try:
        state = actor.describe()
    except Exception as error:
        return StateShown(cell.path, type_name, None, False, f"describe() raised {words_of(error)}")
    if state is None:
        return StateShown(cell.path, type_name, None, False, "it does not describe itself")
    text = _as_json(state)
    if text is not None:
        return StateShown(cell.path, type_name, text, True, None)
    return StateShown(cell.path, type_name, in_words(state, LONGEST_STATE), False, None)


def _as_json(state: object) -> str | None:
    try:
        text = to_json(state) if has(type(state)) else None  # type: ignore[arg-type]
    except Exception:
        return None
    return text if text is not None and len(text) <= LONGEST_STATE else None
