"""How many simulated traders of which kind a market has, how often they act, and how much they trade.

The defaults are measured: docs/exchange-traders.md has what was measured and what came out.
"""

from attrs import frozen

from messages.units import CASH_SCALE, NANOSECONDS_PER_MILLISECOND, NANOSECONDS_PER_SECOND, Cash

_MILLISECOND, _SECOND = NANOSECONDS_PER_MILLISECOND, NANOSECONDS_PER_SECOND


@frozen
class Sizes:
    """Shares of an order: log-normal around `middle`, two thirds of them within a factor of e^`spread`."""

    middle: float
    spread: float


@frozen
class MakerSettings:
    """One maker of each market. Lengths on the price axis are in price units of 1/10,000.

    It quotes `levels` a side, the first at `half_spread` from what it holds the market to be worth, the others on
    average `step` apart; it looks again every `every_ns` on average and then renews `moves` quotes, or more if they
    would lose. It knows of news `lag_ns` late. Each fill makes it stay away from the value by the part `caution` more,
    for some looks. `opinion` is how far its value strays from that of the others; `skew` is how far it goes with
    1,000 shares too many.
    """

    half_spread: float
    step: float
    levels: int
    sizes: Sizes
    every_ns: int
    moves: int = 2
    lag_ns: int = 500 * _MILLISECOND
    opinion: float = 15.0
    skew: float = 20.0
    caution: float = 0.4


TIGHT = MakerSettings(half_spread=60, step=60, levels=5, sizes=Sizes(80, 1.3), every_ns=700 * _MILLISECOND, opinion=15)
USUAL = MakerSettings(half_spread=120, step=100, levels=6, sizes=Sizes(120, 1.3), every_ns=1_100 * _MILLISECOND)
DEEP = MakerSettings(
    half_spread=250,
    step=150,
    levels=7,
    sizes=Sizes(300, 1.1),
    every_ns=2_500 * _MILLISECOND,
    lag_ns=1_500 * _MILLISECOND,
)
FAR = MakerSettings(
    half_spread=600, step=400, levels=6, sizes=Sizes(800, 1.2), every_ns=6 * _SECOND, lag_ns=3 * _SECOND, opinion=40
)


@frozen
class NoiseSettings:
    """Takers who know nothing. `rests_ppm` of their orders rest for a while near the best price instead."""

    how_many: int = 2
    every_ns: int = 14 * _SECOND
    sizes: Sizes = Sizes(30, 1.4)
    rests_ppm: int = 200_000
    rests_for_s: tuple[int, int] = (10, 120)


@frozen
class InformedSettings:
    """Takers who know the hidden value now. They take what is wrong by more than `edge` after the fee."""

    how_many: int = 1
    every_ns: int = 3 * _SECOND
    sizes: Sizes = Sizes(40, 1.0)
    edge: float = 40.0
    most_shares: int = 20_000


@frozen
class SweeperSettings:
    """Takes the levels from the least to the most of `levels`, but no more than `most_shares`."""

    every_ns: int = 90 * _SECOND
    levels: tuple[int, int] = (2, 5)
    most_shares: int = 4_000


@frozen
class ArbitrageurSettings:
    """One a negRisk event: takes a set of outcomes that costs `margin` less than it pays, fees included."""

    every_ns: int = 1 * _SECOND
    margin: float = 20.0
    most_shares: int = 500


@frozen
class TraderSettings:
    """`pace` multiplies how often everybody acts. `paces` are the factors of which each market has one besides, in
    turn by its number; `widths` are factors of the makers' distances, of which it has one by chance.

    `mood` is how far (price units) all but the informed are wrong together, `mood_lasts_ns` for how long. Accounts are
    kept at `cash` and given new cash when less than half of it is left; `sets_ppm` of it is split into shares. Quotes
    are there within `first_quotes_within_ns` and go `stops_before_end_ns` before the market's end.
    """

    makers: tuple[MakerSettings, ...] = (TIGHT, USUAL, DEEP, FAR)
    noise: NoiseSettings = NoiseSettings()
    informed: InformedSettings = InformedSettings()
    sweeper: SweeperSettings = SweeperSettings()
    arbitrageur: ArbitrageurSettings = ArbitrageurSettings()
    pace: float = 1.0
    paces: tuple[float, ...] = (1.0, 0.3, 0.5, 3.0, 0.5, 0.5)
    widths: tuple[float, ...] = (0.5, 1.0, 1.5, 2.5)
    mood: float = 80.0
    mood_lasts_ns: int = 90 * _SECOND
    cash: Cash = Cash(200_000 * CASH_SCALE)
    sets_ppm: int = 100_000
    first_quotes_within_ns: int = 500 * _MILLISECOND
    stops_before_end_ns: int = 2 * _SECOND
    redeems_after_ns: int = 15 * _SECOND
    looks_again_after_ns: int = 5 * _SECOND

    def __attrs_post_init__(self) -> None:
        """Raises `ValueError` for factors that are none."""
        if self.pace <= 0 or not self.paces or min(self.paces) <= 0:
            raise ValueError("pace and paces are factors above 0")
        if not self.widths or min(self.widths) <= 0:
            raise ValueError("widths are factors above 0")
