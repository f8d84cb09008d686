"""Taking away the shields of a life that has been cancelled and does not end.

trio has no brutal kill: a task inside `CancelScope(shield=True)` does not hear of any cancellation around it, and its
nursery waits for ever. But a scope may be unshielded from outside (reference on actors, C1).
"""

from collections.abc import Iterator
from typing import Protocol, cast

import trio


class ShieldsMoved(RuntimeError):
    """This version of trio keeps a task's scopes elsewhere."""


class _CancelStatus(Protocol):
    """The part of trio's private `CancelStatus` that is needed: the scope, and the status around it."""

    _scope: trio.CancelScope
    _parent: "_CancelStatus | None"


def lift_shields(task: trio.lowlevel.Task) -> int:
    """Lift every shield of `task` and of the tasks of its nurseries; the answer says how many there were.

    Only for a life all of whose scopes are inside the one that was cancelled. Raises `ShieldsMoved`.
    """
    count = 0
    for scope in _scopes_of(task):
        if scope.shield:
            scope.shield = False
            count += 1
    return count


def _scopes_of(task: trio.lowlevel.Task) -> Iterator[trio.CancelScope]:
    status = getattr(task, "_cancel_status", None)
    if status is None:
        raise ShieldsMoved(f"trio {trio.__version__} has no cancel status where 0.35 has it")
    outermost = _status_around(task)
    at: _CancelStatus | None = cast("_CancelStatus", status)
    while at is not None and at is not outermost:
        yield at._scope
        at = at._parent
    for nursery in task.child_nurseries:
        yield nursery.cancel_scope
        for child in nursery.child_tasks:
            yield from _scopes_of(child)


def _status_around(task: trio.lowlevel.Task) -> object:
    """The scopes of the nursery that the task was started in are not its own."""
    return getattr(task.parent_nursery, "_cancel_status", None)
