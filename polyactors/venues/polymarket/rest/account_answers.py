"""What the CLOB says of our account: balances, keys, heartbeats, notifications (polymarket_wire.md 3, 4.5 and 7.4)."""

from enum import Enum, IntEnum

import msgspec
from attrs import frozen

from messages.identity import MarketId, OrderId
from polyactors.venues.polymarket.rest.authenticator import ApiCredentials
from polyactors.venues.polymarket.rest.decoding import decoded, named
from polyactors.venues.polymarket.rest.exact_numbers import base_units_of, milliseconds_of
from polyactors.venues.refused import Refused


class AssetType(Enum):
    """Of what a balance is: pUSD, outcome tokens, or position ids of protocol two."""

    COLLATERAL = "COLLATERAL"
    CONDITIONAL = "CONDITIONAL"
    CONDITIONAL_V2 = "CONDITIONAL-V2"


@frozen
class BalanceAllowance:
    """In base units, a millionth of a pUSD or share. `allowances` by spender, up to 2**256 - 1."""

    balance: int
    allowances: tuple[tuple[str, int], ...]


class NotificationType(IntEnum):
    ORDER_CANCELLATION = 1
    ORDER_FILL = 2
    MARKET_REGISTERED = 3
    MARKET_RESOLVED = 4
    REWARD_PAYOUT = 5
    COMMENT = 6
    YIELD = 7
    ORDER_FILL_FAILED = 8
    AUTO_REDEEMED = 9
    COMBO_AUTO_REDEEMED = 10
    TAKER_TIER = 11


@frozen
class Notification:
    """`type` is None for one that the documents do not know: it is told all the same. `market` and `order` are what it
    is about, as far as its payload, which is kept as it came, says so."""

    number: int
    type: NotificationType | None
    at_ms: int | None
    market: MarketId | None
    order: OrderId | None
    payload: bytes


@frozen
class HeartbeatAccepted:
    """`next_id` is the one to send next."""

    next_id: str


@frozen
class HeartbeatMismatched:
    """The beat did not count; `expected_id` would have."""

    expected_id: str


@frozen
class Geoblock:
    """Whether orders are taken from our address, as the venue's website sees it."""

    is_blocked: bool
    ip: str
    country: str
    region: str


class _Balance(msgspec.Struct):
    balance: str
    allowances: dict[str, str]


class _Keys(msgspec.Struct):
    apiKey: str
    secret: str
    passphrase: str


class _KeyList(msgspec.Struct):
    apiKeys: list[str]


class _ClosedOnly(msgspec.Struct):
    closed_only: bool


class _Beat(msgspec.Struct):
    heartbeat_id: str


class _Geoblock(msgspec.Struct):
    blocked: bool
    ip: str = ""
    country: str = ""
    region: str = ""


class _About(msgspec.Struct):
    market: object = None
    condition_id: object = None
    conditionId: object = None
    order_id: object = None


class _Notification(msgspec.Struct):
    id: int | str
    type: int
    payload: msgspec.Raw
    timestamp: int | str | None = None


_TYPES = {int(each): each for each in NotificationType}


def read_balance(body: bytes) -> BalanceAllowance:
    """Raises `Refused`, as all of these do."""
    wire = decoded(body, _Balance)
    allowances = tuple((named(spender, "spender"), base_units_of(units)) for spender, units in wire.allowances.items())
    return BalanceAllowance(base_units_of(wire.balance), allowances)


def read_credentials(body: bytes, address: str) -> ApiCredentials:
    wire = decoded(body, _Keys)
    if not (wire.apiKey and wire.secret and wire.passphrase):
        raise Refused("missing_field", "a key without all of its parts")
    return ApiCredentials(address, wire.apiKey, wire.secret, wire.passphrase)


def read_key_ids(body: bytes) -> tuple[str, ...]:
    return tuple(named(each, "key") for each in decoded(body, _KeyList).apiKeys)


def read_closed_only(body: bytes) -> bool:
    return decoded(body, _ClosedOnly).closed_only


def read_ok(body: bytes) -> None:
    if decoded(body, str) != "OK":
        raise Refused("wrong_type", 'anything but "OK"')


def read_beat(body: bytes) -> HeartbeatAccepted:
    return HeartbeatAccepted(named(decoded(body, _Beat).heartbeat_id, "heartbeat"))


def mismatch_in(status: int, body: bytes) -> HeartbeatMismatched | None:
    """What a refusal says of the beat that was expected; its id may be "" where none is armed."""
    if status != 400:
        return None
    try:
        return HeartbeatMismatched(decoded(body, _Beat).heartbeat_id)
    except Refused:
        return None


def read_geoblock(body: bytes) -> Geoblock:
    wire = decoded(body, _Geoblock)
    return Geoblock(wire.blocked, wire.ip, wire.country, wire.region)


def read_notifications(body: bytes) -> tuple[Notification, ...]:
    """A type that nobody knows does not cost us the others."""
    return tuple(_notification(each) for each in decoded(body, list[_Notification]))


def _notification(wire: _Notification) -> Notification:
    payload = bytes(wire.payload)
    about = decoded(payload, _About) if payload.lstrip()[:1] == b"{" else _About()
    market = next((each for each in (about.market, about.condition_id, about.conditionId) if isinstance(each, str)), "")
    order = about.order_id if isinstance(about.order_id, str) else ""
    return Notification(
        number=base_units_of(str(wire.id)),
        type=_TYPES.get(wire.type),
        at_ms=milliseconds_of(wire.timestamp),
        market=MarketId(market) if market else None,
        order=OrderId(order) if order else None,
        payload=payload,
    )
