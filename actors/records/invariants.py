"""Invariants 1 to 5 of design section 6, as far as the journal shows them: a fold over its records in order."""

from collections.abc import Collection, Iterable, Mapping
from typing import Self

from attrs import define

from actors.records.journal_store import Record
from actors.records.money_check import MoneyCheck, Token
from actors.records.origin_check import OriginCheck
from actors.records.permission_check import PermissionCheck
from actors.records.record_kinds import message_of
from actors.records.violation import Violation
from messages.identity import OrderId
from messages.markets import Market
from messages.units import Cash, Shares


@define
class InvariantCheck:
    """Reckons for itself: nothing of the ledger or the governor is used.

    1  reserved cash and shares never exceed what there is
    2  no order on a dirty book unless authorised before; none authorised in HALT, in FLATTEN only what reduces
    3  each order was authorised under the last lease granted, and names strategy, snapshot, lease and rationale
    4  one order an intent, written once, before anything is heard of it
    5  fills are of known orders, within their size, each trade once; the venue says the same in the end
    """

    _money: MoneyCheck
    _permission: PermissionCheck
    _origin: OriginCheck
    _seq: int

    @classmethod
    def start(cls, deposit: Cash, markets: Iterable[Market] = ()) -> Self:
        """Before the first record. Fees come from `markets` and from records of markets; without, none are reserved."""
        money = MoneyCheck(deposit, {market.market: market.fees for market in markets})
        return cls(money, PermissionCheck(money), OriginCheck(), 0)

    def see(self, record: Record) -> list[Violation]:
        """What the next record of the journal violates. Raises `messages.serial.BadDocument`."""
        return self.hear(message_of(record), record.seq)

    def hear(self, message: object, seq: int) -> list[Violation]:
        """The same of a record that was decoded already."""
        self._seq = seq
        numbered = [(2, text) for text in self._permission.see(message, seq)]
        numbered += self._origin.see(message)
        numbered += self._money.see(message)
        return [Violation(number, text, seq) for number, text in numbered]

    def agrees_with_venue(
        self, venue_cash: Cash, venue_shares: Mapping[Token, Shares], open_orders: Collection[OrderId]
    ) -> list[Violation]:
        """At the end, when nothing is under way: invariant 5 against what the venue says is true."""
        texts = self._money.agrees_with_venue(venue_cash, venue_shares, open_orders)
        return [Violation(5, text, self._seq) for text in texts]
