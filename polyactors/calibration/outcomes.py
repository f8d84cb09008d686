"""Who won the markets of a recording, as the recording itself tells: in the market's object, as its recorder wrote it.

Either the venue's own words (`closed` with `outcomePrices` of 1 and 0, polymarket.md 6), or a `resolution` with a
`direction`.
"""

import json

from attrs import frozen

from messages.identity import MarketId
from polyactors.venues.polymarket.finding.up_or_down import NotUnderstood, read_about
from polyactors.venues.recording.folder import MARKETS, Recording

_UP, _DOWN = "UP", "DOWN"


@frozen
class Told:
    """`is_up` None where the recording does not say who won, or says two things; `why_not_about` where the market is
    none that ends Up or Down by a rule that we know."""

    is_up: bool | None
    by: str
    why_not_about: str | None


def told_outcomes(recording: Recording) -> dict[MarketId, Told]:
    """The recording was opened before, so that its markets can be read."""
    plain = json.loads((recording.folder / MARKETS).read_bytes())
    return {MarketId(each["conditionId"]): _told(each) for each in plain}


def _told(market: dict[str, object]) -> Told:
    found = {by: is_up for by, is_up in (_resolution(market), _prices(market)) if is_up is not None}
    about = read_about(market)
    why_not = "it is no up-or-down market" if about is None else None
    if isinstance(about, NotUnderstood):
        why_not = about.reason
    if len(set(found.values())) != 1:
        return Told(None, "its object contradicts itself" if found else "its object does not say who won", why_not)
    return Told(next(iter(found.values())), " and ".join(found), why_not)


def _resolution(market: dict[str, object]) -> tuple[str, bool | None]:
    resolution = market.get("resolution")
    direction = resolution.get("direction") if isinstance(resolution, dict) else None
    is_up = {_UP: True, _DOWN: False}.get(direction.strip().upper()) if isinstance(direction, str) else None
    return "the market's resolution", is_up


def _prices(market: dict[str, object]) -> tuple[str, bool | None]:
    by = "the closed market's prices"
    written = market.get("outcomePrices")
    if market.get("closed") is not True:
        return by, None
    try:
        listed = json.loads(written) if isinstance(written, str) else written
    except (ValueError, RecursionError):
        return by, None
    if not isinstance(listed, list) or len(listed) != 2:
        return by, None
    try:
        payouts = (float(listed[0]), float(listed[1]))
    except (ValueError, TypeError):
        return by, None
    # A market that paid both sides a half has no outcome that a forecast could be held against.
    return by, {(1.0, 0.0): True, (0.0, 1.0): False}.get(payouts)
