"""The messages that the runtime's benchmarks send."""

from attrs import frozen

BURST = 64


@frozen
class Tick:
    number: int


@frozen
class Other:
    """Never sent: there so that whoever takes ticks has something to tell them from."""


TICKS = tuple(Tick(number) for number in range(BURST))
"""Made beforehand: what it costs to make a message is not what is measured."""
