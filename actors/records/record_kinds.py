"""What may be in the journal, what of it are decisions, and the hash that tells whether two runs decided alike."""

import hashlib
from collections.abc import Iterable

from attrs import AttrsInstance

from actors.records.journal_store import Record, Row
from messages.claims import MergeOver, MergeSent
from messages.control import AccountOpened, ClearMode, SessionEnded, SessionStarted, SetMode
from messages.fills import Fill, FillReversed, FillSettled
from messages.intents import Cancel, Flatten, IntentRefused, OpportunityCounted, Place
from messages.market_data import MarketResolution
from messages.markets import Market
from messages.orders import CancelOrders, Order, OrderChanged, OrderMoved, OrderSigned
from messages.ownership import LeaseChanged
from messages.portfolio import AccountMoved
from messages.risk import Authorised, BookClean, BookDirty, ExecutionReady, ModeChanged, ReservationReleased
from messages.serial import Codec
from messages.sessions import MarketJoined, MarketLeft, SessionIs

DECISIONS: tuple[type[AttrsInstance], ...] = (
    Place,
    Cancel,
    Flatten,
    IntentRefused,
    OpportunityCounted,
    Authorised,
    ReservationReleased,
    CancelOrders,
    Order,
    OrderMoved,
    OrderChanged,
    Fill,
    FillSettled,
    FillReversed,
    LeaseChanged,
    ModeChanged,
    BookDirty,
    BookClean,
)
"""What was decided, and what came of it; the same input gives the same of these, byte for byte (invariant 10)."""

CIRCUMSTANCES: tuple[type[AttrsInstance], ...] = (
    SessionStarted,
    SessionEnded,
    ExecutionReady,
    Market,
    MarketResolution,
    SetMode,
    ClearMode,
    OrderSigned,
    AccountOpened,
    AccountMoved,
    MergeSent,
    MergeOver,
    MarketJoined,
    MarketLeft,
    SessionIs,
)
"""When and under what the decisions were made: the session, the markets as listed, the hands of operators, the account
as it was found, and what came to it and left it without a trade; markets that came and went, and their sessions."""

RECORD_CODEC = Codec(DECISIONS + CIRCUMSTANCES)

_DECISION_KINDS = frozenset(each.__name__ for each in DECISIONS)


def row_of(message: AttrsInstance, at_ns: int) -> Row:
    """The row that keeps `message`. Raises `KeyError` for a class that is not journaled."""
    return Row(at_ns, type(message).__name__, correlation_of(message), RECORD_CODEC.encode(message))


def message_of(record: Record) -> AttrsInstance:
    """What the record keeps. Raises `messages.serial.BadDocument`, also for a kind of a newer version."""
    return RECORD_CODEC.decode(record.payload)


def correlation_of(message: AttrsInstance) -> str:
    """The intent that the record belongs to; the order, where the message names no intent; empty for neither."""
    match message:
        case Authorised(place=place):
            return place.intent
        case OrderChanged(order=order):
            return order.intent
        case Place() | Cancel() | Flatten() | IntentRefused() | Order() | ReservationReleased():
            return message.intent
        case OrderMoved() | OrderSigned() | Fill() | FillSettled() | FillReversed():
            return message.order
    return ""


def decision_hash(rows: Iterable[Row | Record]) -> str:
    """SHA-256, in hexadecimal, over the payloads of the decisions in their order, a line each."""
    digest = hashlib.sha256()
    for row in rows:
        if row.kind in _DECISION_KINDS:
            digest.update(row.payload.encode())
            digest.update(b"\n")
    return digest.hexdigest()
