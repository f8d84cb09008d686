"""The ledger under any history of orders, news and fills: honest ones keep invariants, wild ones corrupt nothing."""

from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from actors.portfolio.booking import AlreadyWritten, Booked, InvariantBroken
from actors.portfolio.ledger import Ledger
from messages.fills import Fill, FillReversed, FillSettled
from messages.identity import MarketId, Outcome, Side, StrategyName, TradeId
from messages.markets import FeeSchedule
from messages.orders import Order, OrderMoved, OrderState
from messages.portfolio import AccountMoved, MoveCause
from messages.units import LOT, PRICE_SCALE, Cash, Price, Shares, notional, proceeds
from tests.actors.samples import (
    ARBITRAGE,
    GAME,
    MAKER,
    OTHER_GAME,
    TAKER_FEES,
    dollars,
    fill_of,
    market,
    moved,
    order_of,
    place,
)

DEPOSIT = dollars(50)
MARKETS = [market(), market(OTHER_GAME, TAKER_FEES)]

prices = st.integers(1, PRICE_SCALE - 1)
sides, outcomes, states = st.sampled_from(Side), st.sampled_from(Outcome), st.sampled_from(OrderState)
games = st.sampled_from([GAME, OTHER_GAME])
strategies = st.sampled_from([MAKER, ARBITRAGE])


