"""What an open order may still cost: collateral for a BUY, shares for a SELL."""

from attrs import frozen

from messages.identity import Outcome, Side
from messages.markets import FEE_QUANTUM, FEE_RATE_SCALE, FeeSchedule
from messages.units import LOT, PRICE_SCALE, Cash, Price, Shares, notional


@frozen
class Reserve:
    """Cash in micro-pUSD and shares of each token in micro-shares that nothing else may use."""

    cash: Cash = Cash(0)
    yes: Shares = Shares(0)
    no: Shares = Shares(0)

    def shares(self, outcome: Outcome) -> Shares:
        return self.yes if outcome is Outcome.YES else self.no


NOTHING = Reserve()


def reserve_for(
    side: Side, outcome: Outcome, price: Price, remaining: Shares, post_only: bool, fees: FeeSchedule
) -> Reserve:
    """The most that `remaining` shares of an order with limit `price` take from the wallet.

    BUY  -> their notional, and `worst_taker_fee` unless the order is post-only
    SELL -> the shares; the fee comes out of what they bring
    """
    if remaining <= 0:
        return NOTHING
    if side is Side.BUY:
        fee = 0 if post_only else worst_taker_fee(fees, price, remaining)
        return Reserve(cash=Cash(notional(price, remaining) + fee))
    return Reserve(yes=remaining) if outcome is Outcome.YES else Reserve(no=remaining)


def worst_taker_fee(fees: FeeSchedule, price: Price, shares: Shares) -> Cash:
    """The most that taking `shares` at `price` or better can add to the notional, into however many matches it is cut.

    Each match rounds its own fee to the nearest quantum: at most half a quantum upwards, and never to more than twice
    the fee. Matches are whole lots. Holds for rates up to one half; above that a better price may cost more.
    """
    scale = FEE_RATE_SCALE * (PRICE_SCALE * PRICE_SCALE) ** fees.exponent
    fee = -(-shares * fees.rate_ppm * (price * (PRICE_SCALE - price)) ** fees.exponent // scale)
    matches = -(-shares // LOT)
    return Cash(fee + min(fee, matches * FEE_QUANTUM // 2))
