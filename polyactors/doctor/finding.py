"""What a check found: how it is, what was seen, and what to do about it."""

from collections.abc import Iterable
from enum import Enum

from attrs import frozen


class Check(Enum):
    """In the order in which they are told. Texts are stable: programs read them by `--json`."""

    CONFIGURATION = "configuration"
    CLOB = "CLOB"
    GAMMA = "Gamma"
    DATA_API = "Data API"
    CLOCK = "clock"
    LOCATION = "location"
    MARKETS = "markets"
    SIGNER = "signer"
    WALLET = "wallet"
    API_KEY = "API key"
    CLOSED_ONLY = "closed only"
    BALANCE = "balance"
    ALLOWANCES = "allowances"
    TRADING_MODE = "trading mode"
    RATE_TIER = "rate tier"


class State(Enum):
    OK = "OK"
    WARNING = "WARNING"
    FAILED = "FAILED"
    SKIPPED = "SKIPPED"


@frozen
class Finding:
    """`advice` is what to do; empty where all is well."""

    check: Check
    state: State
    seen: str
    advice: str = ""


def ok(check: Check, seen: str) -> Finding:
    return Finding(check, State.OK, seen)


def warning(check: Check, seen: str, advice: str) -> Finding:
    return Finding(check, State.WARNING, seen, advice)


def failed(check: Check, seen: str, advice: str) -> Finding:
    return Finding(check, State.FAILED, seen, advice)


def skipped(check: Check, seen: str, advice: str) -> Finding:
    return Finding(check, State.SKIPPED, seen, advice)


def is_ready(findings: Iterable[Finding]) -> bool:
    """Whether every check was made, and none failed. What nobody looked at is not known to be well."""
    by_check = {finding.check: finding.state for finding in findings}
    return by_check.keys() == set(Check) and set(by_check.values()) <= {State.OK, State.WARNING}
