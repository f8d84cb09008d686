"""What the signer refuses to sign whoever asks: its own caps, looked up in the fields that it is about to sign.

The notional of an order is what it lets go of at worst: the cash of a BUY, and for a SELL one dollar a share, which is
what a share may pay. By the price that a SELL asks, giving away all shares for nothing would be a small order.
"""

from collections import deque
from collections.abc import Collection
from enum import Enum

from attrs import field, frozen

from messages.identity import TokenId
from messages.units import NANOSECONDS_PER_SECOND, Cash, format_cash
from polyactors.venues.polymarket.signer.exchanges import ExchangeKind
from polyactors.venues.polymarket.signing.addresses import Address
from polyactors.venues.polymarket.signing.orders import SignedOrder

MINUTE_NS = 60 * NANOSECONDS_PER_SECOND
HOUR_NS = 60 * MINUTE_NS

_KNOWN_CONTRACTS = frozenset(kind.domain.contract for kind in ExchangeKind)


class BadCaps(ValueError):
    """Caps that cannot be meant."""


class AnyAsset(Enum):
    """Stands for all tokens, where the markets traded are not known beforehand. It has to be said."""

    ANY = "any"


@frozen
class Caps:
    """The two notionals may be reached, not exceeded; `minute_notional` holds for any 60 s. `exchanges` are verifying
    contracts. Besides `assets`, `further_assets` tokens may be allowed later: so many at a time, and so many anew in
    any hour. Raises `BadCaps`."""

    order_notional: Cash
    minute_notional: Cash
    exchanges: frozenset[Address]
    assets: frozenset[TokenId] | AnyAsset = field()
    further_assets: int = 0

    def __attrs_post_init__(self) -> None:
        if self.order_notional <= 0 or self.minute_notional <= 0:
            raise BadCaps("a notional of nothing allows no order")
        if not self.exchanges or not self.exchanges <= _KNOWN_CONTRACTS:
            raise BadCaps(f"exchanges have to be some of {', '.join(sorted(_KNOWN_CONTRACTS))}")
        if self.assets is AnyAsset.ANY:
            return
        if self.further_assets < 0:
            raise BadCaps("further_assets is a number from 0")
        if not self.assets and not self.further_assets:
            raise BadCaps("no assets are allowed: name them, or say that it may be any")
        for token in self.assets:
            if not is_token_id(token):
                raise BadCaps(f"{token[:90]!r} is no token id")


def is_token_id(token: TokenId) -> bool:
    return token.isascii() and token.isdecimal() and not token.startswith("0")


class Cap(Enum):
    ORDER_NOTIONAL = "order_notional"
    MINUTE_NOTIONAL = "minute_notional"
    EXCHANGE = "exchange"
    ASSET = "asset"
    FURTHER_ASSETS = "further_assets"


@frozen
class Exceeded:
    """A cap that an order exceeds, and by what, for a person to read."""

    cap: Cap
    detail: str


def order_notional(order: SignedOrder) -> Cash:
    """In either direction it is the maker's amount: shares and cash have the same base unit, a millionth."""
    return Cash(order.maker_amount)


class Allowance:
    """Counts what was signed in the last minute, and what was allowed anew in the last hour. Times are of one monotone
    clock; one that goes back stands still.

    Invariant: the orders counted in any minute have at most `caps.minute_notional` together, as long as none is counted
    that exceeds a cap.
    """

    def __init__(self, caps: Caps) -> None:
        self._caps = caps
        self._counted: deque[tuple[int, Cash]] = deque()
        self._minute = Cash(0)
        self._now_ns = 0
        self._further: set[TokenId] = set()
        self._allowed_at: deque[int] = deque()

    def exceeded(self, order: SignedOrder, exchange: ExchangeKind, now_ns: int) -> tuple[Exceeded, ...]:
        """All caps that signing `order` now would exceed."""
        self._forget(now_ns)
        caps, wanted, contract = self._caps, order_notional(order), exchange.domain.contract
        found = []
        if wanted > caps.order_notional:
            detail = f"{format_cash(wanted)} in an order, {format_cash(caps.order_notional)} allowed"
            found.append(Exceeded(Cap.ORDER_NOTIONAL, detail))
        if self._minute + wanted > caps.minute_notional:
            sums = f"{format_cash(wanted)} after {format_cash(self._minute)} within a minute"
            found.append(Exceeded(Cap.MINUTE_NOTIONAL, f"{sums}, {format_cash(caps.minute_notional)} allowed"))
        if contract not in caps.exchanges:
            found.append(Exceeded(Cap.EXCHANGE, f"the contract {contract} is not allowed"))
        if not self._is_allowed(order.token_id):
            found.append(Exceeded(Cap.ASSET, f"the token {order.token_id[:90]} is not allowed"))
        return tuple(found)

    def allow(self, tokens: Collection[TokenId], now_ns: int) -> Exceeded | None:
        """From now on orders for `tokens` may be signed, or why not: all of them or none."""
        self._forget(now_ns)
        new = {token for token in tokens if not self._is_allowed(token)}
        most = self._caps.further_assets
        at_once, in_the_hour = len(self._further) + len(new), len(self._allowed_at) + len(new)
        if new and max(at_once, in_the_hour) > most:
            detail = f"{at_once} tokens at a time, {in_the_hour} anew in an hour, {most} allowed besides the first"
            return Exceeded(Cap.FURTHER_ASSETS, detail)
        self._further |= new
        self._allowed_at.extend(self._now_ns for _ in new)
        return None

    def withdraw(self, tokens: Collection[TokenId]) -> None:
        """Of those that were allowed later; those of the start stay."""
        self._further -= set(tokens)

    @property
    def further(self) -> int:
        """How many are allowed besides those of the start."""
        return len(self._further)

    def _is_allowed(self, token: TokenId) -> bool:
        assets = self._caps.assets
        return assets is AnyAsset.ANY or token in assets or token in self._further

    def count(self, order: SignedOrder, now_ns: int) -> None:
        """`order` was signed."""
        self._forget(now_ns)
        wanted = order_notional(order)
        self._counted.append((self._now_ns, wanted))
        self._minute = Cash(self._minute + wanted)

    def _forget(self, now_ns: int) -> None:
        self._now_ns = max(self._now_ns, now_ns)
        while self._counted and self._counted[0][0] <= self._now_ns - MINUTE_NS:
            self._minute = Cash(self._minute - self._counted.popleft()[1])
        while self._allowed_at and self._allowed_at[0] <= self._now_ns - HOUR_NS:
            self._allowed_at.popleft()