class AnAccount(RuleBasedStateMachine):
    """Orders as a careful governor lets them through, fills as an honest venue makes them."""

    @initialize()
    def open_an_account(self) -> None:
        self.ledger = Ledger(DEPOSIT, MARKETS)
        self.records: list[Order | OrderMoved | Fill | FillSettled | FillReversed | AccountMoved] = []
        self.orders: list[Order] = []
        self.fills: list[Fill] = []
        self.ended: set[TradeId] = set()
        self.failed: set[TradeId] = set()
        self.moved_cash = 0

    @rule(
        game=games,
        who=strategies,
        side=sides,
        outcome=outcomes,
        price=prices,
        lots=st.integers(1, 4000),
        post=st.booleans(),
    )
    def write(
        self, game: MarketId, who: StrategyName, side: Side, outcome: Outcome, price: int, lots: int, post: bool
    ) -> None:
        number = len(self.orders)
        wish = place(f"i{number}", side, outcome, price, Shares(lots * LOT), where=game, strategy=who, post_only=post)
        order = order_of(wish, f"o{number}")
        before = self.ledger.view()
        try:
            answer = self.ledger.write(order)
        except InvariantBroken:
            assert self.ledger.view() == before
            return
        assert isinstance(answer, Booked)
        self.orders.append(order)
        self.records.append(order)

    @precondition(lambda self: any(self._held(game, each) >= LOT for game in (GAME, OTHER_GAME) for each in Outcome))
    @rule(data=st.data(), price=prices)
    def sell_what_is_held(self, data: st.DataObject, price: int) -> None:
        held = [(game, each) for game in (GAME, OTHER_GAME) for each in Outcome if self._held(game, each) >= LOT]
        game, outcome = data.draw(st.sampled_from(held))
        lots = data.draw(st.integers(1, self._held(game, outcome) // LOT))
        self.write(game, MAKER, Side.SELL, outcome, price, lots, True)

    @precondition(lambda self: self.orders)
    @rule(data=st.data())
    def write_again(self, data: st.DataObject) -> None:
        assert isinstance(self.ledger.write(data.draw(st.sampled_from(self.orders))), AlreadyWritten)

    @precondition(lambda self: self.orders)
    @rule(data=st.data(), state=states)
    def hear(self, data: st.DataObject, state: OrderState) -> None:
        self._tell(moved(data.draw(st.sampled_from(self.orders)), state))

    @precondition(lambda self: any(self._fillable()))
    @rule(data=st.data(), middle=prices, provisional=st.booleans())
    def match(self, data: st.DataObject, middle: int, provisional: bool) -> None:
        order = data.draw(st.sampled_from(self._fillable()))
        known = self.ledger.order(order.order)
        assert known is not None
        size = Shares(data.draw(st.integers(1, (order.size - known.filled) // LOT)) * LOT)
        better = st.integers(1, order.price) if order.side is Side.BUY else st.integers(order.price, PRICE_SCALE - 1)
        price = data.draw(better)
        fees = TAKER_FEES if order.market == OTHER_GAME and not order.post_only else FeeSchedule(0)
        fee = fees.taker_fee(Price(price), size)
        fill = evolve(fill_of(order, f"t{len(self.fills)}", size, price, middle, fee), provisional=provisional)
        booked = self.ledger.fill(fill)
        assert booked is not None
        assert booked.irregularities == ()
        self.fills.append(fill)
        self.records.append(fill)

    @precondition(lambda self: self.fills)
    @rule(data=st.data())
    def match_again(self, data: st.DataObject) -> None:
        assert self.ledger.fill(data.draw(st.sampled_from(self.fills))) is None

    @precondition(lambda self: self._open_trades())
    @rule(data=st.data(), fails=st.booleans())
    def end(self, data: st.DataObject, fails: bool) -> None:
        fill = data.draw(st.sampled_from(self._open_trades()))
        self.ended.add(fill.trade)
        if fails:
            self.failed.add(fill.trade)
            reversal = FillReversed(fill.trade, fill.order, fill.market, 9)
            booked = self.ledger.reverse(reversal)
            self.records.append(reversal)
        else:
            settled = FillSettled(fill.trade, fill.order, fill.market, 9)
            booked = self.ledger.settle(settled)
            self.records.append(settled)
        assert booked is not None
        assert booked.irregularities == ()

    @rule(cash=st.integers(1, 10**7), rebate=st.booleans())
    def be_given(self, cash: int, rebate: bool) -> None:
        self._transfer(MoveCause.MAKER_REBATE if rebate else MoveCause.DEPOSIT, cash, 0)

    @precondition(lambda self: self.ledger.wallet().free > 0)
    @rule(data=st.data(), splitting=st.booleans())
    def use_what_is_free(self, data: st.DataObject, splitting: bool) -> None:
        cash = data.draw(st.integers(1, self.ledger.wallet().free))
        self._transfer(MoveCause.SPLIT if splitting else MoveCause.WITHDRAWAL, -cash, cash if splitting else 0)

    @invariant()
    def reservations_are_within_what_is_settled_of_the_wallet(self) -> None:
        view = self.ledger.view()
        assert 0 <= view.wallet.reserved <= view.wallet.cash - view.wallet.provisional
        assert view.wallet.provisional >= 0
        assert view.wallet.reserved == sum(each.reserved_cash for each in view.markets)
        for each in view.markets:
            assert 0 <= each.reserved_yes <= each.yes - each.provisional(Outcome.YES)
            assert 0 <= each.reserved_no <= each.no - each.provisional(Outcome.NO)
            assert each.reserved_yes == self._to_be_sold(each.market, Outcome.YES)
            assert each.reserved_no == self._to_be_sold(each.market, Outcome.NO)
        assert self.ledger.shortfalls() == ()

    @invariant()
    def cash_is_what_the_fills_made_of_the_deposit(self) -> None:
        standing = [fill for fill in self.fills if fill.trade not in self.failed]
        assert self.ledger.cash == DEPOSIT + self.moved_cash + sum(flow(fill) for fill in standing)

    @invariant()
    def replay_equals_live(self) -> None:
        assert Ledger.replay(DEPOSIT, MARKETS, self.records) == self.ledger

    @invariant()
    def profit_sums_to_that_of_the_account(self) -> None:
        sums_up(self.ledger, self.ledger.wallet().deposited, {GAME: Price(3217), OTHER_GAME: Price(7777)})

    def _fillable(self) -> list[Order]:
        known = (self.ledger.order(order.order) for order in self.orders)
        return [
            each.order
            for each in known
            if each is not None
            and each.order.size > each.filled
            and (not each.state.is_final or each.state is OrderState.FILLED)
        ]

    def _held(self, game: MarketId, outcome: Outcome) -> Shares:
        portfolio = self.ledger.view().market(game)
        assert portfolio is not None
        return portfolio.yes if outcome is Outcome.YES else portfolio.no

    def _to_be_sold(self, game: MarketId, outcome: Outcome) -> int:
        sales = [
            each for each in self._fillable() if (each.market, each.outcome, each.side) == (game, outcome, Side.SELL)
        ]
        filled = sum(fill.size for fill in self.fills if fill.order in {each.order for each in sales})
        return sum(each.size for each in sales) - filled

    def _open_trades(self) -> list[Fill]:
        return [fill for fill in self.fills if fill.provisional and fill.trade not in self.ended]

    def _transfer(self, cause: MoveCause, cash: int, sets: int) -> None:
        where = GAME if cause is MoveCause.SPLIT else None
        name = f"m{len(self.records)}"
        moved = AccountMoved(name, cause, None, where, Cash(cash), Shares(sets), Shares(sets), 5)
        booked = self.ledger.transfer(moved)
        assert booked is not None
        assert (booked.is_booked, booked.irregularities) == (True, ())
        self.moved_cash += cash
        self.records.append(moved)

    def _tell(self, message: OrderMoved) -> None:
        self.ledger.move(message)
        self.records.append(message)


AnAccount.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestAnAccount = AnAccount.TestCase


def flow(fill: Fill) -> int:
    gross = -notional(fill.price, fill.size) if fill.side is Side.BUY else proceeds(fill.price, fill.size)
    return gross - fill.fee


def sums_up(ledger: Ledger, deposit: Cash, middles: dict[MarketId, Price]) -> None:
    profit = ledger.profit(middles)
    positions = [position for each in ledger.view().markets for position in each.positions]
    worth = ledger.cash + sum(position.value(middles[position.market]) for position in positions)
    paid = profit.rebates + profit.rewards
    assert profit.total == profit.spread + profit.fees + profit.inventory + paid == worth - deposit
    assert profit.realised + profit.unrealised == profit.total
    assert all(
        line.spread + line.fees + line.inventory + line.rebates + line.rewards == line.total for line in profit.lines
    )
    realised = sum(each.realised for each in positions) + sum(each.rebates for each in ledger.view().incomes)
    assert profit.realised == realised


wild_orders = st.builds(
    lambda number, side, outcome, price, size, game: order_of(
        place(f"i{number}", side, outcome, price, Shares(size), where=game), f"o{number}"
    ),
    st.integers(0, 4), sides, outcomes, prices, st.integers(1, 10**8), games,
)  # fmt: skip
wild_fills = st.builds(
    lambda order, trade, size, price, middle, fee: fill_of(order, f"t{trade}", Shares(size), price, middle, fee),
    wild_orders, st.integers(0, 8), st.integers(-1, 10**8), st.integers(-1, 10_001), prices, st.integers(0, 999),
)  # fmt: skip
wild_news = st.one_of(wild_orders, wild_fills, st.builds(moved, wild_orders, states))


@given(st.lists(wild_news, max_size=25), st.fixed_dictionaries({GAME: prices, OTHER_GAME: prices}))
@settings(max_examples=200, deadline=None)
def test_whatever_is_heard_profit_sums_and_replay_is_the_same(
    records: list[Order | Fill | OrderMoved], middles: dict[MarketId, int]
) -> None:
    ledger = Ledger.replay(DEPOSIT, MARKETS, records)
    sums_up(ledger, DEPOSIT, {name: Price(middle) for name, middle in middles.items()})
    assert ledger == Ledger.replay(DEPOSIT, MARKETS, records)
    view = ledger.view()
    assert view.wallet.reserved == sum(each.reserved_cash for each in view.markets) >= 0
    for each in view.markets:
        assert each.yes == sum(position.yes for position in each.positions)
        assert not any(order.state.is_final for order in each.open_orders)
        assert each.reserved_yes >= 0 <= each.reserved_no
