"""Starts a process that reads a key itself: what it may know of this one's environment."""

import os
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager

from polyactors.venues.polymarket.own_process.starting import OwnProcess, own_process
from polyactors.venues.polymarket.signer.environment import take_variable
from polyactors.venues.polymarket.signer.key_source import EnvironmentKey, KeySource


def key_process(program: str, sources: Sequence[KeySource]) -> AbstractAsyncContextManager[OwnProcess]:
    """Variables that `sources` name are handed to it and taken out of this process's environment; of that it has all
    the rest too. Raises as `own_process` does."""
    return own_process(program, lambda: _environment(sources))


def _environment(sources: Sequence[KeySource]) -> dict[str, str]:
    environment = dict(os.environ)
    for source in sources:
        if isinstance(source, EnvironmentKey):
            environment.pop(source.variable, None)
            value = take_variable(source.variable)
            if value is not None:
                environment[source.variable] = value
    return environment
