"""How often each address and each signer may ask for what (polymarket.md 9.1 and 9.2)."""

from enum import Enum

from attrs import frozen

from messages.units import NANOSECONDS_PER_SECOND
from polyactors.exchange.clob.rate_meter import Rate

_TEN_SECONDS_NS = 10 * NANOSECONDS_PER_SECOND
_TEN_MINUTES_NS = 600 * NANOSECONDS_PER_SECOND
_MINUTE_NS = 60 * NANOSECONDS_PER_SECOND


@frozen
class Rule:
    """One group of requests. A path that ends in / stands for all below it."""

    name: str
    paths: tuple[str, ...]
    rates: tuple[Rate, ...]
    methods: tuple[str, ...] = ()

    def covers(self, method: str, path: str) -> bool:
        if self.methods and method not in self.methods:
            return False
        return any(path == each or (each.endswith("/") and path.startswith(each)) for each in self.paths)


class SignerLimits(Enum):
    """What is done about a signer that asks too often: the venue has only announced that it will refuse it."""

    OFF = "off"
    WARN = "warn"
    ENFORCE = "enforce"


@frozen
class Tier:
    """What a signer may do by its volume. `may_owe` says that cancels may take more than is there."""

    name: str
    orders: Rate
    cancels: Rate
    may_owe: bool = True


def tier(name: str, orders: int, order_burst: int, cancels: int, cancel_burst: int, *, may_owe: bool = True) -> Tier:
    a_second = NANOSECONDS_PER_SECOND
    return Tier(name, Rate(orders, a_second, order_burst), Rate(cancels, a_second, cancel_burst), may_owe)


TIERS = (
    tier("Standard", 40, 60, 80, 120),
    tier("Copper", 60, 90, 120, 180),
    tier("Bronze", 80, 120, 160, 240),
    tier("Silver", 200, 300, 400, 600),
    tier("Gold", 400, 600, 800, 1200),
    tier("Platinum", 450, 675, 900, 1350, may_owe=False),
    tier("Diamond", 525, 787, 1050, 1575, may_owe=False),
    tier("Elite", 600, 900, 1200, 1800, may_owe=False),
)


def _rule(name: str, per_ten_s: int, *paths: str, methods: tuple[str, ...] = (), per_ten_min: int = 0) -> Rule:
    rates = [Rate(per_ten_s, _TEN_SECONDS_NS, per_ten_s)]
    if per_ten_min:
        rates.append(Rate(per_ten_min, _TEN_MINUTES_NS, per_ten_min))
    return Rule(name, paths, tuple(rates), methods)


GAMMA_RULES = (
    _rule("Gamma", 4_000, "/gamma/"),
    _rule("Gamma events", 500, "/gamma/events", "/gamma/events/"),
    _rule("Gamma markets", 300, "/gamma/markets", "/gamma/markets/"),
    _rule("Gamma comments", 200, "/gamma/comments", "/gamma/comments/"),
    _rule("Gamma tags", 200, "/gamma/tags", "/gamma/tags/"),
    _rule("Gamma search", 350, "/gamma/public-search"),
)
DATA_RULES = (
    _rule("Data", 800, "/data/"),
    _rule("Data trades", 300, "/data/v2/trades"),
    _rule("Data positions", 200, "/data/v2/positions", "/data/v2/positions/"),
    _rule("Data activity", 200, "/data/v2/activity", "/data/v2/activity/"),
    _rule("Data prices", 200, "/data/v2/prices-history"),
    _rule("Data status", 100, "/data/v2/status"),
)
RELAYER_RULES = (Rule("relayer submit", ("/relayer/submit",), (Rate(25, _MINUTE_NS, 25),)),)
CLOB_RULES = (
    _rule("CLOB", 9_000, "/"),
    _rule("ok", 100, "/ok"),
    _rule("book", 1_500, "/book"),
    _rule("price", 1_500, "/price"),
    _rule("midpoint", 1_500, "/midpoint"),
    _rule("books", 500, "/books"),
    _rule("prices", 500, "/prices"),
    _rule("midpoints", 500, "/midpoints"),
    _rule("prices-history", 1_000, "/prices-history"),
    _rule("tick-size", 200, "/tick-size", "/tick-size/"),
    _rule("ledger", 900, "/data/orders", "/data/order/", "/data/trades", "/notifications", "/order-scoring"),
    _rule("data orders", 500, "/data/orders"),
    _rule("data trades", 500, "/data/trades"),
    _rule("notifications", 125, "/notifications"),
    _rule("keys", 100, "/auth/"),
    _rule("balance", 200, "/balance-allowance"),
    _rule("balance update", 50, "/balance-allowance/update"),
    _rule("POST order", 5_000, "/order", methods=("POST",), per_ten_min=120_000),
    _rule("DELETE order", 5_000, "/order", methods=("DELETE",), per_ten_min=120_000),
    _rule("POST orders", 2_000, "/orders", methods=("POST",), per_ten_min=21_000),
    _rule("DELETE orders", 2_000, "/orders", methods=("DELETE",), per_ten_min=15_000),
    _rule("cancel-all", 250, "/cancel-all", per_ten_min=6_000),
    _rule("cancel-market-orders", 1_500, "/cancel-market-orders", per_ten_min=21_000),
)
GENERAL = _rule("general", 15_000, "/")

_NO_LIMITS = ("/exchange/", "/ws/", "/binance/", "/coinbase", "/kraken/", "/rpc")
_CLOB_DATA = ("/data/orders", "/data/order/", "/data/trades", "/data/pre-migration-orders")


def rules_of(method: str, path: str) -> tuple[Rule, ...]:
    """All rules that a request counts for, none for what is not part of the venue."""
    if path.startswith(_NO_LIMITS):
        return ()
    if path.startswith("/gamma/"):
        among: tuple[Rule, ...] = GAMMA_RULES
    elif path.startswith("/relayer/"):
        among = RELAYER_RULES
    elif path.startswith("/data/") and not path.startswith(_CLOB_DATA):
        among = DATA_RULES
    else:
        among = CLOB_RULES
    return (GENERAL, *(rule for rule in among if rule.covers(method, path)))
