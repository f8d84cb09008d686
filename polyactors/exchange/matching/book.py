"""One market's merged book: a bid for a token meets the bids for the other one that it makes a whole set with.

A BUY of NO at q is a SELL of YES at 1 - q, so every order is a bid for one of the two tokens, and a bid at b crosses
the other token's bids from 1 - b up. Fills are at the resting order's price (polymarket.md 3.3).
"""

from typing import NamedTuple

from messages.identity import Outcome, Side
from messages.units import LOT, PRICE_SCALE, Cash, Price, Shares
from polyactors.exchange.matching.ladder import BidLadder
from polyactors.exchange.matching.resting import OpenOrder
from polyactors.exchange.words import Wallet


class Meeting(NamedTuple):
    """What a taker would take from one resting order. `price` is the taker's, in the terms of its own token."""

    maker: OpenOrder
    price: Price
    size: Shares


class MergedBook:
    __slots__ = ("_ladders",)

    def __init__(self) -> None:
        self._ladders = {Outcome.YES: BidLadder(), Outcome.NO: BidLadder()}

    def best_bid(self, outcome: Outcome) -> Price:
        """0 when nobody bids."""
        return self._ladders[outcome].best

    def bids(self, outcome: Outcome) -> list[tuple[Price, Shares]]:
        """Price and size of each level, best first."""
        return self._ladders[outcome].levels()

    def total(self, outcome: Outcome, price: Price) -> Shares:
        return self._ladders[outcome].total(price)

    def crosses(self, order: OpenOrder) -> bool:
        return self._ladders[order.bids_for.other].best + order.bid >= PRICE_SCALE

    def meetings(self, taker: OpenOrder, budget: Cash | None = None, without: Wallet | None = None) -> list[Meeting]:
        """Whom the taker meets, in order, until its size is used up, or its budget: whole lots only.

        Nothing changes. Orders of the wallet `without` are passed over.
        """
        found: list[Meeting] = []
        wanted: int = taker.remaining - taker.remaining % LOT
        money: int = -1 if budget is None else budget
        is_buy = taker.order.side is Side.BUY
        for maker_bid, level in self._ladders[taker.bids_for.other].down_to(Price(PRICE_SCALE - taker.bid)):
            price = Price(PRICE_SCALE - maker_bid) if is_buy else maker_bid
            for maker in level.orders.values():
                if maker.order.wallet == without:
                    continue
                size: int = min(wanted, maker.remaining)
                size -= size % LOT
                if money >= 0:
                    affordable = money * PRICE_SCALE // price
                    size = min(size, affordable - affordable % LOT)
                if size <= 0:
                    return found
                found.append(Meeting(maker, price, Shares(size)))
                wanted -= size
                if money >= 0:
                    money -= price * size // PRICE_SCALE
                if not wanted:
                    return found
        return found

    def own_in_the_way(self, taker: OpenOrder) -> list[OpenOrder]:
        """The resting orders of the taker's own wallet that it crosses."""
        crossed = self._ladders[taker.bids_for.other].down_to(Price(PRICE_SCALE - taker.bid))
        wallet = taker.order.wallet
        return [maker for _, level in crossed for maker in level.orders.values() if maker.order.wallet == wallet]

    def take(self, meeting: Meeting) -> None:
        """The maker's order gives this much; it leaves the book when less than a lot is left of it."""
        ladder = self._ladders[meeting.maker.bids_for]
        ladder.reduce(meeting.maker, meeting.size)
        if meeting.maker.remaining < LOT:
            ladder.remove(meeting.maker)

    def rest(self, order: OpenOrder) -> None:
        self._ladders[order.bids_for].add(order)

    def remove(self, order: OpenOrder) -> None:
        self._ladders[order.bids_for].remove(order)
