"""Whether the stream still tells of each asset: a silent one is told from a quiet one by a witness (field note 6).

The witness is the venue's book of the asset by another way, REST. The stream has told of it if the book is not newer
than what the stream said last. No clock, no I/O: times come with the calls.
"""

from collections.abc import Iterable
from enum import Enum

from attrs import define, field, frozen

from messages.identity import MarketId, Outcome, TokenId
from messages.market_data import BookDelta, MarketData, WholeBook
from messages.markets import Market
from messages.units import NANOSECONDS_PER_SECOND


@frozen(kw_only=True)
class WitnessRule:
    """One asset is witnessed every `every_ns`, in turn; every `suspect_every_ns` while there are suspects.

    Suspect is what has been quiet for `quiet_factor` times as long as it usually is between two frames, and for
    `least_quiet_ns` at least. What the witness knows and the stream has not told may still be on its way for
    `grace_ns`.
    """

    every_ns: int = 5 * NANOSECONDS_PER_SECOND
    suspect_every_ns: int = NANOSECONDS_PER_SECOND
    grace_ns: int = 2 * NANOSECONDS_PER_SECOND
    quiet_factor: int = 20
    least_quiet_ns: int = 10 * NANOSECONDS_PER_SECOND


class Verdict(Enum):
    TOLD = "the stream has told of the book that the witness has"
    BEHIND = "the witness has an older book than the stream: it proves nothing"
    UNTOLD = "the stream has not told of the book that the witness has"


@define
class _Heard:
    """`ms` is the venue's time of the last book or change of the asset, None before any; `hashes` those of that
    time, for several batches can share a millisecond (field note 2)."""

    ms: int | None = None
    hashes: set[str] = field(factory=set)
    last_ns: int = 0
    usual_gap_ns: int | None = None
    witnessed_ns: int = 0
    is_silent: bool = False


class Liveness:
    """Of the assets of one connection. `is_comparable`: a witness had the very hash that the stream said, so that a
    different one is worth something."""

    def __init__(self, markets: Iterable[Market], rule: WitnessRule, now_ns: int) -> None:
        self._rule = rule
        self._tokens = {market.market: {each: market.token(each) for each in Outcome} for market in markets}
        self._market_of = {token: market for market, both in self._tokens.items() for token in both.values()}
        self._asked_ns = now_ns
        self._heard: dict[TokenId, _Heard] = {}
        self.is_comparable = False
        self.begin(now_ns)

    def begin(self, now_ns: int) -> None:
        """A new connection, which has told of nothing yet: not of what the last one was silent about either."""
        silent = {token for token, heard in self._heard.items() if heard.is_silent}
        self._heard = {
            token: _Heard(last_ns=now_ns, witnessed_ns=now_ns, is_silent=token in silent) for token in self._market_of
        }

    def hear(self, message: MarketData, now_ns: int) -> None:
        """To be called with everything that the stream says of books; the rest tells nothing of them."""
        tokens = self._tokens.get(message.market)
        if tokens is None:
            return
        if type(message) is BookDelta:
            yes, no, at_ms = message.yes_hash, message.no_hash, message.exchange_ms
            if yes is not None or no is None:
                self._told(tokens[Outcome.YES], yes, at_ms, now_ns)
            if no is not None or yes is None:
                self._told(tokens[Outcome.NO], no, at_ms, now_ns)
        elif isinstance(message, WholeBook):
            self._told(tokens[message.outcome], message.hash, message.exchange_ms, now_ns)

    def market_of(self, token: TokenId) -> MarketId:
        return self._market_of[token]

    def next_witness(self, now_ns: int) -> tuple[TokenId, int] | None:
        """Which asset to witness next, and when at the earliest; None where there is none.

        Suspects go first; among equals the one whose last witness is the longest ago.
        """
        if not self._heard:
            return None
        suspects = [token for token, heard in self._heard.items() if self._is_suspect(heard, now_ns)]
        pause_ns = self._rule.suspect_every_ns if suspects else self._rule.every_ns
        chosen = min(suspects or self._heard, key=lambda token: self._heard[token].witnessed_ns)
        return chosen, max(now_ns, self._asked_ns + pause_ns)

    def asked(self, token: TokenId, now_ns: int) -> None:
        """A witness is being asked about `token`."""
        self._asked_ns = now_ns
        self._heard[token].witnessed_ns = now_ns

    def judge(self, token: TokenId, witness: WholeBook) -> Verdict:
        heard = self._heard[token]
        if heard.ms is None or witness.exchange_ms > heard.ms:
            return Verdict.UNTOLD
        if witness.exchange_ms < heard.ms:
            return Verdict.BEHIND
        if witness.hash is None or not heard.hashes:
            return Verdict.TOLD
        if witness.hash in heard.hashes:
            self.is_comparable = True
            return Verdict.TOLD
        return Verdict.UNTOLD if self.is_comparable else Verdict.TOLD

    def found_silent(self, token: TokenId) -> bool:
        """What a witness said is final: the stream is silent about `token`. Whether it was known to be so before."""
        heard = self._heard[token]
        was_known, heard.is_silent = heard.is_silent, True
        return was_known

    def is_silent(self, market: MarketId) -> bool:
        """Whether one of its tokens was found silent, and has not been heard of since."""
        return any(self._heard[token].is_silent for token in self._tokens.get(market, {}).values())

    def told_until_ms(self, token: TokenId) -> int | None:
        """The venue's time of the last that was heard of `token` on this connection."""
        return self._heard[token].ms

    def _told(self, token: TokenId, book_hash: str | None, at_ms: int, now_ns: int) -> None:
        heard = self._heard[token]
        if heard.ms is not None:
            gap_ns, usual_ns = now_ns - heard.last_ns, heard.usual_gap_ns
            # A sliding mean, so that a burst does not make every pause after it suspicious.
            heard.usual_gap_ns = gap_ns if usual_ns is None else usual_ns + (gap_ns - usual_ns) // 8
        heard.last_ns = now_ns
        heard.is_silent = False
        if heard.ms is None or at_ms > heard.ms:
            heard.ms = at_ms
            heard.hashes.clear()
        if at_ms == heard.ms and book_hash is not None:
            heard.hashes.add(book_hash)

    def _is_suspect(self, heard: _Heard, now_ns: int) -> bool:
        """A witness since the last frame has cleared it for as long again. One of which there was nothing but its first
        book is quiet, one of which there was nothing at all is not."""
        if heard.is_silent:
            return True
        rule, quiet_ns = self._rule, now_ns - max(heard.last_ns, heard.witnessed_ns)
        if heard.usual_gap_ns is None:
            return heard.ms is None and quiet_ns > rule.least_quiet_ns
        return quiet_ns > max(rule.least_quiet_ns, rule.quiet_factor * heard.usual_gap_ns)
