"""When the account at the venue and ours say different things, and when it only looks so.

The chain moves what a trade moves some time after the match, and tells the venue, the venue us, and each read is of
another moment: so a balance that is off proves nothing by itself. A difference is real when it was the same in two
comparisons, one after the other, and all that could explain it stood still in between: the ledger's account of that
asset, every trade in it as the venue has them, and nothing being claimed.
"""

from collections.abc import Iterable, Mapping

from attrs import Factory, frozen

from actors.execution.live.claim_words import ClaimsLooked
from actors.execution.live.fills import fill_id
from actors.execution.live.words import VenueBalances, VenueOrder, VenueTrade, VenueTradeStatus
from actors.portfolio.positions import cash_flow, shares_moved
from messages.fills import Fill
from messages.identity import MarketId, Outcome, TradeId
from messages.portfolio import SettledAccount
from messages.units import LOT, Cash, Shares, format_cash, format_shares

ON_CHAIN = frozenset({VenueTradeStatus.MINED, VenueTradeStatus.CONFIRMED})
"""Statuses of trades that the balances have in them."""


@frozen
class Asset:
    """One token, or cash."""

    market: MarketId | None = None
    outcome: Outcome | None = None

    def text_of(self, amount: int) -> str:
        if self.market is None or self.outcome is None:
            return f"{format_cash(Cash(amount))} pUSD"
        return f"{format_shares(Shares(amount))} {self.outcome.value} of {self.market}"


CASH = Asset()


@frozen
class Baseline:
    """What the account had before our journal began, and is not ours to trade with."""

    cash: Cash = Cash(0)
    shares: Mapping[tuple[MarketId, Outcome], Shares] = Factory(dict)

    def of(self, asset: Asset) -> int:
        if asset.market is None or asset.outcome is None:
            return self.cash
        return self.shares.get((asset.market, asset.outcome), 0)


@frozen(kw_only=True)
class Dust:
    """Differences that nobody looks into: up to a lot of shares, and what rounding may leave."""

    shares: Shares = LOT
    cash: Cash = Cash(10)

    def covers(self, asset: Asset, difference: int) -> bool:
        return abs(difference) <= (self.cash if asset == CASH else self.shares)


@frozen
class Reading:
    """One comparison, in the order in which it was read: claims, the ledger, open orders, trades, balances, the ledger
    again. The trades are all from `since_ns` on; `claims` is None where nobody claims, or nobody was asked."""

    began_ns: int
    since_ns: int
    before: SettledAccount
    orders_asked_ns: int
    orders: tuple[VenueOrder, ...]
    trades: tuple[VenueTrade, ...]
    balances: VenueBalances
    after: SettledAccount
    claims: ClaimsLooked | None = None


@frozen
class Gap:
    """What was found at the venue where something else was expected."""

    asset: Asset
    expected: int
    found: int

    @property
    def difference(self) -> int:
        return self.found - self.expected

    @property
    def text(self) -> str:
        return f"{self.asset.text_of(self.found)} at the venue where {self.asset.text_of(self.expected)} should be"


@frozen
class Judgement:
    """`real` differences, and `doubtful` ones, which another look will tell."""

    real: tuple[Gap, ...]
    doubtful: tuple[Gap, ...]


def since_ns(known_until_ns: int, account: SettledAccount, margin_ns: int) -> int:
    """From when on trades have to be asked for, to have those that are news and those of every unsettled fill."""
    oldest_ns = min((fill.at_ns for fill in account.unsettled), default=known_until_ns)
    return max(0, min(known_until_ns, oldest_ns) - margin_ns)


def judge(previous: Reading | None, now: Reading, baseline: Baseline, dust: Dust) -> Judgement:
    """`previous` is the comparison before this one, if that had any gap."""
    gaps = gaps_of(now, baseline, dust)
    if not gaps or previous is None:
        return Judgement((), gaps)
    before = {gap.asset: gap for gap in gaps_of(previous, baseline, dust)}
    real = tuple(gap for gap in gaps if _is_real(before.get(gap.asset), gap, previous, now, dust))
    return Judgement(real, tuple(gap for gap in gaps if gap not in real))


