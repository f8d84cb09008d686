"""The ledger beside a second reckoning that folds everything from scratch: news in any order, twice, and late."""

from attrs import evolve
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from actors.portfolio.booking import Booked, Oddity
from actors.portfolio.ledger import Ledger
from actors.records.money_check import MoneyCheck
from messages.fills import Fill, FillReversed, FillSettled
from messages.identity import MarketId, Outcome, Side, StrategyName, TradeId
from messages.orders import Order
from messages.portfolio import AccountMoved, MoveCause, Position
from messages.units import LOT, PRICE_SCALE, Cash, Price, Shares
from tests.actors.portfolio.naive_account import Heard, NaiveAccount
from tests.actors.samples import ARBITRAGE, GAME, MAKER, OTHER_GAME, dollars, fill_of, market, order_of, place, shares

DEPOSIT = dollars(1_000_000)
MARKETS = [market(), market(OTHER_GAME)]
MIDDLES = {GAME: Price(3217), OTHER_GAME: Price(7777)}

prices = st.integers(1, PRICE_SCALE - 1)
lots = st.integers(1, 3_000)
moments = st.integers(1, 12)
games, whose = st.sampled_from([GAME, OTHER_GAME]), st.sampled_from([MAKER, ARBITRAGE])
maybe_whose = st.sampled_from([MAKER, ARBITRAGE, None])


