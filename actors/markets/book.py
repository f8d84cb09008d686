"""The book of one market, and when it is closed: whole, uncrossed, and proven as far as the venue's frames allow.

Deciders see the book only while it is closed. One exchange batch arrives as several deltas; in between the book can be
crossed or be otherwise nobody's book, and only the last of them closes it (field note 2).
"""

from collections.abc import Callable, Iterable

from attrs import field, frozen

from actors.markets.book_hash import BookHash
from actors.markets.grid import GridRule, OffGridFrame, finer_step, off_grid, with_frame
from actors.markets.ladder import Ladder
from actors.markets.trust import HashRule, Trust, Verifiability
from messages.depth import Depth
from messages.identity import Outcome
from messages.market_data import BookDelta, Level, Proof, TickSizeChange, TradePrint, WholeBook
from messages.markets import Market
from messages.units import PRICE_SCALE, Price, TickSize

YES = Outcome.YES


@frozen
class BookSettings:
    grid: GridRule = field(factory=GridRule)
    hashes: HashRule = field(factory=HashRule)


@frozen
class Closed:
    """The book is whole; a snapshot of it may be decided on."""

    proof: Proof


@frozen
class Open:
    """The rest of a batch is awaited, or something was lost."""

    reason: str


@frozen
class OffGrid:
    """The frame has `price`, which is not on the grid. Nothing of it was applied; the book is as it was."""

    price: Price


@frozen
class Awaiting:
    """There is no base: deltas mean nothing until a whole book comes."""

    reason: str


@frozen
class Regridded:
    """A tick change was missed: the grid is now `step`, the old book is dropped, and a whole one is awaited."""

    step: TickSize


@frozen
class Unchanged:
    """The message said nothing about the book."""


BookOutcome = Closed | Open | OffGrid | Awaiting | Regridded | Unchanged

_CLOSED = {proof: Closed(proof) for proof in Proof}
_CLOSED_BY_BEST_PRICES = _CLOSED[Proof.BEST_PRICES]
_CROSSED = Open("crossed")
_OTHER_BEST_PRICES = Open("best prices differ from the declared ones")
_OTHER_HASH = Open("hash differs")
_UNCHANGED = Unchanged()


