"""An order's form on the wire, as the venue's clients have it and as the exchange reads it, and what answers mean."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from actors.execution.live.words import InDoubt, NotSent, PostOutcome, Refused, Taken
from messages.identity import EventId, IntentId, MarketId, OrderId, Outcome, Side, StrategyName, TokenId
from messages.intents import SnapshotId, TimeInForce
from messages.markets import Market
from messages.orders import Order
from messages.units import LOT, NANOSECONDS_PER_SECOND, TICK_SIZES, Price, Shares, TickSize
from polyactors.exchange.clob.limit_price import Terms, order_terms
from polyactors.exchange.words import OrderType
from polyactors.venues.polymarket.live_account.order_making import SALTS, OrderMade, make_order, random_salt
from polyactors.venues.polymarket.live_account.owner import Owner
from polyactors.venues.polymarket.live_account.post_outcomes import post_outcome
from polyactors.venues.polymarket.live_account.settings import ENDS_EARLY_S, LEAST_LEAD_S, SHORTEST_GTD_NS
from polyactors.venues.polymarket.market_exchange import NoExchange, orderable
from polyactors.venues.polymarket.order_version import OrderVersion
from polyactors.venues.polymarket.rest.failures import (
    Failure,
    Geoblocked,
    Malformed,
    RateLimited,
    Rejected,
    RestrictedMode,
    Restriction,
    Unauthorised,
    UnknownOutcome,
    Unreachable,
)
from polyactors.venues.polymarket.rest.posting import OrderToPost, Placed, PlacedAs
from polyactors.venues.polymarket.rest.reject_codes import RejectCode
from polyactors.venues.polymarket.signer.exchanges import ExchangeKind
from polyactors.venues.polymarket.signer.order_amounts import BadAmounts
from polyactors.venues.polymarket.signing.addresses import ZERO_ADDRESS, Address
from polyactors.venues.polymarket.signing.keys import SigningKey
from polyactors.venues.polymarket.signing.orders import LegacyTerms, SignatureType, order_digest
from polyactors.venues.polymarket.signing.sign_order import sign_order
from tests.venues.polymarket.signed_orders import order_from_wire
from tests.venues.polymarket.signers import KEY, TOKEN

CENT = TickSize(100)
GOLDEN = "reference/golden/signing_vectors.json"
NOW_NS = 1_795_132_800_123 * 1_000_000
POSITION = TokenId(str(1 << 250 | 3))
OWNER = Owner(KEY.address, KEY.address, SignatureType.EOA)
MARKET = Market(
    market=MarketId("0x" + "22" * 32),
    event=EventId("event"),
    slug="market",
    question="?",
    yes_token=TOKEN,
    no_token=TokenId(TOKEN + "1"),
    tick_size=TickSize(100),
)
ORDER = Order(
    order=OrderId("1"),
    intent=IntentId("i"),
    strategy=StrategyName("s"),
    market=MARKET.market,
    outcome=Outcome.YES,
    side=Side.BUY,
    price=Price(5_000),
    size=Shares(10_000_000),
    time_in_force=TimeInForce.GTC,
    post_only=False,
    expires_ns=NOW_NS + 600 * NANOSECONDS_PER_SECOND,
    fencing=1,
    snapshot=SnapshotId(1, 1),
    rationale="",
    written_ns=NOW_NS,
)


def made(
    order: Order = ORDER, tick_size: TickSize = CENT, *, market: Market = MARKET, owner: Owner = OWNER,
    now_ns: int = NOW_NS, salt: Callable[[], int] = random_salt,
) -> OrderMade:  # fmt: skip
    return make_order(order, market, tick_size, owner, now_ns, least_lead_s=LEAST_LEAD_S, salt=salt)


def test_orders_are_those_that_the_golden_vectors_have(shared: Path) -> None:
    golden: dict[str, Any] = json.loads((shared / GOLDEN).read_text())
    key = SigningKey.from_hex(golden["private_key"])
    contracts = {kind.domain.contract: kind for kind in ExchangeKind}
    for vector in golden["orders"]:
        expected, exchange = order_from_wire(vector["order"]), contracts[vector["verifyingContract"]]
        owner = Owner(key.address, Address(expected.maker), expected.signature_type)
        market = evolve(MARKET, neg_risk=exchange is ExchangeKind.V2_NEG_RISK)
        found = made(market=market, owner=owner, salt=partial(int, expected.salt))
        assert found.unsigned == evolve(expected, signature=b"")
        # The vectors of the newest contract are of a token of the older one.
        assert exchange is ExchangeKind.V3 or found.exchange is exchange
        assert "0x" + order_digest(found.unsigned, exchange.domain).hex() == vector["order_hash"]
        assert "0x" + sign_order(found.unsigned, exchange.domain, key).signature.hex() == vector["signature"]


def test_the_contract_follows_from_the_market() -> None:
    for neg_risk, token, kind in (
        (False, TOKEN, ExchangeKind.V2),
        (True, TOKEN, ExchangeKind.V2_NEG_RISK),
        (False, POSITION, ExchangeKind.V3),
        (True, POSITION, ExchangeKind.V3),
    ):
        assert made(market=evolve(MARKET, neg_risk=neg_risk, yes_token=token)).exchange is kind


def test_an_order_of_the_first_version_signs_its_fee_rate_and_its_end() -> None:
    for neg_risk, kind in ((False, ExchangeKind.V1), (True, ExchangeKind.V1_NEG_RISK)):
        order = evolve(ORDER, time_in_force=TimeInForce.GTD)
        found = make_order(
            order, evolve(MARKET, neg_risk=neg_risk), CENT, OWNER, NOW_NS, least_lead_s=LEAST_LEAD_S, fee_rate_bps=17
        )
        assert found.exchange is kind
        assert found.expiration_s == made(order).expiration_s > 0
        expected = LegacyTerms(ZERO_ADDRESS, found.expiration_s, 0, 17)
        assert (found.unsigned.legacy, found.unsigned.timestamp_ms) == (expected, 0)


def test_the_first_version_has_no_orders_for_markets_of_protocol_two() -> None:
    newer = evolve(MARKET, yes_token=POSITION)
    with pytest.raises(NoExchange, match="protocol two"):
        make_order(ORDER, newer, CENT, OWNER, NOW_NS, least_lead_s=LEAST_LEAD_S, fee_rate_bps=0)
    assert orderable((MARKET, newer), OrderVersion.V1) == (MARKET,)
    assert orderable((MARKET, newer), OrderVersion.V2) == (MARKET, newer)


@st.composite
def orders_on_a_grid(draw: st.DrawFn) -> tuple[Order, TickSize]:
    tick_size = draw(st.sampled_from(TICK_SIZES))
    order = evolve(
        ORDER,
        side=draw(st.sampled_from(Side)),
        price=Price(draw(st.integers(1, 10_000 // tick_size - 1)) * tick_size),
        size=Shares(draw(st.integers(1, 10**8)) * LOT),
        time_in_force=draw(st.sampled_from(TimeInForce)),
    )
    return order, tick_size


@given(orders_on_a_grid())
def test_the_exchange_reads_what_was_meant_or_nothing_is_signed(case: tuple[Order, TickSize]) -> None:
    """A market BUY is cut to whole cents of cash: it never wants more shares than were ordered, nor less than a cent's
    worth below; and it is never at another price."""
    order, tick_size = case
    try:
        signed = made(order, tick_size).unsigned
    except BadAmounts:
        assert order.side is Side.BUY
        assert order.time_in_force in (TimeInForce.FOK, TimeInForce.FAK)
        assert order.price * order.size < 10**4 * 10**6, "only very small orders cannot be rounded"
        return
    kind = OrderType(order.time_in_force.value)
    terms = order_terms(order.side, signed.maker_amount, signed.taker_amount, kind, tick_size)
    assert isinstance(terms, Terms), terms
    assert terms.price == order.price
    if terms.budget is None:
        assert terms.size == order.size
    else:
        assert terms.budget <= order.price * order.size // 10_000
        assert terms.size <= order.size
        assert (order.size - terms.size) * order.price < 3 * 10_000 * 10_000
    assert 0 <= signed.salt < SALTS


@pytest.mark.parametrize("price", [0, 1, 5_050, 10_000, 9_999])
def test_what_is_off_the_grid_is_not_signed(price: int) -> None:
    with pytest.raises(BadAmounts):
        made(evolve(ORDER, price=Price(price)))


@given(st.integers(0, 10**13), st.integers(0, 999_999_999))
def test_a_stamp_is_the_time_that_was_wanted_or_the_soonest_that_the_venue_takes(life_ns: int, part_ns: int) -> None:
    now_ns = NOW_NS + part_ns
    order = evolve(ORDER, time_in_force=TimeInForce.GTD, expires_ns=now_ns + life_ns)
    if life_ns == 0:
        with pytest.raises(BadAmounts):
            made(order, now_ns=now_ns)
        return
    stamp_ns = made(order, now_ns=now_ns).expiration_s * NANOSECONDS_PER_SECOND
    ends_ns = stamp_ns - ENDS_EARLY_S * NANOSECONDS_PER_SECOND
    assert stamp_ns >= now_ns + LEAST_LEAD_S * NANOSECONDS_PER_SECOND
    if life_ns >= SHORTEST_GTD_NS + 2 * NANOSECONDS_PER_SECOND:
        assert order.expires_ns - NANOSECONDS_PER_SECOND < ends_ns <= order.expires_ns
    else:
        assert ends_ns <= now_ns + SHORTEST_GTD_NS + 2 * NANOSECONDS_PER_SECOND


def test_only_orders_that_are_good_till_a_date_have_a_stamp() -> None:
    for kind in (TimeInForce.GTC, TimeInForce.FAK, TimeInForce.FOK):
        assert made(evolve(ORDER, time_in_force=kind)).expiration_s == 0


def test_what_takes_at_once_cannot_be_post_only() -> None:
    with pytest.raises(BadAmounts):
        made(evolve(ORDER, time_in_force=TimeInForce.FAK, post_only=True))


# What answers mean

TO_POST = OrderToPost(OrderId("0x1"), made().unsigned, "owner", TimeInForce.GTC)


@pytest.mark.parametrize(
    ("answer", "meant"),
    [
        (Rejected("no", RejectCode.OTHER), Refused),
        (Rejected("no", RejectCode.CROSSES_BOOK), Refused),
        (Rejected("it is there", RejectCode.DUPLICATED), Taken),
        (Rejected("later", RejectCode.DELAYED), InDoubt),
        (Rejected("unmatched", RejectCode.UNMATCHED), InDoubt),
        (UnknownOutcome("?"), InDoubt),
        (UnknownOutcome("?", 500), InDoubt),
        (Malformed("?", 200, b"", may_have_acted=True), InDoubt),
        (Malformed("?", 302, b""), NotSent),
        (RestrictedMode(Restriction.POST_ONLY, 79.0), NotSent),
        (RateLimited(None, was_sent=False), NotSent),
        (Unauthorised("?"), NotSent),
        (Geoblocked("?"), NotSent),
        (Unreachable("?"), NotSent),
    ],
)
def test_only_a_refusal_of_the_order_itself_is_one_and_doubt_stays_doubt(
    answer: Failure, meant: type[PostOutcome]
) -> None:
    assert isinstance(post_outcome(TO_POST, answer), meant)


@pytest.mark.parametrize(
    ("side", "kind", "paid", "received", "rests"),
    [
        (Side.BUY, TimeInForce.GTC, 0, 0, True),
        (Side.BUY, TimeInForce.GTC, 2_500_000, 5_000_000, True),
        (Side.BUY, TimeInForce.GTC, 4_000_000, 10_000_000, False),
        (Side.BUY, TimeInForce.GTC, 4_999_000, 9_995_000, False),
        (Side.BUY, TimeInForce.FAK, 2_500_000, 5_000_000, False),
        (Side.SELL, TimeInForce.GTD, 5_000_000, 2_500_000, True),
        (Side.SELL, TimeInForce.GTD, 10_000_000, 6_000_000, False),
    ],
)
def test_whether_an_order_rests_is_told_by_what_was_executed(
    side: Side, kind: TimeInForce, paid: int, received: int, rests: bool
) -> None:
    signed = made(evolve(ORDER, side=side, time_in_force=kind)).unsigned
    placed_as = PlacedAs.MATCHED if paid else PlacedAs.LIVE
    placed = Placed(OrderId("0x1"), placed_as, paid, received, (), ())
    assert post_outcome(OrderToPost(OrderId("0x1"), signed, "owner", kind), placed) == Taken(rests)
