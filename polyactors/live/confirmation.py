"""The sentence that a person has to type before anything is signed."""

from typing import TextIO

from polyactors.venues.polymarket.signing.addresses import Address

LONGEST_ANSWER = 1_000


class NotConfirmed(Exception):
    """Nobody said that it is meant; the text says what to do."""


def sentence(wallet: Address, *, dry_run: bool) -> str:
    """It names the wallet, and differs where real orders are sent: who types it has read both."""
    return f"rehearse with {wallet}" if dry_run else f"trade {wallet} live"


def confirm(wanted: str, *, is_assumed: bool, answers: TextIO, questions: TextIO) -> None:
    """Returns when `wanted` was typed at a terminal, or is assumed (`--yes`). Raises `NotConfirmed`."""
    if is_assumed:
        return
    if not _is_terminal(answers):
        raise NotConfirmed("nobody is there to confirm it: run it at a terminal, or with --yes")
    questions.write(f"Type this sentence to go on, anything else to stop:\n  {wanted}\n> ")
    questions.flush()
    typed = answers.readline(LONGEST_ANSWER)
    if " ".join(typed.split()) != wanted:
        raise NotConfirmed("something else was typed: nothing was begun")


def _is_terminal(stream: TextIO | None) -> bool:
    """A standard stream may be None, or closed."""
    return stream is not None and not stream.closed and stream.isatty()