def gaps_of(reading: Reading, baseline: Baseline, dust: Dust) -> tuple[Gap, ...]:
    """What the balances have beyond dust more or less than what is settled, what was there before us, and what the
    unsettled fills have moved by now."""
    moved = {name for trade in reading.trades if trade.status in ON_CHAIN for name in _names(trade)}
    expected = _settled(reading.before)
    for fill in reading.before.unsettled:
        if fill.trade in moved:
            for asset, amount in _moves(fill):
                expected[asset] = expected.get(asset, 0) + amount
    gaps = (Gap(asset, expected.get(asset, 0) + baseline.of(asset), found) for asset, found in _found(reading.balances))
    return tuple(gap for gap in gaps if not dust.covers(gap.asset, gap.difference))


def not_answered_for(markets: Iterable[MarketId], balances: VenueBalances) -> tuple[MarketId, ...]:
    """The markets of which the venue's answer leaves out a token."""
    answered = {(market, outcome) for market, outcome, _ in balances.shares}
    return tuple(market for market in markets if any((market, outcome) not in answered for outcome in Outcome))


def not_compared(reading: Reading) -> tuple[tuple[Asset, int], ...]:
    """What the ledger has settled of tokens that the venue was not asked for."""
    asked = {asset for asset, _ in _found(reading.balances)}
    return tuple((asset, held) for asset, held in _settled(reading.before).items() if held and asset not in asked)


def _is_real(before: Gap | None, gap: Gap, previous: Reading, now: Reading, dust: Dust) -> bool:
    asset = gap.asset
    if _may_be_claimed(asset, now.claims):
        return False
    if before is None or not dust.covers(asset, gap.difference - before.difference):
        return False
    accounts = (previous.before, previous.after, now.before, now.after)
    if any(_account_of(asset, each) != _account_of(asset, previous.before) for each in accounts):
        return False
    both_from_ns = max(previous.since_ns, now.since_ns)
    return _story_of(asset, previous, both_from_ns) == _story_of(asset, now, both_from_ns)


def _may_be_claimed(asset: Asset, claims: ClaimsLooked | None) -> bool:
    """Redemptions and merges move the chain without a trade, and some time before the ledger knows."""
    if claims is None:
        return False
    return bool(claims.failed) or (bool(claims.in_doubt) if asset == CASH else asset.market in claims.in_doubt)


def _account_of(asset: Asset, account: SettledAccount) -> tuple[int, frozenset[TradeId]]:
    unsettled = (fill.trade for fill in account.unsettled if asset in (CASH, Asset(fill.market, fill.outcome)))
    return _settled(account).get(asset, 0), frozenset(unsettled)


def _story_of(asset: Asset, reading: Reading, from_ns: int) -> frozenset[tuple[TradeId, VenueTradeStatus]]:
    """How the venue has the trades in an asset. One that went on between two reads may have moved the chain before the
    balances were read, and after the trades were."""
    return frozenset(
        (fill_id(trade, part), trade.status)
        for trade in reading.trades
        if trade.matched_ns >= from_ns
        for part in trade.parts
        if asset in (CASH, Asset(part.market, part.outcome))
    )


def _settled(account: SettledAccount) -> dict[Asset, int]:
    amounts: dict[Asset, int] = {Asset(market, outcome): size for market, outcome, size in account.shares}
    amounts[CASH] = account.cash
    return amounts


def _found(balances: VenueBalances) -> Iterable[tuple[Asset, int]]:
    yield CASH, balances.cash
    for market, outcome, size in balances.shares:
        yield Asset(market, outcome), size


def _moves(fill: Fill) -> tuple[tuple[Asset, int], ...]:
    return (CASH, cash_flow(fill) - fill.fee), (Asset(fill.market, fill.outcome), shares_moved(fill))


def _names(trade: VenueTrade) -> Iterable[TradeId]:
    return (fill_id(trade, part) for part in trade.parts)
