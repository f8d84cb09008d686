"""All that the screen shows as one document, for programs."""

from attrs import frozen

from polyactors.control.client import ControlClient
from polyactors.control.wire import (
    MOST_SHOWN,
    ActorShown,
    DeadLetters,
    Mailboxes,
    ShowActor,
    ShowDeadLetters,
    ShowMailboxes,
    ShowState,
    ShowTree,
    ShowWaits,
    StateShown,
    TreeLine,
    Waits,
)


@frozen
class Everything:
    """See the kinds in `polyactors/control/wire.py`. `mailboxes` has the actors under most pressure, with all their
    figures, and how many there are; `selected` and `state` are None where no actor was named."""

    tree: tuple[TreeLine, ...]
    mailboxes: Mailboxes
    selected: ActorShown | None
    state: StateShown | None
    dead_letters: DeadLetters
    waits: Waits


def everything(client: ControlClient, glob: str, selected: str | None) -> Everything:
    """Raises as `ControlClient.request` does."""
    shown = client.request(ShowActor(selected)) if selected is not None else None
    has_state = shown is not None and shown.actor.strategy is None
    return Everything(
        tree=client.request(ShowTree()).lines,
        mailboxes=client.request(ShowMailboxes(glob, MOST_SHOWN)),
        selected=shown,
        state=client.request(ShowState(selected)) if selected is not None and has_state else None,
        dead_letters=client.request(ShowDeadLetters(MOST_SHOWN)),
        waits=client.request(ShowWaits()),
    )
