"""Which orders an exchange takes, as a configuration names it."""

from enum import Enum


class OrderVersion(Enum):
    """V1: the first ones, which sign their fee rate and their end (reference polymarket.md 1.4). V2: those that came
    after them, which for tokens of protocol two are of the third version."""

    V1 = "v1"
    V2 = "v2"
