"""What all tests of benchmarks share."""

from types import SimpleNamespace

import pytest

from polyactors.bench import decide, exchange_orders, idle, measure


def _nothing() -> int:
    """Instead of a look at the whole heap."""
    return 0


@pytest.fixture(autouse=True)
def heap_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each run begins with a clean heap, and that of all tests takes longer to clean than a short run takes."""
    for module in (decide, exchange_orders, idle, measure):
        monkeypatch.setattr(module, "gc", SimpleNamespace(collect=_nothing, freeze=_nothing, unfreeze=_nothing))
