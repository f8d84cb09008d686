"""The governor's veto: each reason for it, and that what it lets pass the ledger can always carry."""

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.portfolio.booking import Booked
from actors.portfolio.ledger import Ledger
from actors.risk.governor_rules import Veto, judge
from actors.risk.limits import RiskLimits, market_exposure, total_exposure
from actors.risk.reservations import PendingReservations
from messages.fills import Fill
from messages.identity import IntentId, Outcome, Side
from messages.intents import Place, Refusal
from messages.orders import Order
from messages.risk import Reservation, RiskMode
from messages.units import LOT, Cash, Price, Shares
from tests.actors.samples import GAME, OTHER_GAME, TAKER_FEES, dollars, fill_of, market, order_of, place, shares

LIMITS = RiskLimits(dollars(60), dollars(80), 3, dollars(50))
BUY = order_of(place("i1"))


def ledger_of(*records: Order | Fill, deposit: int = 100) -> Ledger:
    return Ledger.replay(dollars(deposit), [market(), market(OTHER_GAME, TAKER_FEES)], records)


HOLDING_100 = (BUY, fill_of(BUY))


def verdict(
    wish: Place,
    ledger: Ledger | None = None,
    mode: RiskMode = RiskMode.NORMAL,
    pending: PendingReservations | None = None,
    limits: RiskLimits = LIMITS,
) -> Reservation | Veto:
    view = (ledger or ledger_of()).view()
    game = market(wish.market, TAKER_FEES) if wish.market == OTHER_GAME else market()
    return judge(wish, view, pending or PendingReservations(), mode, limits, game)


def refusal(answer: Reservation | Veto) -> Refusal | None:
    return answer.refusal if isinstance(answer, Veto) else None


def pending_of(*wishes: Place) -> PendingReservations:
    pending = PendingReservations()
    for wish in wishes:
        answer = verdict(wish, limits=RiskLimits(dollars(999), dollars(999), 99, dollars(999)))
        assert isinstance(answer, Reservation)
        pending.add(wish, answer)
    return pending


def test_what_is_allowed_gets_its_reservation() -> None:
    assert verdict(place()) == Reservation(IntentId("i1"), GAME, dollars(40), Shares(0), Shares(0))


def test_an_intent_is_authorised_once() -> None:
    assert refusal(verdict(place(), pending=pending_of(place()))) is Refusal.DUPLICATE
    assert refusal(verdict(place(), ledger_of(BUY))) is Refusal.DUPLICATE


@pytest.mark.parametrize("size", [0, -5])
def test_an_order_of_nothing_is_none(size: int) -> None:
    assert refusal(verdict(place(size=Shares(size)))) is Refusal.TOO_SMALL


@pytest.mark.parametrize("price", [0, 10_000, -1])
def test_a_price_at_the_ends_is_none(price: int) -> None:
    assert refusal(verdict(place(price=price))) is Refusal.OFF_TICK


def test_the_rules_are_of_the_market_that_the_order_is_for() -> None:
    with pytest.raises(ValueError, match="not for"):
        judge(place(), ledger_of().view(), PendingReservations(), RiskMode.NORMAL, LIMITS, market(OTHER_GAME))


