"""By which rule an up-or-down market is settled, as its texts say it (polymarket.md 6).

Three rules are known: the close of Binance's candle against its open; the mean of Chainlink's last 60 seconds before
the end against that before the start (since August 2026); Chainlink's price at the end against that at the start. In
all of them what ends where it began is Up. Texts are read for what they state, however they are worded; nothing is
guessed: what is missing, not known, or stated in two ways is refused with the reason.
"""

import re
import unicodedata
from collections.abc import Iterable

from attrs import frozen

from messages.periods import PeriodLength, Reading, SettlementRule
from messages.reference import ReferenceVenue, Symbol
from polyactors.venues.polymarket.finding import statements
from polyactors.venues.polymarket.finding.statements import Refusal

KNOWN_WINDOWS_S = (60,)

LONGEST_TEXT = 8_000
"""Several times as long as any that the venue has written."""


@frozen
class SettlementTexts:
    """What a market and its event say of how they are settled. `averaged_s` is the window of an average where that is
    told as a number, 0 where it is told that there is none."""

    descriptions: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    averaged_s: int | None = None


@frozen
class NoRule:
    """Why the texts make no rule that we know."""

    reason: str


def settlement_rule(texts: SettlementTexts, symbol: Symbol, length: PeriodLength) -> SettlementRule | NoRule:
    """The rule of a market about a period of `length` of the price of `symbol`."""
    if any(len(text) > LONGEST_TEXT for text in (*texts.descriptions, *texts.sources)):
        return NoRule("its texts are too long to be understood")
    descriptions = [plain_text(text) for text in texts.descriptions if text.strip()]
    everything = [*descriptions, *(plain_text(text) for text in texts.sources if text.strip())]
    try:
        if not everything:
            raise Refusal("nothing says how it is settled")
        venue = statements.venue_of(everything)
        statements.demand_symbol(everything, venue, symbol)
        for description in descriptions:
            statements.demand_up_is_up(description)
        if venue is ReferenceVenue.BINANCE:
            return _of_candles(everything, texts.averaged_s, length)
        return _of_chainlink(everything, descriptions, texts.averaged_s, length)
    except Refusal as refusal:
        return NoRule(str(refusal))


def plain_text(text: str) -> str:
    """Lower case, with single spaces, plain hyphens and no quotes; a line is a sentence. Without what it denies: of
    "according to Binance, not according to other sources" the first half counts."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    folded = re.sub("[\u2010-\u2015\u2212]", "-", folded)
    folded = re.sub("[\"'`*\u2018-\u201f\u00ab\u00bb]", " ", folded)
    folded = ". ".join(" ".join(line.split()) for line in folded.splitlines() if line.strip())
    return re.sub(r"\bnot (?:according to|based on)\b[^.;]*", "", folded)


def _of_candles(texts: list[str], averaged_s: int | None, length: PeriodLength) -> SettlementRule:
    period_s = length.length_ms // 1000
    candles_s, windows_s = statements.lengths_s(texts, period_s)
    if statements.is_averaged(texts) or windows_s or averaged_s:
        raise Refusal("an average of Binance's prices is no rule that is known")
    if not candles_s:
        raise Refusal("it names Binance, and no candle of any length")
    if candles_s != {period_s}:
        raise Refusal(f"it is about a period of {period_s} s, and a candle of {_told(candles_s)} settles it")
    return SettlementRule(ReferenceVenue.BINANCE, Reading.CANDLE)


def _of_chainlink(
    texts: list[str], descriptions: list[str], averaged_s: int | None, length: PeriodLength
) -> SettlementRule:
    if statements.names_candle(texts):
        raise Refusal("a candle of Chainlink's prices is no rule that is known")
    is_averaged = statements.is_averaged(texts)
    if is_averaged and any(statements.says_point(each) for each in descriptions):
        raise Refusal("one text says that an average settles it, and another the price of a moment")
    if averaged_s is not None and is_averaged is not (averaged_s > 0):
        raise Refusal("its texts and its settings differ in whether an average settles it")
    if not is_averaged:
        statements.lengths_s(texts, length.length_ms // 1000)
        return SettlementRule(ReferenceVenue.CHAINLINK, Reading.POINT)
    windows_s = statements.lengths_s(texts, length.length_ms // 1000)[1] | ({averaged_s} if averaged_s else set())
    if not windows_s:
        raise Refusal("it says that an average settles it, and not of how long")
    if len(windows_s) > 1:
        raise Refusal(f"it says that an average of {_told(windows_s)} settles it")
    (window_s,) = windows_s
    if window_s not in KNOWN_WINDOWS_S:
        raise Refusal(f"an average of {window_s} s settles it: known are those of {_told(KNOWN_WINDOWS_S)}")
    return SettlementRule(ReferenceVenue.CHAINLINK, Reading.MEAN, window_s)


def _told(lengths_s: Iterable[int]) -> str:
    return " and ".join(f"{each} s" for each in sorted(lengths_s))