class TwoReckonings(RuleBasedStateMachine):
    """Everything is told to the ledger and to the naive account. What the ledger says is booked goes into a journal."""

    @initialize()
    def open_the_account(self) -> None:
        self.orders = [
            order_of(
                place(f"{who}-{game[2]}-{side.value}-{outcome.value}", side, outcome, price, where=game, strategy=who),
                f"{who}-{game[2]}-{side.value}-{outcome.value}",
            )
            for who in (MAKER, ARBITRAGE)
            for game in (GAME, OTHER_GAME)
            for side, price in ((Side.BUY, PRICE_SCALE - 1), (Side.SELL, 1))
            for outcome in Outcome
        ]
        self.orders = [evolve(order, size=shares(1_000)) for order in self.orders]
        # The sales are not covered: they are in the journal already.
        self.ledger = Ledger.replay(DEPOSIT, MARKETS, self.orders)
        self.naive = NaiveAccount(DEPOSIT)
        self.journal: list[Order | Heard] = list(self.orders)
        self.trades: dict[TradeId, Fill] = {}
        self.untold: list[Fill] = []

    @rule(data=st.data(), size=lots, price=prices, middle=prices, at_ns=moments, provisional=st.booleans(), fee=lots)
    def match(
        self, data: st.DataObject, size: int, price: int, middle: int, at_ns: int, provisional: bool, fee: int
    ) -> None:
        """The venue matches; it may be heard of at once or later than what becomes of it."""
        order = data.draw(st.sampled_from(self.orders))
        name = f"t{len(self.trades)}"
        fill = evolve(
            fill_of(order, name, Shares(size * LOT), price, middle, fee % 3 * 10, at_ns), provisional=provisional
        )
        self.trades[fill.trade] = fill
        if data.draw(st.booleans()):
            self._tell(fill)
        else:
            self.untold.append(fill)

    @precondition(lambda self: self.untold)
    @rule(data=st.data())
    def hear_late(self, data: st.DataObject) -> None:
        self._tell(self.untold.pop(data.draw(st.integers(0, len(self.untold) - 1))))

    @precondition(lambda self: any(fill.provisional for fill in self.trades.values()))
    @rule(data=st.data(), fails=st.booleans(), again=st.booleans())
    def end(self, data: st.DataObject, fails: bool, again: bool) -> None:
        fill = data.draw(st.sampled_from([fill for fill in self.trades.values() if fill.provisional]))
        if again and fill not in self.untold and not fails:
            self._tell(evolve(fill, provisional=False))
            return
        kind = FillReversed if fails else FillSettled
        self._tell(kind(fill.trade, fill.order, fill.market, 99))

    @precondition(lambda self: self.naive.heard)
    @rule(data=st.data())
    def hear_again(self, data: st.DataObject) -> None:
        message = data.draw(st.sampled_from(self.naive.heard))
        before = self.ledger.view()
        self._tell(message)
        assert self.ledger.view() == before

    @rule(cause=st.sampled_from([MoveCause.DEPOSIT, MoveCause.WITHDRAWAL]), cents=lots, at_ns=moments)
    def put_in_or_take_out(self, cause: MoveCause, cents: int, at_ns: int) -> None:
        cash = cents * 10_000 * (-1 if cause is MoveCause.WITHDRAWAL else 1)
        self._tell(self._moved(cause, None, None, cash, 0, 0, at_ns))

    @rule(
        cause=st.sampled_from([MoveCause.MAKER_REBATE, MoveCause.REWARD]),
        who=maybe_whose,
        game=st.sampled_from([GAME, OTHER_GAME, None]),
        cash=lots,
        at_ns=moments,
    )
    def be_paid(self, cause: MoveCause, who: StrategyName | None, game: MarketId | None, cash: int, at_ns: int) -> None:
        self._tell(self._moved(cause, who, game, cash, 0, 0, at_ns))

    @rule(merging=st.booleans(), who=whose, game=games, size=lots, at_ns=moments)
    def split_or_merge(self, merging: bool, who: StrategyName, game: MarketId, size: int, at_ns: int) -> None:
        cause, sets = (MoveCause.MERGE, -size * LOT) if merging else (MoveCause.SPLIT, size * LOT)
        self._tell(self._moved(cause, who, game, -sets, sets, sets, at_ns))

    @rule(
        who=whose,
        game=games,
        yes=st.integers(0, 2_000),
        no=st.integers(0, 2_000),
        pays=st.sampled_from([0, PRICE_SCALE // 2, PRICE_SCALE]),
        at_ns=moments,
    )
    def redeem(self, who: StrategyName, game: MarketId, yes: int, no: int, pays: int, at_ns: int) -> None:
        if yes or no:
            cash = (yes * pays + no * (PRICE_SCALE - pays)) * LOT // PRICE_SCALE
            moved = self._moved(MoveCause.REDEMPTION, who, game, cash, -yes * LOT, -no * LOT, at_ns)
            self._tell(evolve(moved, yes_pays=Price(pays)))

    @invariant()
    def cash_and_shares_are_those_of_the_second_reckoning(self) -> None:
        wallet = self.ledger.wallet()
        naive = self.naive
        assert (wallet.cash, wallet.deposited) == (naive.cash(), naive.deposited())
        assert wallet.provisional == naive.waiting_cash()
        settled = self.ledger.settled()
        assert settled.cash == naive.cash(settled_only=True)
        held = {(game, outcome): size for game, outcome, size in settled.shares}
        for game in (GAME, OTHER_GAME):
            portfolio = self.ledger.view().market(game)
            assert portfolio is not None
            for outcome, there in ((Outcome.YES, portfolio.yes), (Outcome.NO, portfolio.no)):
                assert there == naive.shares(game, outcome)
                assert held.get((game, outcome), 0) == naive.shares(game, outcome, settled_only=True)
                assert there == sum(position.shares(outcome) for position in portfolio.positions)
        open_trades = {fill.trade for fill in naive.standing() if naive.fate(fill.trade) == "open"}
        assert {fill.trade for fill in settled.unsettled} == open_trades

    @invariant()
    def each_position_is_that_of_the_second_reckoning(self) -> None:
        lines = self.naive.lines()
        for (game, who), line in lines.items():
            if game is None:
                income = next(each for each in self.ledger.view().incomes if each.strategy == who)
                assert (income.rebates, income.rewards) == (line.rebates, line.rewards)
                continue
            position = positions_of(self.ledger)[game, who]
            assert position.cost(Outcome.YES) == line.piles[Outcome.YES].cost
            assert position.cost(Outcome.NO) == line.piles[Outcome.NO].cost
            assert position.realised == line.realised
            assert position.unrealised(MIDDLES[MarketId(game)]) == line.unrealised(MIDDLES[MarketId(game)])
            assert (position.fees, position.rebates, position.rewards) == (line.fees, line.rebates, line.rewards)
            assert (position.maker_fills, position.maker_volume) == (len(line.made), sum(line.made))
            assert (position.taker_fills, position.taker_volume) == (len(line.taken), sum(line.taken))
            assert position.edge_at_fill == line.spread
        gone = [position for key, position in positions_of(self.ledger).items() if key not in lines]
        assert all(position == Position(position.market, position.strategy) for position in gone)

    @invariant()
    def profit_has_causes_that_sum_and_is_realised_or_not(self) -> None:
        profit = self.ledger.profit(MIDDLES)
        assert profit.total == self.naive.worth(MIDDLES) - self.naive.deposited()
        assert profit.spread + profit.fees + profit.inventory + profit.rebates + profit.rewards == profit.total
        assert profit.realised + profit.unrealised == profit.total
        assert profit.realised == sum(line.realised for line in self.naive.lines().values())

    @invariant()
    def reservations_are_sums(self) -> None:
        view = self.ledger.view()
        assert view.wallet.reserved == sum(each.reserved_cash for each in view.markets) >= 0

    @invariant()
    def the_journal_makes_the_same_ledger_and_an_auditor_sees_the_same_money(self) -> None:
        assert Ledger.replay(DEPOSIT, MARKETS, self.journal) == self.ledger
        check = MoneyCheck(DEPOSIT)
        texts = [text for message in self.journal for number, text in check.see(message) if number == 5]
        assert [text for text in texts if "beyond its size" not in text] == []
        assert check.cash == self.ledger.cash
        for game in (GAME, OTHER_GAME):
            for outcome in Outcome:
                assert check.held(game, outcome) == self.naive.shares(game, outcome)

    def _moved(
        self, cause: MoveCause, who: StrategyName | None, game: MarketId | None, cash: int, yes: int, no: int, at: int
    ) -> AccountMoved:
        return AccountMoved(f"m{len(self.journal)}", cause, who, game, Cash(cash), Shares(yes), Shares(no), at)

    def _tell(self, message: Heard) -> None:
        contradicts = isinstance(message, FillSettled | FillReversed) and _contradicts(self.naive, message)
        booked = tell(self.ledger, message)
        if contradicts:
            assert booked is not None
            assert {each.oddity for each in booked.irregularities} <= {Oddity.REVERSED_LATE, Oddity.SETTLED_LATE}
            assert not booked.is_booked
        self.naive.hear(message)
        if booked is not None and booked.is_booked:
            self.journal.append(booked.record or message)


def _contradicts(naive: NaiveAccount, message: FillSettled | FillReversed) -> bool:
    wanted = "failed" if isinstance(message, FillReversed) else "settled"
    return naive.fate(message.trade) not in ("open", wanted)


def tell(ledger: Ledger, message: Heard) -> Booked | None:
    match message:
        case Fill():
            return ledger.fill(message)
        case FillSettled():
            return ledger.settle(message)
        case FillReversed():
            return ledger.reverse(message)
        case AccountMoved():
            return ledger.transfer(message)


def positions_of(ledger: Ledger) -> dict[tuple[str, StrategyName], Position]:
    return {(each.market, each.strategy): each for portfolio in ledger.view().markets for each in portfolio.positions}


TwoReckonings.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestTwoReckonings = TwoReckonings.TestCase
