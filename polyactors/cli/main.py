"""The command `polyactors`: one file a group of commands; without a command it is `run`."""

import sys
from collections.abc import Mapping
from typing import ClassVar

import click

from polyactors import __version__
from polyactors.cli.failures import report_mistakes
from polyactors.cli.lazy import LazyGroup
from polyactors.cli.standard_error import shield_standard_error
from polyactors.exit_codes import ExitCode


class Commands(LazyGroup):
    places: ClassVar[Mapping[str, str]] = {
        "run": "polyactors.cli.run:run",
        "replay": "polyactors.cli.replay:replay",
        "exchange": "polyactors.cli.exchange.group:exchange",
        "pricer": "polyactors.cli.pricer:pricer",
        "calibrate": "polyactors.cli.calibrate:calibrate",
        "compare-queues": "polyactors.comparisons.command:compare_queues",
        "bench": "polyactors.cli.bench:bench",
        "config": "polyactors.cli.configuration:config",
        "doctor": "polyactors.cli.doctor:doctor",
        "claims": "polyactors.cli.claims:claims",
        "mailboxes": "polyactors.cli.mailboxes:mailboxes",
        "tree": "polyactors.cli.tree:tree",
        "actor": "polyactors.cli.actor:actor",
        "dead-letters": "polyactors.cli.dead_letters:dead_letters",
        "waits": "polyactors.cli.waits:waits",
        "mode": "polyactors.cli.mode:mode",
        "cash": "polyactors.cli.cash:cash",
        "top": "polyactors.cli.top:top",
    }


@click.group(cls=Commands, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="polyactors")
@click.pass_context
def polyactors(context: click.Context) -> None:
    """A multi-strategy trading service for Polymarket. Paper trading unless told otherwise.

    Exit codes: 0 well, 1 a mistake of our own, 2 wrong arguments, configuration or recording, 3 an invariant was
    broken, 4 the tree gave up, 5 orders may still rest, 6 not ready for live trading, 14 it did not end in time and was
    ended by force.
    """
    if context.invoked_subcommand is None:
        usual = polyactors.get_command(context, "run")
        assert usual is not None
        context.invoke(usual)


def main() -> None:
    shield_standard_error()
    with report_mistakes():
        # What a command asks to end with is given back and not raised.
        asked = polyactors.main(standalone_mode=False)
        sys.exit(asked if isinstance(asked, int) else ExitCode.OK)
