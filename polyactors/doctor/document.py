"""An examination as a document. Names are stable: programs read them by `--json`."""

from collections.abc import Iterable

from attrs import frozen

from polyactors.doctor.finding import Finding, is_ready
from polyactors.exit_codes import ExitCode


@frozen
class Diagnosis:
    """`is_ready`: every check was made, and none failed."""

    is_ready: bool
    exit_code: int
    findings: tuple[Finding, ...]


def diagnosis(findings: Iterable[Finding]) -> Diagnosis:
    found = tuple(findings)
    ready = is_ready(found)
    return Diagnosis(ready, ExitCode.OK if ready else ExitCode.NOT_READY, found)
