"""How the paper venue behaves: its delays, its queue model, its moods, and the money it starts with."""

from attrs import field, frozen, validators

from actors.execution.paper.latency import Latency
from actors.execution.paper.queue_position import CancelModel, PowerProbability
from actors.execution.paper.restrictions import Restriction
from messages.units import CASH_SCALE, NANOSECONDS_PER_MILLISECOND, Cash

_PROBABILITY = validators.and_(validators.ge(0.0), validators.le(1.0))


@frozen
class PaperSettings:
    """Times in nanoseconds, the deposit in cash units.

    50 ms each way is what field note 27 was measured at; the report window is five times the longest delay between a
    book change and its trade print that was seen (45 ms). With a 99th percentile a latency is log-normal and its other
    setting the median; with 0 it is constant. What is random follows from `seed`, each kind of chance by itself.
    Raises `ValueError` for a 99th percentile that does not go with its median.
    """

    initial_deposit: Cash = field(default=Cash(1_000 * CASH_SCALE), validator=validators.ge(Cash(0)))
    order_latency_ns: int = field(default=50 * NANOSECONDS_PER_MILLISECOND, validator=validators.ge(0))
    cancel_latency_ns: int = field(default=50 * NANOSECONDS_PER_MILLISECOND, validator=validators.ge(0))
    trade_report_window_ns: int = field(default=250 * NANOSECONDS_PER_MILLISECOND, validator=validators.ge(0))
    cancel_model: CancelModel = field(factory=PowerProbability)
    order_latency_p99_ns: int = field(default=0, validator=validators.ge(0))
    cancel_latency_p99_ns: int = field(default=0, validator=validators.ge(0))
    reject_probability: float = field(default=0.0, validator=_PROBABILITY)
    restrictions: tuple[Restriction, ...] = ()
    settlement_delay_ns: int = field(default=0, validator=validators.ge(0))
    settlement_failure_probability: float = field(default=0.0, validator=_PROBABILITY)
    seed: int = 0

    def __attrs_post_init__(self) -> None:
        self.order_latency()
        self.cancel_latency()

    def order_latency(self) -> Latency:
        """From its first draw."""
        return Latency(self.order_latency_ns, self.order_latency_p99_ns, f"{self.seed}: orders")

    def cancel_latency(self) -> Latency:
        """From its first draw."""
        return Latency(self.cancel_latency_ns, self.cancel_latency_p99_ns, f"{self.seed}: cancels")

    @property
    def there_and_back_ns(self) -> int:
        """Longer than an order and the cancel after it are ever under way together, but for restricted modes."""
        return self.order_latency().slowest_ns + self.cancel_latency().slowest_ns

    @property
    def settles_at_once(self) -> bool:
        """No fill is ever provisional."""
        return not self.settlement_delay_ns and not self.settlement_failure_probability
