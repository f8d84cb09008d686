"""The benchmark of orders sends what it says, and finds each order again at the other end."""

import httpx
import pytest

from polyactors.bench import order_latency as benchmark
from polyactors.bench.measure import WorkNotDone
from polyactors.bench.served_sink import ServedSink, served_sink


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, size in {"SECONDS": 0.05, "WARM_UP": 2, "RUNS": 1, "WITHIN_S": 60.0}.items():
        monkeypatch.setattr(benchmark, name, size)


def test_every_order_is_timed_beside_a_bare_client() -> None:
    figures = benchmark.order_latency()
    assert all(0 < figure.least <= figure.most for figure in figures)
    assert {ratio.yardstick for figure in figures if figure.aim for ratio in figure.beside} < {
        figure.name for figure in figures
    }


def test_an_order_that_does_not_come_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    some = ServedSink.arrivals
    monkeypatch.setattr(ServedSink, "arrivals", lambda sink: some(sink)[1:])
    with pytest.raises(WorkNotDone, match="orders that came"):
        benchmark.order_latency()


def test_the_sink_knows_nothing_but_orders_and_tells_of_each_once() -> None:
    with served_sink() as sink:
        assert httpx.get(sink.url + "/book", trust_env=False).status_code == 404
        assert sink.arrivals() == []
