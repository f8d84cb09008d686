"""The result of a calibration as one document: by time left, fair value beside the market's middle, and a verdict."""

import math
from collections.abc import Callable, Sequence
from enum import Enum

from attrs import frozen

from polyactors.calibration.scores import CLIPPED_AT, Paired, Scores, paired, scores_of, squared_error, surprise
from polyactors.calibration.words import Forecast, JudgedMarket, Looked, MarketLeftOut, Played

BINS = 10
LEAST_FOR_A_VERDICT = 30
"""Fewer markets that end at different times, and a standard error says little of itself."""

CLEARLY = 2.0
"""Standard errors that a mean difference has to be away from zero to be more than noise."""


class Better(Enum):
    FAIR_VALUE = "fair value"
    MARKET = "the market's middle"
    NEITHER = "neither"


@frozen
class Verdict:
    """`is_clear` where the difference is more than noise, and there are enough markets to say so."""

    better: Better
    is_clear: bool
    text: str


@frozen
class AtTimeLeft:
    """All markets, so long before their ends. `fair` and `market` are scored over all that each had something to say
    of, `brier_difference` and `log_loss_difference` (fair value less market) over the `both` that both had.
    `in_band` is the part of these in which the market's middle was within the band of the fair value; `uncertain` is
    how many fair values said of themselves that they rested on less than they should."""

    left_s: int
    fair: Scores
    market: Scores
    both: int
    brier_difference: Paired
    log_loss_difference: Paired
    in_band: float | None
    uncertain: int
    verdict: Verdict


@frozen
class Calibration:
    """The looks of each market are kept, so that whoever wants to judge by other scores can. `log_loss_clipped_at`: see
    the scores. `bad_inputs` is how much of the recordings could not be read."""

    what: str
    markets: tuple[JudgedMarket, ...]
    left_out: tuple[MarketLeftOut, ...]
    up: int
    bad_inputs: int
    log_loss_clipped_at: float
    by_time_left: tuple[AtTimeLeft, ...]


def calibrate(what: str, played: Sequence[Played], times_left_s: Sequence[int]) -> Calibration:
    markets = [market for each in played for market in each.markets]
    return Calibration(
        what=what,
        markets=tuple(markets),
        left_out=tuple(out for each in played for out in each.left_out),
        up=sum(market.is_up for market in markets),
        bad_inputs=sum(each.bad_inputs for each in played),
        log_loss_clipped_at=CLIPPED_AT,
        by_time_left=tuple(_at(left_s, markets) for left_s in sorted(set(times_left_s), reverse=True)),
    )


def _at(left_s: int, markets: Sequence[JudgedMarket]) -> AtTimeLeft:
    looks = [(look, market) for market in markets for look in market.looks if look.left_s == left_s]
    fair = [Forecast(look.fair, each.is_up, each.end_ms) for look, each in looks if look.fair is not None]
    market = [Forecast(look.market, each.is_up, each.end_ms) for look, each in looks if look.market is not None]
    pairs = [
        (look, Forecast(look.fair, each.is_up, each.end_ms), Forecast(look.market, each.is_up, each.end_ms))
        for look, each in looks
        if look.fair is not None and look.market is not None
    ]

    def difference(score: Callable[[Forecast], float]) -> Paired:
        return paired(
            [score(one) for _, one, _ in pairs],
            [score(other) for _, _, other in pairs],
            [one.end_ms for _, one, _ in pairs],
        )

    brier, log_loss = difference(squared_error), difference(surprise)
    return AtTimeLeft(
        left_s=left_s,
        fair=scores_of(fair, BINS),
        market=scores_of(market, BINS),
        both=len(pairs),
        brier_difference=brier,
        log_loss_difference=log_loss,
        in_band=_in_band([look for look, _, _ in pairs]),
        uncertain=sum(look.is_uncertain for look, _ in looks if look.fair is not None),
        verdict=_verdict(brier),
    )


def _in_band(looks: Sequence[Looked]) -> float | None:
    inside = [
        look.fair_lo <= look.market <= look.fair_hi
        for look in looks
        if look.fair_lo is not None and look.fair_hi is not None and look.market is not None
    ]
    return sum(inside) / len(inside) if inside else None


def _verdict(brier: Paired) -> Verdict:
    """By the Brier score, in which a market more or less is not everything, as it can be in the log loss."""
    difference, error = brier.difference, brier.error
    if difference is None:
        return Verdict(Better.NEITHER, False, "no market in which both said something: no verdict")
    better = Better.FAIR_VALUE if difference < 0 else Better.MARKET if difference > 0 else Better.NEITHER
    if brier.moments < LEAST_FOR_A_VERDICT:
        ahead = f"{better.value} was nearer" if better is not Better.NEITHER else "both were as near"
        return Verdict(better, False, f"{_counted(brier)}: no verdict (fewer than {LEAST_FOR_A_VERDICT}; {ahead})")
    away = abs(difference) / error if error else 0.0 if difference == 0 else math.inf
    if away < CLEARLY:
        return Verdict(better, False, f"{_counted(brier)}: no difference beyond noise ({away:.1f} standard errors)")
    return Verdict(better, True, f"{_counted(brier)}: {better.value} is better ({away:.1f} standard errors)")


def _counted(brier: Paired) -> str:
    markets = "1 market" if brier.count == 1 else f"{brier.count} markets"
    return markets if brier.moments == brier.count else f"{markets} at {brier.moments} different times"
