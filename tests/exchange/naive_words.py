"""The words of the naive exchange, in fractions of a pUSD or of a share; times are epoch nanoseconds."""

from fractions import Fraction
from math import ceil, floor

from attrs import define

SECOND_NS = 1_000_000_000
CENT = Fraction(1, 100)
MICRO = 10**6


@define(eq=False)
class NaiveMarket:
    name: str
    event: str
    tick: Fraction
    fee_rate: Fraction = Fraction(0)
    delay_ns: int = 0
    neg_risk: bool = False
    minimum: Fraction = Fraction(5)
    is_open: bool = True
    yes_pays: Fraction | None = None


@define(eq=False)
class NaiveOrder:
    name: str
    wallet: str
    market: str
    token: str
    is_buy: bool
    price: Fraction
    size: Fraction
    kind: str
    post_only: bool = False
    expiration_s: int = 0
    budget: Fraction | None = None
    left: Fraction = Fraction(0)
    number: int = 0
    state: str = "NEW"


@define(eq=False)
class NaiveFill:
    maker: NaiveOrder
    price: Fraction
    size: Fraction


@define(eq=False)
class NaiveTrade:
    taker: NaiveOrder
    price: Fraction
    size: Fraction
    fee: Fraction
    bucket: int
    fills: list[NaiveFill]
    state: str = "MATCHED"
    fails: bool = False

    def sides(self) -> list[tuple[NaiveOrder, Fraction, Fraction, Fraction]]:
        """Each party with its own price, size and fee."""
        makers = [(fill.maker, fill.maker.price, fill.size, Fraction(0)) for fill in self.fills]
        return [(self.taker, self.price, self.size, self.fee), *makers]


MODE_TEXTS = {
    "RESTARTING": "matching engine restarting",
    "POST_ONLY": "post-only mode: only post-only orders and cancels are allowed",
    "CANCEL_ONLY": "Trading is currently cancel-only. New orders are not accepted, but cancels are allowed.",
    "DISABLED": "Trading is currently disabled. Check polymarket.com for updates",
}


def ends_ns(order: NaiveOrder) -> int:
    return (order.expiration_s - 60) * SECOND_NS


def cost(price: Fraction, size: Fraction) -> Fraction:
    """Up to the next micro-pUSD."""
    return Fraction(ceil(price * size * MICRO), MICRO)


def unspent(order: NaiveOrder, fills: list[NaiveFill]) -> Fraction:
    """What a market BUY has left; without a budget there is always too much left."""
    spent = sum(fill.price * fill.size for fill in fills)
    return Fraction(10**9) if order.budget is None else order.budget - spent


def five_places(amount: Fraction) -> Fraction:
    """Rounded to the nearest 0.00001, halves up."""
    return Fraction(floor(amount * 10**5 + Fraction(1, 2)), 10**5)


def plain(number: Fraction) -> str:
    """The shortest decimal."""
    whole, rest = divmod(int(number * MICRO), MICRO)
    return f"{whole}.{rest:06d}".rstrip("0").rstrip(".")
