"""Where a trader may ask a pricer in another process for its prices."""

from polyactors.cli.failures import Mistakes
from polyactors.cli.venue_names import Named, Where
from polyactors.config import Configuration
from polyactors.venues.recording.folder import Recording


def check_pricer(configuration: Configuration, on: Where) -> None:
    """Another process has this machine's time, and the prices of a venue that it can reach: neither is what is traded
    on in a recording, nor in an exchange that lives and dies with the trader. Raises `Mistakes`."""
    if not configuration.pricer.in_own_process:
        return
    if isinstance(on, Recording):
        why = "a recording has a time and prices of its own, which no other process shares"
    elif on is Named.EXCHANGE:
        why = "nobody else reaches an exchange in this process: polyactors exchange serve, and --venue exchange:URL"
    else:
        return
    hint = "leave it out, and prices are made in this process"
    raise Mistakes("pricer.in_own_process cannot be used here", [f"{why}; or {hint}"])
