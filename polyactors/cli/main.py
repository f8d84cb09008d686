"""The command `polyactors`: one file a group of commands; without a command it is `run`."""

import sys

import click

from polyactors import __version__
from polyactors.cli.actor import actor
from polyactors.cli.bench import bench
from polyactors.cli.cash import cash
from polyactors.cli.claims import claims
from polyactors.cli.configuration import config
from polyactors.cli.dead_letters import dead_letters
from polyactors.cli.doctor import doctor
from polyactors.cli.exchange.group import exchange
from polyactors.cli.failures import report_mistakes
from polyactors.cli.mailboxes import mailboxes
from polyactors.cli.mode import mode
from polyactors.cli.replay import replay
from polyactors.cli.run import run
from polyactors.cli.standard_error import shield_standard_error
from polyactors.cli.top import top
from polyactors.cli.tree import tree
from polyactors.cli.waits import waits
from polyactors.comparisons.command import compare_queues
from polyactors.exit_codes import ExitCode


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="polyactors")
@click.pass_context
def polyactors(context: click.Context) -> None:
    """A multi-strategy trading service for Polymarket. Paper trading unless told otherwise.

    Exit codes: 0 well, 1 a mistake of our own, 2 wrong arguments, configuration or recording, 3 an invariant was
    broken, 4 the tree gave up, 5 orders may still rest, 6 not ready for live trading, 14 it did not end in time and was
    ended by force.
    """
    if context.invoked_subcommand is None:
        context.invoke(run)


for command in (
    run,
    replay,
    exchange,
    compare_queues,
    bench,
    config,
    doctor,
    claims,
    mailboxes,
    tree,
    actor,
    dead_letters,
    waits,
    mode,
    cash,
    top,
):
    polyactors.add_command(command)


def main() -> None:
    shield_standard_error()
    with report_mistakes():
        polyactors(standalone_mode=False)
    sys.exit(ExitCode.OK)
