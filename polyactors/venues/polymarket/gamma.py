"""Gamma, the venue's catalogue: its market objects as `Market`s (reference polymarket.md, section 6)."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

from messages.identity import EventId, MarketId, TokenId
from messages.markets import FEE_RATE_SCALE, NO_FEES, FeeSchedule, Market
from messages.periods import UpOrDown
from messages.serial import BadDocument
from messages.units import BadDecimal, Shares, TickSize, parse_shares, parse_tick_size
from polyactors.venues.polymarket.finding.up_or_down import read_about

_HIGHEST_FEE_EXPONENT = 8


def read_markets(plain: object) -> tuple[Market, ...]:
    """The markets of a parsed JSON list of Gamma market objects, in its order.

    Raises `BadDocument` with a line for every mistake: the place, what is wrong, and how to mend it. Fields that we do
    not know are no mistake, absent optional ones neither. Nor is an up-or-down market whose rule of settlement is not
    understood: it has no `about`, and `read_about` of its object says why.
    """
    if not isinstance(plain, list):
        raise BadDocument([f"the document is {_shown(plain)}: make it a list of Gamma market objects"])
    mistakes: list[str] = []
    markets = [market for index, each in enumerate(plain) if (market := _read(each, f"[{index}]", mistakes))]
    mistakes += _said_twice(markets)
    if mistakes:
        raise BadDocument(mistakes)
    return tuple(markets)


def _read(plain: object, place: str, mistakes: list[str]) -> Market | None:
    if not isinstance(plain, dict):
        mistakes.append(f"{place} is {_shown(plain)}: make it an object")
        return None
    known = len(mistakes)
    fields = _Fields(plain, place, mistakes)
    market, slug, tokens = fields.text("conditionId"), fields.text("slug"), fields.tokens()
    question = fields.text("question", default=slug)
    event = fields.event(default=slug)
    tick_size, minimum_size = fields.tick_size(), fields.minimum_size()
    fees = fields.fees()
    neg_risk, accepting = fields.flag("negRisk", default=False), fields.flag("acceptingOrders", default=True)
    is_closed = fields.flag("closed", default=False)
    end_ms = fields.end_ms()
    if len(mistakes) > known or tokens is None or tick_size is None:
        return None
    yes, no = tokens
    about = read_about(plain)
    return Market(
        market=MarketId(market),
        event=EventId(event),
        slug=slug,
        question=question,
        yes_token=TokenId(yes),
        no_token=TokenId(no),
        tick_size=tick_size,
        minimum_size=minimum_size,
        fees=fees,
        neg_risk=neg_risk,
        accepting_orders=accepting and not is_closed,
        end_ms=end_ms,
        about=about if isinstance(about, UpOrDown) else None,
    )


class _Fields:
    """Reads one market object; a mistake is noted and something of the right type given back: reading goes on."""

    def __init__(self, plain: dict[str, object], place: str, mistakes: list[str]) -> None:
        self._plain = plain
        self._place = place
        self._mistakes = mistakes

    def text(self, name: str, default: str | None = None) -> str:
        value = self._plain.get(name)
        if value is None and default is not None:
            return default
        if not isinstance(value, str) or not value:
            self._mistake(name, value, "give it a text that is not empty")
            return ""
        if not (value if default is None else "".join(value.split())).isprintable():
            self._mistake(name, value, "leave out what cannot be printed")
        return value

    def flag(self, name: str, default: bool) -> bool:
        value = self._plain.get(name)
        if value is None:
            return default
        if not isinstance(value, bool):
            self._mistake(name, value, "make it true or false")
            return default
        return value

    def tokens(self) -> tuple[str, str] | None:
        """Index 0 of clobTokenIds and of outcomes belong together: it is YES, whatever its label."""
        ids = self._two_texts("clobTokenIds")
        if self._plain.get("outcomes") is not None:
            self._two_texts("outcomes")
        if ids is None:
            return None
        if not all(each.isascii() and each.isdecimal() for each in ids):
            self._mistake("clobTokenIds", ids, "token ids are decimal numbers")
            return None
        return ids

    def event(self, default: str) -> str:
        """The slug of the first event; a market that names none is an event of its own."""
        events = self._plain.get("events")
        if events is None or events == []:
            return default
        first = events[0] if isinstance(events, list) else None
        if not isinstance(first, dict):
            self._mistake("events", events, "make it a list of objects with a slug each, or leave it out")
            return default
        slug = first.get("slug", default)
        if not isinstance(slug, str) or not slug or not slug.isprintable():
            self._mistake("events[0].slug", slug, "give it a text that can be printed, or leave it out")
            return default
        return slug

    def tick_size(self) -> TickSize | None:
        value = self._plain.get("orderPriceMinTickSize")
        try:
            return parse_tick_size(_decimal_text(value))
        except BadDecimal as error:
            self._mistake("orderPriceMinTickSize", value, str(error))
            return None

    def minimum_size(self) -> Shares:
        value = self._plain.get("orderMinSize", 5)
        try:
            return parse_shares(_decimal_text(value))
        except BadDecimal as error:
            self._mistake("orderMinSize", value, str(error))
            return Shares(0)

    def fees(self) -> FeeSchedule:
        """No fees where they are off, or where there is no schedule."""
        schedule = self._plain.get("feeSchedule")
        enabled = self.flag("feesEnabled", default=True)
        if schedule is None:
            return NO_FEES
        if not isinstance(schedule, dict):
            self._mistake("feeSchedule", schedule, "make it an object with a rate, or leave it out")
            return NO_FEES
        rate, exponent = schedule.get("rate", 0), schedule.get("exponent", 1)
        rate_ppm = _whole(rate, FEE_RATE_SCALE)
        if rate_ppm is None or rate_ppm > FEE_RATE_SCALE:
            self._mistake("feeSchedule.rate", rate, "make it a number from 0 to 1 with at most six decimals")
        power = _whole(exponent, 1)
        if power is None or power > _HIGHEST_FEE_EXPONENT:
            self._mistake("feeSchedule.exponent", exponent, f"make it a whole number up to {_HIGHEST_FEE_EXPONENT}")
        if rate_ppm is None or power is None or not enabled:
            return NO_FEES
        return FeeSchedule(rate_ppm, power) if rate_ppm else NO_FEES

    def end_ms(self) -> int | None:
        value = self._plain.get("endDate")
        if value is None or value == "":
            return None
        try:
            if not isinstance(value, str):
                raise ValueError
            when = datetime.fromisoformat(value)
            when = when if when.tzinfo else when.replace(tzinfo=UTC)
            return int(when.timestamp()) * 1000 + when.microsecond // 1000
        except (ValueError, OverflowError):
            self._mistake("endDate", value, 'write it like "2026-06-07T05:00:00Z"')
            return None

    def _two_texts(self, name: str) -> tuple[str, str] | None:
        """A list of two texts, itself or as the JSON text that Gamma makes of it."""
        value = self._plain.get(name)
        listed = value
        if isinstance(value, str):
            try:
                listed = json.loads(value)
            except (ValueError, RecursionError):
                listed = None
        match listed:
            case [str(first), str(second)] if first and second and (first != second or name == "outcomes"):
                return first, second
        self._mistake(name, value, 'make it a list of two different texts, or that as JSON, "[\\"1\\", \\"2\\"]"')
        return None

    def _mistake(self, name: str, value: object, mend: str) -> None:
        what = "is missing" if value is None else f"is {_shown(value)}"
        self._mistakes.append(f"{self._place}.{name} {what}: {mend}")


def _said_twice(markets: list[Market]) -> Iterator[str]:
    seen: dict[str, str] = {}
    for market in markets:
        for name in (market.market, market.yes_token, market.no_token):
            if name in seen:
                yield f"{name} is in {seen[name]} and in {market.slug}: leave one of them out"
            seen.setdefault(name, market.slug)


def _decimal_text(value: object) -> str:
    """The plain decimal that a JSON number or text stands for. Raises `BadDecimal` for what is neither."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise BadDecimal("give it a number")
    return value if isinstance(value, str) else format(Decimal(str(value)), "f")


def _whole(value: object, scale: int) -> int | None:
    """`value` in units of 1 / scale if it is a number, exact in them, and not negative."""
    try:
        scaled = Decimal(_decimal_text(value)) * scale
    except (BadDecimal, InvalidOperation):
        return None
    if not scaled.is_finite() or scaled < 0 or scaled != scaled.to_integral_value():
        return None
    return int(scaled)


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