class Book:
    """The bids of YES and of NO of one market, kept from its frames. No clock, no I/O; time is what the frames say.

    `tick_size` is what the venue declares and orders have to keep to; `step` is the grid of the book, which may be
    finer where a tick change was missed. `yes_bids()` and `no_bids()` are the bids as they are now, and the same object
    as long as they do not change. `crossed_instants`, `off_grid_frames` and `regrids` count since the book was made.
    """

    __slots__ = (
        "_evidence",
        "_hash",
        "_hash_of_the_batch",
        "_no",
        "_settings",
        "_yes",
        "crossed_instants",
        "no_bids",
        "off_grid_frames",
        "regrids",
        "state",
        "step",
        "tick_size",
        "trust",
        "yes_bids",
    )

    def __init__(self, market: Market, settings: BookSettings | None = None) -> None:
        self._settings = settings or BookSettings()
        self.tick_size = market.tick_size
        self._hash = BookHash(market)
        self._hash_of_the_batch: str | None = None
        self._evidence: tuple[OffGridFrame, ...] = ()
        self._move_to(market.tick_size)
        self.trust = Trust(self._settings.hashes)
        self.state: Closed | Open | Awaiting = Awaiting("no whole book yet")
        self.crossed_instants = self.off_grid_frames = self.regrids = 0

    @property
    def is_closed(self) -> bool:
        return type(self.state) is Closed

    @property
    def proof(self) -> Proof | None:
        """How the book was proven when it closed; None while it is not closed."""
        return self.state.proof if isinstance(self.state, Closed) else None

    @property
    def is_crossed(self) -> bool:
        return self._yes.best + self._no.best >= PRICE_SCALE

    def apply(self, message: BookDelta | WholeBook | TradePrint) -> BookOutcome:
        """Takes `message` in and says what that makes of the book. A frame is applied whole or not at all."""
        if type(message) is BookDelta:
            return self.apply_delta(message)
        if isinstance(message, WholeBook):
            return self._apply_whole(message)
        if isinstance(message, TradePrint):
            self._hash.printed(message)
        return _UNCHANGED

    def tick_size_changed(self, change: TickSizeChange) -> BookOutcome:
        """Drops the book, unless the tick size is the one last declared: the venue says it once for each token."""
        if change.tick_size == self.tick_size:
            return _UNCHANGED
        self.tick_size = change.tick_size
        self._move_to(change.tick_size)
        return self.lose("tick size changed")

    def lose(self, reason: str) -> BookOutcome:
        """Forgets the levels: what they say can no longer be trusted."""
        self._yes.clear()
        self._no.clear()
        self._hash.stale = True
        self._hash_of_the_batch = None
        self.state = Awaiting(reason)
        return self.state

    def apply_delta(self, delta: BookDelta) -> BookOutcome:
        """`apply` for the commonest of messages."""
        step = self.step
        levels, best_bid, best_ask = delta.levels, delta.best_bid, delta.best_ask
        if (best_bid is not None and best_bid % step) or (best_ask is not None and best_ask % step):
            return self._refuse_delta(delta)
        for _, price, _ in levels:
            if price % step:
                return self._refuse_delta(delta)
        state = self.state
        if type(state) is Awaiting:
            return state
        yes, no = self._yes, self._no
        for outcome, price, size in levels:
            if outcome is YES:
                yes.set(price // step, size)
            else:
                no.set(price // step, size)
        crossed = yes.best + no.best >= PRICE_SCALE
        if crossed:
            self.crossed_instants += 1
        if delta.yes_hash is not None or delta.no_hash is not None:
            by_hash = self._prove_by_hash(delta, crossed)
            if by_hash is not None:
                self.state = by_hash
                return by_hash
        else:
            self._hash.stale = True
        if crossed:
            state = _CROSSED
        elif (best_bid is None or best_bid == yes.best) and (best_ask is None or best_ask == PRICE_SCALE - no.best):
            state = _CLOSED_BY_BEST_PRICES
        else:
            state = _OTHER_BEST_PRICES
        self.state = state
        return state

    def _prove_by_hash(self, delta: BookDelta, crossed: bool) -> Closed | Open | None:
        """What the hash says of the book after `delta`; None where it says nothing.

        A crossed book is in the middle of a batch, or nothing to decide on: it is not worth its hash.
        """
        trust = self.trust
        if trust.state is Verifiability.UNVERIFIABLE:
            return None
        outcome, venue_hash = (YES, delta.yes_hash) if delta.yes_hash is not None else (Outcome.NO, delta.no_hash)
        assert venue_hash is not None
        if venue_hash != self._hash_of_the_batch:
            self._hash_of_the_batch = venue_hash
            self._hash.last_trade.batch_begins()
        self._hash.tick_size = self.tick_size
        self._hash.changed(delta.levels, self.step)
        if crossed:
            return None
        if self._hash.matches(outcome, venue_hash, delta.exchange_ms):
            trust.succeeded()
            return _CLOSED[Proof.HASH]
        trust.failed_to_match(venue_hash, whole_book=False)
        return _OTHER_HASH if trust.state is Verifiability.VERIFIABLE else None

    def _apply_whole(self, book: WholeBook) -> BookOutcome:
        declared = book.tick_size if book.tick_size is not None else self.tick_size
        step = self.step if declared == self.tick_size else declared
        wrong = off_grid((level.price for level in book.levels), step)
        if wrong:
            proven = self._refuse(wrong, book.received_ns)
            if proven is None:
                return OffGrid(wrong[0])
            step = proven
        self.tick_size = declared
        if step != self.step:
            self._move_to(step)
        self._yes.load(_indexed(book.levels, Outcome.YES, step))
        self._no.load(_indexed(book.levels, Outcome.NO, step))
        self._remember_for_the_hash(book)
        if self.is_crossed:
            self.crossed_instants += 1
            self.state = _CROSSED
        else:
            self.state = self._prove_whole(book)
        return self.state

    def _remember_for_the_hash(self, book: WholeBook) -> None:
        known = self._hash
        known.stale = True
        known.tick_size = self.tick_size
        if book.minimum_size is not None:
            known.minimum_size = book.minimum_size
        if book.neg_risk is not None:
            known.neg_risk = book.neg_risk
        if book.last_trade_price is not None:
            known.last_trade.declared(book.last_trade_price)

    def _prove_whole(self, book: WholeBook) -> Closed | Open:
        if book.hash is None:
            self.trust.healed_without_hash()
        if book.hash is None or self.trust.state is Verifiability.UNVERIFIABLE:
            return _CLOSED[Proof.WHOLE]
        if self._hash.matches(book.outcome, book.hash, book.exchange_ms):
            self.trust.succeeded()
            return _CLOSED[Proof.HASH]
        self.trust.failed_to_match(book.hash, whole_book=True)
        return _OTHER_HASH if self.trust.state is Verifiability.VERIFIABLE else _CLOSED[Proof.WHOLE]

    def _refuse_delta(self, delta: BookDelta) -> BookOutcome:
        said = [level.price for level in delta.levels]
        said += [price for price in (delta.best_bid, delta.best_ask) if price is not None]
        wrong = off_grid(said, self.step)
        proven = self._refuse(wrong, delta.received_ns)
        if proven is None:
            return OffGrid(wrong[0])
        self._move_to(proven)
        self.lose("a tick size change was missed")
        return Regridded(proven)

    def _refuse(self, wrong: tuple[Price, ...], received_ns: int) -> TickSize | None:
        """Counts a frame with the prices `wrong`; the finer step, if that is what the frames so far prove."""
        self.off_grid_frames += 1
        prices = off_grid(wrong, self.step)
        if not prices:
            return None
        self._evidence = with_frame(self._evidence, OffGridFrame(received_ns, prices), self._settings.grid)
        proven = finer_step(self.step, self._evidence, self._settings.grid)
        if proven is not None:
            self.regrids += 1
        return proven

    def _move_to(self, step: TickSize) -> None:
        self.step = step
        self._evidence = ()
        self._yes, self._no = Ladder(step), Ladder(step)
        self.yes_bids: Callable[[], Depth] = self._yes.freeze
        self.no_bids: Callable[[], Depth] = self._no.freeze
        self._hash.follow(self._yes, self._no)


def _indexed(levels: Iterable[Level], outcome: Outcome, step: int) -> Iterable[tuple[int, int]]:
    return ((level.price // step, level.size) for level in levels if level.outcome is outcome)
