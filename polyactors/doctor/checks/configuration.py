"""Whether the configuration would let live trading begin. That it can be read at all is known by then."""

from polyactors.config import Configuration
from polyactors.doctor.finding import Check, Finding, ok, warning
from polyactors.live.gates import unfinished


def configuration_finding(configuration: Configuration) -> Finding:
    live = configuration.live
    missing = unfinished(live)
    if missing:
        advice = "finish section [live] before you go live; polyactors config prints it"
        return warning(Check.CONFIGURATION, "; ".join(missing), advice)
    how = "a dry run: nothing is sent" if live.dry_run else "orders are sent"
    return ok(Check.CONFIGURATION, f"live trading is allowed, {how}")
