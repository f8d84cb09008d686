"""Answers requests with the official client at hand: what can be known beforehand is looked up, and only then sent."""

from collections.abc import Sequence
from contextlib import suppress
from functools import partial

from actors.execution.live.claim_words import Holding
from messages.identity import MarketId
from messages.units import Price, Shares, format_cash, format_price, format_shares
from polyactors.venues.polymarket.claims.chain_reading import (
    CallsContract,
    NotRead,
    StrangePayout,
    read_balances,
    read_yes_payout,
)
from polyactors.venues.polymarket.claims.endings import attempt
from polyactors.venues.polymarket.claims.known_market import KnownMarket
from polyactors.venues.polymarket.claims.official_client import PublicOffice, SecureOffice
from polyactors.venues.polymarket.claims.wire import (
    Answer,
    ApproveAutoRedeem,
    Claim,
    Done,
    Doubtful,
    ListRedeemable,
    Look,
    Looked,
    Merge,
    Reason,
    Redeem,
    Refused,
    Split,
    Would,
)

NOTHING = ""
"""The transaction of what was done already."""


class _No(Exception):
    """Not to be done, for a reason that was found before anything was sent."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


class ClaimDesk:
    """Without a `SecureOffice` every claim is a dry run."""

    def __init__(self, office: PublicOffice, call: CallsContract) -> None:
        self._office = office
        self._call = call

    def answer(self, request: Look | ListRedeemable | Claim) -> Answer:
        try:
            return self._answer(request)
        except _No as no:
            return Refused(request.number, no.reason, str(no))
        except NotRead as error:
            return Refused(request.number, Reason.NOT_READ, str(error))

    def _answer(self, request: Look | ListRedeemable | Claim) -> Answer:
        match request:
            case Look(number, markets):
                return Looked(number, self._look(markets))
            case ListRedeemable(number):
                return Looked(number, self._look(self._redeemable()))
            case Redeem():
                return self._redeem(request)
            case Split():
                return self._split(request)
            case Merge():
                return self._merge(request)
            case ApproveAutoRedeem():
                return self._approve(request)

    def _redeem(self, request: Redeem) -> Answer:
        known, holding = self._held(request.market)
        if holding.yes_payout is None:
            raise _No(Reason.NOT_DECIDED, "the outcome is not decided")
        if holding.payout == 0:
            raise _No(Reason.NOTHING_THERE, "what is held pays nothing")
        if not isinstance(self._office, SecureOffice):
            what = f"redeem {_shares(holding)} at {format_price(holding.yes_payout)} for YES"
            return Would(request.number, f"{what}: {format_cash(holding.payout)} pUSD")
        office = self._office
        is_one = not (known.is_protocol_two and holding.yes and holding.no)
        return attempt(request.number, lambda: office.redeem(request.market), is_one_transaction=is_one)

    def _split(self, request: Split) -> Answer:
        _demand_amount(request.amount)
        self._known(request.market)
        if not isinstance(self._office, SecureOffice):
            return Would(request.number, f"split {format_shares(request.amount)} pUSD into as many YES and NO")
        office = self._office
        return attempt(request.number, lambda: office.split(request.market, request.amount))

    def _merge(self, request: Merge) -> Answer:
        _demand_amount(request.amount)
        _, holding = self._held(request.market)
        if min(holding.yes, holding.no) < request.amount:
            raise _No(Reason.NOTHING_THERE, f"{_shares(holding)} are no {format_shares(request.amount)} sets")
        if not isinstance(self._office, SecureOffice):
            return Would(request.number, f"merge {format_shares(request.amount)} YES and NO into as many pUSD")
        office = self._office
        return attempt(request.number, lambda: office.merge(request.market, request.amount))

    def _approve(self, request: ApproveAutoRedeem) -> Answer:
        try:
            missing = self._office.missing_redeemers()
        except Exception as error:
            raise _not_read("the approvals", error) from None
        if not missing:
            return Done(request.number, NOTHING)
        if not isinstance(self._office, SecureOffice):
            return Would(request.number, f"let the venue's operator redeem shares of {', '.join(missing)}")
        office, done = self._office, Done(request.number, NOTHING)
        for contract in missing:
            ended = attempt(request.number, partial(office.approve_redeemer, contract))
            if isinstance(ended, Refused | Doubtful):
                return ended
            done = ended
        return done

    def _look(self, wanted: Sequence[MarketId]) -> tuple[Holding, ...]:
        """Of one that pays something strange nothing is said: it must not keep the others from being known."""
        markets = self._markets(wanted)
        balances = read_balances(self._call, self._office.wallet, markets)
        found = []
        for each in markets:
            with suppress(StrangePayout):
                payout = self._yes_payout(each)
                found.append(Holding(each.market, balances[each.yes_token], balances[each.no_token], payout))
        return tuple(found)

    def _held(self, market: MarketId) -> tuple[KnownMarket, Holding]:
        known = self._known(market)
        balances = read_balances(self._call, self._office.wallet, (known,))
        return known, Holding(market, balances[known.yes_token], balances[known.no_token], self._yes_payout(known))

    def _yes_payout(self, known: KnownMarket) -> Price | None:
        """The contract's word, where it is known how to ask for it."""
        if known.is_protocol_two or known.listed_yes_payout is None:
            return known.listed_yes_payout
        return read_yes_payout(self._call, known.market)

    def _known(self, market: MarketId) -> KnownMarket:
        found = self._markets((market,))
        if not found:
            raise _No(Reason.UNKNOWN_MARKET, f"the venue does not know {market[:80]}")
        return found[0]

    def _markets(self, wanted: Sequence[MarketId]) -> tuple[KnownMarket, ...]:
        try:
            return self._office.markets(wanted)
        except Exception as error:
            raise _not_read("the catalogue", error) from None

    def _redeemable(self) -> tuple[MarketId, ...]:
        try:
            return tuple(dict.fromkeys(each.market for each in self._office.redeemable()))
        except Exception as error:
            raise _not_read("the positions", error) from None


def _not_read(what: str, error: Exception) -> NotRead:
    return NotRead(f"{what} could not be read: {type(error).__name__}: {error}"[:300])


def _demand_amount(amount: Shares) -> None:
    if amount <= 0:
        raise _No(Reason.BAD_AMOUNT, "an amount has to be above 0")


def _shares(holding: Holding) -> str:
    return f"{format_shares(holding.yes)} YES and {format_shares(holding.no)} NO"