class TestTheMode:
    def test_halt_lets_nothing_pass_not_even_what_reduces(self) -> None:
        wish = place("i2", Side.SELL, size=shares(10))
        answer = verdict(wish, ledger_of(*HOLDING_100), RiskMode.HALT)
        assert refusal(answer) is Refusal.MODE

    @pytest.mark.parametrize("mode", [RiskMode.REDUCE_ONLY, RiskMode.FLATTEN])
    def test_reduce_only_lets_a_sale_of_what_is_held_pass(self, mode: RiskMode) -> None:
        wish = place("i2", Side.SELL, size=shares(100))
        assert isinstance(verdict(wish, ledger_of(*HOLDING_100), mode), Reservation)
        assert refusal(verdict(evolve(wish, size=shares(101)), ledger_of(*HOLDING_100), mode)) is Refusal.MODE

    @pytest.mark.parametrize("mode", [RiskMode.REDUCE_ONLY, RiskMode.FLATTEN])
    def test_reduce_only_lets_no_new_risk_pass(self, mode: RiskMode) -> None:
        assert refusal(verdict(place(), mode=mode)) is Refusal.MODE

    def test_buying_the_other_token_reduces_up_to_what_is_held(self) -> None:
        wish = place("i2", outcome=Outcome.NO, price=1000, size=shares(100))
        assert isinstance(verdict(wish, ledger_of(*HOLDING_100), RiskMode.REDUCE_ONLY), Reservation)
        answer = verdict(evolve(wish, size=shares(101)), ledger_of(*HOLDING_100), RiskMode.REDUCE_ONLY)
        assert answer == Veto(Refusal.MODE, "REDUCE_ONLY: BUY of 101 NO, but only 100 would reduce what is held")

    def test_shares_on_their_way_out_reduce_only_once(self) -> None:
        sale = place("i2", Side.SELL, size=shares(70))
        hedge = place("i3", outcome=Outcome.NO, price=1000, size=shares(31))
        holding = ledger_of(*HOLDING_100, order_of(sale, "o2"))
        assert refusal(verdict(hedge, holding, RiskMode.REDUCE_ONLY)) is Refusal.MODE
        assert isinstance(verdict(evolve(hedge, size=shares(30)), holding, RiskMode.REDUCE_ONLY), Reservation)
        pending = pending_of(evolve(hedge, intent=IntentId("i4"), size=shares(30)))
        assert refusal(verdict(evolve(hedge, size=shares(1)), holding, RiskMode.REDUCE_ONLY, pending)) is Refusal.MODE

    def test_an_open_purchase_of_the_other_token_reduces_only_once(self) -> None:
        hedge = place("i2", outcome=Outcome.NO, price=1000, size=shares(60))
        holding = ledger_of(*HOLDING_100, order_of(hedge, "o2"))
        again = evolve(hedge, intent=IntentId("i3"))
        assert refusal(verdict(again, holding, RiskMode.REDUCE_ONLY)) is Refusal.MODE
        assert isinstance(verdict(evolve(again, size=shares(40)), holding, RiskMode.REDUCE_ONLY), Reservation)


class TestALimit:
    def test_of_one_order_says_the_amounts(self) -> None:
        answer = verdict(place(price=5100))
        assert answer == Veto(Refusal.ORDER_TOO_LARGE, "the order: 0 pUSD and 51 more, 50 are allowed")

    def test_of_a_market_counts_what_is_held_open_and_pending(self) -> None:
        small = place("i9", price=1000, size=shares(100))
        holding = ledger_of(*HOLDING_100, order_of(evolve(small, intent=IntentId("i2")), "o2"))
        answer = verdict(evolve(small, size=shares(1)), holding, pending=pending_of(place("i3", price=1000)))
        assert answer == Veto(Refusal.MARKET_LIMIT, "the market: 60 pUSD and 0.1 more, 60 are allowed")

    def test_of_everything_counts_all_markets(self) -> None:
        answer = verdict(place("i2", where=OTHER_GAME, price=4100), ledger_of(*HOLDING_100))
        assert refusal(answer) is Refusal.TOTAL_LIMIT

    def test_of_everything_counts_what_is_pending(self) -> None:
        elsewhere = pending_of(place("i2", where=OTHER_GAME, price=4500))
        assert isinstance(verdict(place(price=3500), pending=elsewhere), Reservation)
        assert refusal(verdict(place(price=3501), pending=elsewhere)) is Refusal.TOTAL_LIMIT

    def test_does_not_count_a_loss_once_nothing_is_held(self) -> None:
        sale = order_of(place("i2", Side.SELL, price=1000), "o2")
        over = ledger_of(*HOLDING_100, sale, fill_of(sale, "t2"))
        assert market_exposure(over.view(), PendingReservations(), GAME) == 0
        assert isinstance(verdict(place("i3", price=5000), over), Reservation)

    def test_on_open_orders_counts_the_pending_ones(self) -> None:
        tiny = [place(f"i{number}", size=shares(1)) for number in range(4)]
        assert refusal(verdict(tiny[3], ledger_of(order_of(tiny[0])), pending=pending_of(*tiny[1:3]))) is (
            Refusal.ORDER_LIMIT
        )

    def test_on_money_does_not_keep_anybody_from_selling(self) -> None:
        nothing = RiskLimits(Cash(0), Cash(0), 3, Cash(0))
        sale = place("i2", Side.SELL)
        assert isinstance(verdict(sale, ledger_of(*HOLDING_100), limits=nothing), Reservation)


