"""A second reckoning of an account, as naive as can be: everything that was ever heard, folded from scratch each time
it is asked, with fractions, and with what was earned added up sale by sale."""

from collections.abc import Mapping
from fractions import Fraction
from math import floor

from attrs import Factory, define

from messages.fills import Fill, FillReversed, FillSettled, Liquidity
from messages.identity import MarketId, Outcome, Side, StrategyName, TradeId
from messages.portfolio import ACCOUNT, AccountMoved, MoveCause
from messages.units import CASH_SCALE, PRICE_SCALE, SHARE_SCALE, Price

Heard = Fill | FillSettled | FillReversed | AccountMoved


@define
class Pile:
    """The shares of one token that one strategy holds; what they cost; and what was earned by those that went."""

    held: int = 0
    cost: int = 0
    earned: int = 0

    def trade(self, came: int, paid: int) -> None:
        """Unit by unit it would be the same: first what is there goes, then what is beyond it begins a new pile."""
        away = min(abs(came), abs(self.held)) if came * self.held < 0 else 0
        if away:
            stays = floor(Fraction(self.cost) * (abs(self.held) - away) / abs(self.held))
            went = self.cost - stays
            for_it = paid - floor(Fraction(paid) * (abs(came) - away) / abs(came))
            self.earned += -for_it - went
            self.cost = stays
            paid -= for_it
        self.cost += paid
        self.held += came


@define
class Line:
    """One strategy in one market."""

    piles: dict[Outcome, Pile] = Factory(lambda: {each: Pile() for each in Outcome})
    fees: int = 0
    rebates: int = 0
    rewards: int = 0
    spread: Fraction = Fraction(0)
    made: list[int] = Factory(list)
    taken: list[int] = Factory(list)

    @property
    def realised(self) -> int:
        return sum(pile.earned for pile in self.piles.values()) - self.fees + self.rebates + self.rewards

    def unrealised(self, middle: Price) -> int:
        value = self.piles[Outcome.YES].held * middle + self.piles[Outcome.NO].held * (PRICE_SCALE - middle)
        return floor(Fraction(value, PRICE_SCALE)) - sum(pile.cost for pile in self.piles.values())


@define
class NaiveAccount:
    """Sizes of whole lots, so that a trade never rounds; and no move of shares but of a strategy that is named."""

    deposit: int
    heard: list[Heard] = Factory(list)

    def hear(self, message: Heard) -> None:
        self.heard.append(message)

    def standing(self) -> list[Fill]:
        """The fills that have not failed, once each."""
        fills: dict[TradeId, Fill] = {}
        for each in self.heard:
            if isinstance(each, Fill):
                fills.setdefault(each.trade, each)
        return [fill for trade, fill in fills.items() if self.fate(trade) != "failed"]

    def fate(self, trade: TradeId) -> str:
        """The first final word."""
        for each in self.heard:
            if isinstance(each, AccountMoved) or each.trade != trade:
                continue
            if isinstance(each, FillReversed):
                return "failed"
            if isinstance(each, FillSettled) or not each.provisional:
                return "settled"
        return "open"

    def moves(self) -> list[AccountMoved]:
        found: dict[str, AccountMoved] = {}
        for each in self.heard:
            if isinstance(each, AccountMoved):
                found.setdefault(each.move, each)
        return list(found.values())

    def cash(self, *, settled_only: bool = False) -> int:
        fills = [fill for fill in self.standing() if not settled_only or self.fate(fill.trade) == "settled"]
        return self.deposit + sum(_flow(fill) - fill.fee for fill in fills) + sum(each.cash for each in self.moves())

    def deposited(self) -> int:
        transfers = (MoveCause.DEPOSIT, MoveCause.WITHDRAWAL)
        return self.deposit + sum(each.cash for each in self.moves() if each.cause in transfers)

    def waiting_cash(self) -> int:
        return sum(
            _flow(fill) - fill.fee
            for fill in self.standing()
            if fill.side is Side.SELL and self.fate(fill.trade) == "open"
        )

    def shares(self, market: str, outcome: Outcome, *, settled_only: bool = False) -> int:
        fills = [fill for fill in self.standing() if (fill.market, fill.outcome) == (market, outcome)]
        if settled_only:
            fills = [fill for fill in fills if self.fate(fill.trade) == "settled"]
        moved = [each.yes if outcome is Outcome.YES else each.no for each in self.moves() if each.market == market]
        return sum(_came(fill) for fill in fills) + sum(moved)

    def lines(self) -> dict[tuple[str | None, StrategyName], Line]:
        lines: dict[tuple[str | None, StrategyName], Line] = {}
        transfers = (MoveCause.DEPOSIT, MoveCause.WITHDRAWAL)
        moves = [each for each in self.moves() if each.cause not in transfers]
        events: list[Fill | AccountMoved] = [*self.standing(), *moves]
        for each in sorted(events, key=_order):
            line = lines.setdefault((each.market, each.strategy or ACCOUNT), Line())
            match each:
                case Fill():
                    _book(line, each)
                case AccountMoved(cause=MoveCause.MAKER_REBATE):
                    line.rebates += each.cash
                case AccountMoved(cause=MoveCause.REWARD):
                    line.rewards += each.cash
                case AccountMoved(cause=MoveCause.SPLIT | MoveCause.MERGE):
                    for outcome in Outcome:
                        line.piles[outcome].trade(each.yes, each.yes // 2)
                case AccountMoved(cause=MoveCause.REDEMPTION):
                    pays = {Outcome.YES: each.yes_pays or 0, Outcome.NO: PRICE_SCALE - (each.yes_pays or 0)}
                    for outcome, came in ((Outcome.YES, each.yes), (Outcome.NO, each.no)):
                        if came:
                            line.piles[outcome].trade(came, came * pays[outcome] // PRICE_SCALE)
        return lines

    def worth(self, middles: Mapping[MarketId, Price]) -> int:
        markets = {fill.market for fill in self.standing()} | {each.market for each in self.moves() if each.market}
        value = Fraction(0)
        for market in markets:
            yes, no = self.shares(market, Outcome.YES), self.shares(market, Outcome.NO)
            value += Fraction(yes * middles[market] + no * (PRICE_SCALE - middles[market]), PRICE_SCALE)
        assert CASH_SCALE == SHARE_SCALE
        assert value.denominator == 1
        return self.cash() + int(value)


def _order(what: Fill | AccountMoved) -> tuple[int, bool, str]:
    return (what.at_ns, isinstance(what, Fill), what.trade if isinstance(what, Fill) else what.move)


def _book(line: Line, fill: Fill) -> None:
    line.piles[fill.outcome].trade(_came(fill), -_flow(fill))
    line.fees += fill.fee
    middle = fill.middle if fill.outcome is Outcome.YES else PRICE_SCALE - fill.middle
    line.spread += Fraction(_came(fill) * (middle - fill.price), PRICE_SCALE)
    (line.made if fill.liquidity is Liquidity.MAKER else line.taken).append(abs(_flow(fill)))


def _came(fill: Fill) -> int:
    return fill.size if fill.side is Side.BUY else -fill.size


def _flow(fill: Fill) -> int:
    """Whole lots: it never rounds."""
    flow = Fraction(-_came(fill) * fill.price, PRICE_SCALE)
    assert flow.denominator == 1
    return int(flow)
