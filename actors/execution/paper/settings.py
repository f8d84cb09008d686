"""How the paper venue behaves: its delays, its queue model, and the money it starts with."""

from attrs import field, frozen, validators

from actors.execution.paper.queue_position import CancelModel, PowerProbability
from messages.units import CASH_SCALE, NANOSECONDS_PER_MILLISECOND, Cash


@frozen
class PaperSettings:
    """Times in nanoseconds, the deposit in cash units.

    50 ms each way is what field note 27 was measured at; the report window is five times the longest delay between a
    book change and its trade print that was seen (45 ms).
    """

    initial_deposit: Cash = field(default=Cash(1_000 * CASH_SCALE), validator=validators.ge(Cash(0)))
    order_latency_ns: int = field(default=50 * NANOSECONDS_PER_MILLISECOND, validator=validators.ge(0))
    cancel_latency_ns: int = field(default=50 * NANOSECONDS_PER_MILLISECOND, validator=validators.ge(0))
    trade_report_window_ns: int = field(default=250 * NANOSECONDS_PER_MILLISECOND, validator=validators.ge(0))
    cancel_model: CancelModel = field(factory=PowerProbability)
