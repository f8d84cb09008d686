"""Where the operators are in the service's tree: beside what trades, and unable to pull it down."""

from pathlib import Path

import pytest

from actors.execution.paper.settings import PaperSettings
from polyactors.config import Configuration
from polyactors.service import Service
from polyactors.venues.recording.folder import Recording, open_recording
from polyactors.venues.recording.place import RecordedPlace
from supervision.clock import VirtualClock
from supervision.log import discard
from supervision.specs import ActorSpec, Restart, Strategy, SupervisorSpec
from tests.end_to_end.recordings import make


@pytest.fixture
def recording(tmp_path: Path) -> Recording:
    found = open_recording(make(5).write(tmp_path / "recording"))
    assert isinstance(found, Recording)
    return found


def service_of(recording: Recording, folder: Path, socket: Path | None) -> SupervisorSpec:
    """The supervisor `service` of the tree."""
    service = Service(
        Configuration(), RecordedPlace(recording, PaperSettings()), VirtualClock(), discard, folder / "journal", socket
    )
    assert service.runtime.root is not None
    (_, found) = service.runtime.root.spec.children
    assert isinstance(found, SupervisorSpec) and found.name == "service"
    return found


def test_they_are_beside_the_core_and_stay_down_when_they_give_up(recording: Recording, tmp_path: Path) -> None:
    service = service_of(recording, tmp_path, tmp_path / "s")
    operators, core = service.children
    assert service.strategy is Strategy.ONE_FOR_ONE
    assert core.name == "core"
    assert isinstance(operators, SupervisorSpec)
    assert (operators.name, operators.strategy) == ("operators", Strategy.ONE_FOR_ONE)
    # R6: a supervisor that gave up is not restarted when it is transient.
    assert operators.restart is Restart.TRANSIENT
    (control,) = operators.children
    assert isinstance(control, ActorSpec) and control.name == "control"


def test_without_a_socket_there_are_none(recording: Recording, tmp_path: Path) -> None:
    (core,) = service_of(recording, tmp_path, None).children
    assert core.name == "core"