def test_cash_that_is_promised_is_not_free() -> None:
    generous = RiskLimits(dollars(999), dollars(999), 9, dollars(999))
    answer = verdict(place("i2", price=3000), ledger_of(BUY, deposit=60), limits=generous)
    assert answer == Veto(Refusal.NOT_ENOUGH_CASH, "30 pUSD needed, 20 free")


def test_cash_that_is_pending_is_not_free() -> None:
    generous = RiskLimits(dollars(999), dollars(999), 9, dollars(999))
    answer = verdict(place("i2", price=3000), ledger_of(deposit=60), pending=pending_of(place("i1")), limits=generous)
    assert answer == Veto(Refusal.NOT_ENOUGH_CASH, "30 pUSD needed, 20 free")


def test_shares_that_are_promised_are_not_free() -> None:
    sale = place("i2", Side.SELL, size=shares(70))
    answer = verdict(place("i3", Side.SELL, size=shares(31)), ledger_of(*HOLDING_100, order_of(sale, "o2")))
    assert answer == Veto(Refusal.NOT_ENOUGH_SHARES, "SELL of 31 YES, 30 are free")


wishes = st.builds(
    lambda side, outcome, price, lots, game, post, filled: (
        place("", side, outcome, price, Shares(lots * LOT), where=game, post_only=post),
        filled,
    ),
    st.sampled_from(Side),
    st.sampled_from(Outcome),
    st.integers(1, 9999),
    st.integers(1, 12_000),
    st.sampled_from([GAME, OTHER_GAME]),
    st.booleans(),
    st.booleans(),
)


@given(st.lists(wishes, max_size=20), st.sampled_from(RiskMode))
@settings(max_examples=200, deadline=None)
def test_what_the_governor_lets_pass_the_ledger_can_carry_and_the_limits_hold(
    history: list[tuple[Place, bool]], last_mode: RiskMode
) -> None:
    ledger, pending, authorised = ledger_of(deposit=70), PendingReservations(), []
    for number, (drawn, filled) in enumerate(history):
        wish = evolve(drawn, intent=IntentId(f"i{number}"))
        mode = last_mode if number > len(history) // 2 else RiskMode.NORMAL
        answer = verdict(wish, ledger, mode, pending)
        if isinstance(answer, Reservation):
            pending.add(wish, answer)
            authorised.append((wish, filled))
        for game in (GAME, OTHER_GAME):
            if wish.side is Side.BUY and isinstance(answer, Reservation) and wish.market == game:
                assert market_exposure(ledger.view(), pending, game) <= LIMITS.market_exposure
                assert total_exposure(ledger.view(), pending) <= LIMITS.total_exposure
        if len(authorised) == 2:
            for each, whole in authorised:
                order = order_of(each, f"o{each.intent}")
                booked = ledger.write(order)
                assert isinstance(booked, Booked)
                assert booked.order is not None
                pending.seen(booked.order)
                if whole:
                    fees = TAKER_FEES if each.market == OTHER_GAME and not each.post_only else market().fees
                    fee = fees.taker_fee(Price(each.price), each.size)
                    ledger.fill(fill_of(order, f"t{each.intent}", fee=fee))
            authorised = []
    assert ledger.shortfalls() == ()
