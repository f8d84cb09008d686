"""What the keys do to the selected actor, and what each of them means."""

from collections.abc import Callable

from attrs import frozen

from polyactors.control.wire import Done, Kill, Request, RestartActor, Resume, Suspend


@frozen
class Steering:
    key: str
    name: str
    request: Callable[[str], Request[Done]]
    effect: str
    also_supervisors: bool


STEERING = {
    steering.name: steering
    for steering in (
        Steering("s", "suspend", Suspend, "It handles no more messages: they wait.", also_supervisors=False),
        Steering("u", "resume", Resume, "It goes on with what waits.", also_supervisors=False),
        Steering("k", "kill", Kill, "Its life is cancelled at once; its supervisor does the rest.", True),
        Steering("r", "restart", RestartActor, "It is stopped in good order and started again.", True),
    )
}

PATIENCE_S = 300.0
"""A stop takes the time that the actor's description gives it."""
