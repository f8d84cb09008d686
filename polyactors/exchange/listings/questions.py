"""What the invented markets ask. "{day}" stands for the day on which they end."""

import re

from attrs import frozen

from polyactors.exchange.listings.categories import (
    CRYPTO,
    CULTURE,
    ECONOMY,
    FINANCE,
    GEOPOLITICS,
    POLITICS,
    SPORTS,
    TECH,
    WEATHER,
    Category,
)


@frozen
class Question:
    text: str
    category: Category


@frozen
class Contest:
    """A question with one true answer among many. `each` asks it of one of them, in the place of "{name}"."""

    title: str
    each: str
    names: tuple[str, ...]
    category: Category


BINARY_QUESTIONS = (
    Question("Will the harbour bridge reopen by {day}?", POLITICS),
    Question("Will Bitcoin set a new all-time high by {day}?", CRYPTO),
    Question("Will inflation be above 3% in the report before {day}?", ECONOMY),
    Question("Will the northern ceasefire hold until {day}?", GEOPOLITICS),
    Question("Will the coalition government fall by {day}?", POLITICS),
    Question("Will the Rovers go unbeaten until {day}?", SPORTS),
    Question("Will the new moon rocket launch by {day}?", TECH),
    Question("Will a named storm reach the coast by {day}?", WEATHER),
    Question("Will gold close above $5,000 by {day}?", FINANCE),
    Question("Will the long awaited sequel premiere by {day}?", CULTURE),
    Question("Will Ethereum staking exceed 40% by {day}?", CRYPTO),
    Question("Will the central bank cut rates by {day}?", ECONOMY),
)

CONTESTS = (
    Contest(
        "Central bank decision before {day}",
        "Will the central bank answer with {name} before {day}?",
        (
            "no change",
            "25 bps decrease",
            "50 bps decrease",
            "25 bps increase",
            "75 bps decrease",
            "50 bps increase",
            "75 bps increase",
            "100 bps decrease",
            "100 bps increase",
            "a negative rate",
        ),
        ECONOMY,
    ),
    Contest(
        "Continental cup winner {day}",
        "Will {name} win the continental cup on {day}?",
        (
            "Northport",
            "Eastvale",
            "Southmere",
            "Westbridge",
            "Highfield",
            "Lowmoor",
            "Kingsford",
            "Ashby",
            "Marlow",
            "Dunsea",
        ),
        SPORTS,
    ),
    Contest(
        "Party leadership election {day}",
        "Will {name} win the party leadership election on {day}?",
        (
            "Ada Kestrel",
            "Bruno Falk",
            "Clara Venn",
            "Dario Moss",
            "Elin Sorrel",
            "Felix Hart",
            "Greta Lind",
            "Hugo Stern",
            "Ines Vale",
            "Jonas Reed",
        ),
        POLITICS,
    ),
)

OTHER = "Other"


def slug_of(text: str) -> str:
    """ "Will it rain by May 2?" -> "will-it-rain-by-may-2"."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
