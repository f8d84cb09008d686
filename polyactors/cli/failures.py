"""How a command fails: one message with every mistake and how to mend it, and a stable exit code."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

import click

from polyactors.exit_codes import ExitCode


class Mistakes(Exception):
    """What the user gave cannot be used. Exit code 2."""

    def __init__(self, subject: str, mistakes: Iterable[str]) -> None:
        self.subject = subject
        self.mistakes = tuple(mistakes)
        super().__init__(subject)


def all_together(found: Sequence[Mistakes]) -> Mistakes:
    """Several messages as one, for whoever gave them should not have to come back for each."""
    if len(found) == 1:
        return found[0]
    mistakes = [f"{each.subject}: {mistake}" for each in found for mistake in each.mistakes]
    return Mistakes("several things were given that cannot be used", mistakes)


@contextmanager
def report_mistakes() -> Iterator[None]:
    """Turn the errors that are the user's to mend into messages on standard error and exit codes."""
    try:
        yield
    except Mistakes as error:
        print(f"polyactors: {error.subject}", file=sys.stderr)
        for mistake in error.mistakes:
            print(f"  - {mistake}", file=sys.stderr)
        sys.exit(ExitCode.USAGE)
    except click.exceptions.Exit as request:
        sys.exit(request.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(ExitCode.USAGE)
    except (KeyboardInterrupt, click.Abort):
        sys.exit(130)
    except BrokenPipeError:
        # Whoever read our output has seen enough; there is nobody left to tell.
        sys.stderr.close()
        sys.exit(ExitCode.OK)
