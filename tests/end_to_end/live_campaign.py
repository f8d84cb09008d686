"""The two long trials of live mode, of which the suite has a short form:

python -m tests.end_to_end.live_campaign faults SECONDS SEED
python -m tests.end_to_end.live_campaign kills NUMBER SEED
"""

import random
import signal
import time

from messages.orders import Order
from messages.risk import ExecutionReady
from tests.end_to_end.live_world import Trader, any_fault, check_account, pause

ALL_FOUR = """
[service]
stop_within_ms = 20000
[strategies]
set_arbitrage_trades = true
taker = true
taker_alone_percent = 30
unwinder = true
[limits]
total_exposure = "2000"
"""
PATIENCE_S = 90.0
CALM_S = 6.0
"""What was under way when the last fault ended has arrived by then."""


def under_faults(trader: Trader, seconds: float, seed: str) -> int:
    """Everything goes wrong at random for so long, then nothing; the service is asked to stop, and its account checked.
    Answers how many faults there were."""
    chance = random.Random(f"faults of live mode {seed}")
    served = trader.exchange
    slugs = [line["slug"] for line in served.get("markets")["markets"] if line["kind"] == "binary"]
    process = trader.start()
    number = 0
    try:
        wait_for(trader, ExecutionReady.__name__, 0)
        until = time.perf_counter() + seconds
        while time.perf_counter() < until:
            served.arm(any_fault(chance, number, slugs))
            number += 1
            pause(chance.uniform(0.2, 1.4))
            assert process.poll() is None, f"it ended: {trader.log[-3000:]}"
        served.calm()
        pause(CALM_S)
        process.send_signal(signal.SIGTERM)
        code = process.wait(PATIENCE_S)
        assert code == 0, f"exit code {code}: {trader.log[-3000:]}"
    finally:
        process.kill()
        process.wait()
        served.calm()
    check_account(trader)
    return number


def under_kills(trader: Trader, number: int, seed: str) -> list[float]:
    """Killed at random moments of its life, and started again on the same journal; in the end it stops in good order,
    and its account is checked. Answers how many seconds each start took until orders could pass."""
    chance = random.Random(f"kills of live mode {seed}")
    starts = []
    for _ in range(number):
        process = trader.start()
        try:
            if chance.random() < 0.75:
                starts.append(wait_for(trader, ExecutionReady.__name__, trader.count(ExecutionReady.__name__)))
                wait_for(trader, Order.__name__, trader.count(Order.__name__) + chance.randrange(4))
                pause(chance.uniform(0, 0.05))
            else:
                pause(chance.uniform(0.4, 2.0))
            assert process.poll() is None, f"it ended: {trader.log[-3000:]}"
        finally:
            process.kill()
            process.wait()
    assert trader.run("--duration", 6) == 0, trader.log[-3000:]
    check_account(trader)
    return starts


def wait_for(trader: Trader, kind: str, more_than: int) -> float:
    """How many seconds passed until the journal had more records of a kind."""
    began = time.perf_counter()
    while trader.count(kind) <= more_than:
        assert time.perf_counter() - began < PATIENCE_S, trader.log[-3000:]
        pause(0.02)
    return time.perf_counter() - began


def sizes(trader: Trader) -> str:
    """What the journal of a trial has, for who looks on."""
    kinds = ("SessionStarted", "Order", "OrderSigned", "Fill", "FillSettled", "FillReversed")
    return ", ".join(f"{trader.count(kind)} {kind}" for kind in kinds)
