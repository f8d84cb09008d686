"""What the CLOB says about a market and its tokens (polymarket_wire.md 4.1 and 4.2)."""

from decimal import Decimal

import msgspec
from attrs import frozen

from messages.identity import MarketId, TokenId
from messages.markets import FEE_RATE_SCALE, NO_FEES, FeeSchedule
from messages.units import SHARE_SCALE, Shares, TickSize
from polyactors.venues.polymarket.rest.decoding import decoded, market_of, token_of
from polyactors.venues.polymarket.rest.exact_numbers import tick_size_of, whole
from polyactors.venues.refused import Refused

_HIGHEST_EXPONENT = 8
_LONGEST_DELAY_S = 86_400


@frozen
class ClobMarket:
    """A market's terms of trade now. The first token is YES, whatever its label."""

    market: MarketId
    yes_token: TokenId
    no_token: TokenId
    labels: tuple[str, str]
    tick_size: TickSize
    minimum_size: Shares
    fees: FeeSchedule
    neg_risk: bool
    accepts_orders: bool | None
    taker_delay_s: int


@frozen
class TokenPlace:
    """Which market a token belongs to."""

    market: MarketId
    yes_token: TokenId
    no_token: TokenId


class _Token(msgspec.Struct):
    t: str
    o: str = ""


class _Fees(msgspec.Struct):
    r: Decimal = Decimal(0)
    e: Decimal = Decimal(1)


class _Market(msgspec.Struct):
    t: list[_Token]
    mts: Decimal
    mos: Decimal
    c: str | None = None
    nr: bool = False
    fd: _Fees | None = None
    ao: bool | None = None
    sd: int | None = None


class _Place(msgspec.Struct):
    condition_id: str
    primary_token_id: str
    secondary_token_id: str


class _TickSize(msgspec.Struct):
    minimum_tick_size: Decimal


class _NegRisk(msgspec.Struct):
    neg_risk: bool


class _FeeRate(msgspec.Struct):
    base_fee: Decimal


class _Version(msgspec.Struct):
    version: int


def read_market(body: bytes, asked: MarketId) -> ClobMarket:
    """Raises `Refused`, as all of these do."""
    market = decoded(body, _Market)
    if market.c is not None and not _is_same(market.c, asked):
        raise Refused("wrong_market", f"the market is {market.c[:80]!r}")
    yes, no = _two(*(each.t for each in market.t))
    delay_s = market.sd or 0
    if not 0 <= delay_s <= _LONGEST_DELAY_S:
        raise Refused("bad_time", f"a delay of {delay_s} s")
    return ClobMarket(
        market=asked,
        yes_token=yes,
        no_token=no,
        labels=(market.t[0].o, market.t[1].o),
        tick_size=tick_size_of(market.mts),
        minimum_size=_size(market.mos),
        fees=_fees(market.fd),
        neg_risk=market.nr,
        accepts_orders=market.ao,
        taker_delay_s=delay_s,
    )


def read_place(body: bytes, asked: TokenId) -> TokenPlace:
    place = decoded(body, _Place)
    yes, no = _two(place.primary_token_id, place.secondary_token_id)
    if asked not in (yes, no):
        raise Refused("wrong_token", f"the market of {yes} and {no}")
    return TokenPlace(market_of(place.condition_id), yes, no)


def read_tick_size(body: bytes) -> TickSize:
    return tick_size_of(decoded(body, _TickSize).minimum_tick_size)


def read_neg_risk(body: bytes) -> bool:
    return decoded(body, _NegRisk).neg_risk


def read_base_fee_bps(body: bytes) -> int:
    """A legacy limit, no input of what a taker pays (field note 19)."""
    return _not_negative(whole(decoded(body, _FeeRate).base_fee, 1))


def read_order_version(body: bytes) -> int:
    return decoded(body, _Version).version


def read_epoch_s(body: bytes) -> int:
    """The venue's clock: a bare number of seconds."""
    seconds = decoded(body, int)
    if not 10**9 < seconds < 10**11:
        raise Refused("bad_time", f"{seconds} is no time in seconds")
    return seconds


def _fees(fees: _Fees | None) -> FeeSchedule:
    if fees is None:
        return NO_FEES
    rate_ppm, exponent = whole(fees.r, FEE_RATE_SCALE), whole(fees.e, 1)
    if not 0 <= rate_ppm <= FEE_RATE_SCALE or not 0 <= exponent <= _HIGHEST_EXPONENT:
        raise Refused("bad_fees", f"a rate of {fees.r:.40} with exponent {fees.e:.40}")
    return FeeSchedule(rate_ppm, exponent) if rate_ppm else NO_FEES


def _size(number: Decimal) -> Shares:
    return Shares(_not_negative(whole(number, SHARE_SCALE)))


def _not_negative(number: int) -> int:
    if number < 0:
        raise Refused("bad_number", f"{number} is below 0")
    return number


def _two(*texts: str) -> tuple[TokenId, TokenId]:
    tokens = [token_of(text) for text in texts]
    if len(tokens) != 2 or tokens[0] == tokens[1]:
        raise Refused("bad_tokens", f"{len(tokens)} tokens, which should be two different ones")
    return tokens[0], tokens[1]


def _is_same(told: str, asked: str) -> bool:
    """Ids of protocol two come with and without a last byte of zeros."""
    return told.lower().ljust(66, "0") == asked.lower().ljust(66, "0")
