"""A small exchange to trade on by hand: one plain market, a negRisk event of three, one market with a delay."""

from itertools import count

from messages.identity import EventId, MarketId, OrderId, Outcome, Side, TokenId
from messages.markets import FeeSchedule, Market
from messages.units import CASH_SCALE, SHARE_SCALE, Cash, Price, Shares, TickSize
from polyactors.exchange.core import Exchange
from polyactors.exchange.settings import ExchangeSettings
from polyactors.exchange.words import (
    ApiKey,
    EventListing,
    ExchangeEvent,
    Kind,
    Listing,
    NewOrder,
    OrderType,
    Placed,
    Refused,
    Wallet,
)

SECOND_NS = 1_000_000_000
START_NS = 1_800_000_000 * SECOND_NS
YES, NO, BUY, SELL = Outcome.YES, Outcome.NO, Side.BUY, Side.SELL
ALICE, BOB, CAROL = Wallet("alice"), Wallet("bob"), Wallet("carol")


def market(number: int, event: str = "plain", *, neg_risk: bool = False, fee_ppm: int = 0) -> Market:
    return Market(
        market=MarketId(f"0x{number:064x}"),
        event=EventId(event),
        slug=f"market-{number}",
        question=f"Question {number}?",
        yes_token=TokenId(f"{number}1" * 20),
        no_token=TokenId(f"{number}2" * 20),
        tick_size=TickSize(100),
        fees=FeeSchedule(fee_ppm),
        neg_risk=neg_risk,
    )


def listing(of: Market, number: int, *, taker_delay_ns: int = 0, rebate_ppm: int = 0) -> Listing:
    return Listing(
        market=of,
        number=number,
        kind=Kind.NEG_RISK if of.neg_risk else Kind.BINARY,
        labels=("Yes", "No"),
        question_id="0x00",
        description="",
        category="Sports",
        accepts_from_ms=0,
        opens_ms=0,
        taker_delay_ns=taker_delay_ns,
        rebate_ppm=rebate_ppm,
    )


PLAIN = market(1)
WITH_FEES = market(2, fee_ppm=50_000)
DELAYED = market(3)
GROUP = tuple(market(number, "group", neg_risk=True) for number in (4, 5, 6))


class Floor:
    """Orders are given in decimals of pUSD and whole shares; the owner of an order is its wallet's name."""

    def __init__(self, settings: ExchangeSettings | None = None) -> None:
        self.exchange = Exchange(settings or ExchangeSettings(), 0, START_NS)
        self.now_ns = START_NS
        self.news: list[ExchangeEvent] = []
        self._ids = count(1)
        event = EventListing(EventId("group"), 1, "Group", "", "Politics", 0, 0, neg_risk=True)
        self.exchange.list_event(event, START_NS)
        self.exchange.list_market(listing(PLAIN, 1), START_NS)
        self.exchange.list_market(listing(WITH_FEES, 2, rebate_ppm=150_000), START_NS)
        self.exchange.list_market(listing(DELAYED, 3, taker_delay_ns=SECOND_NS), START_NS)
        for number, each in enumerate(GROUP):
            self.exchange.list_market(listing(each, 4 + number), START_NS)
        self.exchange.listeners.append(self.news.append)

    def give(
        self,
        wallet: Wallet,
        side: Side,
        outcome: Outcome,
        price: float,
        shares: float,
        *,
        order_type: OrderType = OrderType.GTC,
        post_only: bool = False,
        expiration_s: int = 0,
        budget: float | None = None,
        on: Market = PLAIN,
        order: OrderId | None = None,
    ) -> Placed | Refused:
        order_id = order or OrderId(f"0x{next(self._ids):064x}")
        new = NewOrder(
            order=order_id,
            wallet=wallet,
            owner=ApiKey(wallet),
            market=on.market,
            outcome=outcome,
            side=side,
            price=Price(round(price * 10_000)),
            size=Shares(round(shares * SHARE_SCALE)),
            order_type=order_type,
            post_only=post_only,
            expiration_s=expiration_s,
            budget=None if budget is None else Cash(round(budget * CASH_SCALE)),
        )
        return self.exchange.submit(new, self.now_ns)

    def placed(self, *arguments: object, **options: object) -> Placed:
        answer = self.give(*arguments, **options)  # type: ignore[arg-type]
        assert isinstance(answer, Placed), answer
        return answer

    def refused(self, *arguments: object, **options: object) -> str:
        answer = self.give(*arguments, **options)  # type: ignore[arg-type]
        assert isinstance(answer, Refused), answer
        return answer.text

    def split(self, wallet: Wallet, shares: float, on: Market = PLAIN) -> None:
        assert self.exchange.split(wallet, on.market, Shares(round(shares * SHARE_SCALE)), self.now_ns) is None

    def wait(self, seconds: float) -> None:
        self.now_ns += round(seconds * SECOND_NS)
        self.exchange.advance(self.now_ns)

    def cash(self, wallet: Wallet) -> float:
        return self.exchange.cash(wallet, self.now_ns) / CASH_SCALE

    def shares(self, wallet: Wallet, outcome: Outcome, on: Market = PLAIN) -> float:
        return self.exchange.shares(wallet, on.market, outcome) / SHARE_SCALE

    def check_cash(self) -> None:
        totals = self.exchange.totals()
        assert totals.deposited == totals.in_accounts + totals.in_escrow + totals.fees + totals.locked
