"""What a file can say of the paper venue, and what it reads back as."""

from pathlib import Path

import attrs
import pytest

from actors.execution.paper.queue_position import CancelModel, LogProbability, PowerProbability, RiskAverse
from actors.execution.paper.restrictions import Mode, Restriction
from actors.execution.paper.settings import PaperSettings
from messages.units import NANOSECONDS_PER_MILLISECOND as MS
from polyactors.config import Configuration
from polyactors.config_file import BadConfiguration, read_configuration
from polyactors.config_text import as_json, as_toml


def written(folder: Path, text: str) -> Path:
    path = folder / "c.toml"
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("text", "model"), [("log", LogProbability()), ("power:2", PowerProbability(2)), ("risk-averse", RiskAverse())]
)
def test_a_queue_model_is_chosen_by_its_name(text: str, model: CancelModel, tmp_path: Path) -> None:
    path = written(tmp_path, f'[paper]\ncancel_model = "{text}"\n')
    assert read_configuration(path).paper == PaperSettings(cancel_model=model)


def test_everything_reads_back_as_it_was_written(tmp_path: Path) -> None:
    paper = PaperSettings(
        order_latency_ns=20 * MS,
        order_latency_p99_ns=40 * MS,
        cancel_latency_p99_ns=90 * MS,
        cancel_model=LogProbability(),
        reject_probability=0.01,
        restrictions=(Restriction(Mode.POST_ONLY, 0, 5 * MS), Restriction(Mode.RESTARTING, 9 * MS, MS)),
        settlement_delay_ns=1500 * MS,
        settlement_failure_probability=0.25,
        seed=7,
    )
    configuration = attrs.evolve(Configuration(), paper=paper)
    assert read_configuration(written(tmp_path, as_toml(configuration))) == configuration
    assert '"restarting at 9 for 1"' in as_json(configuration)


@pytest.mark.parametrize(
    ("setting", "why"),
    [
        ("order_latency_p99_ms = 20", "99th percentile"),
        ("order_latency_ms = 0\norder_latency_p99_ms = 20", "99th percentile"),
        ("reject_probability = 1.5", "<= 1"),
        ("settlement_failure_probability = 2", "<= 1"),
        ('restrictions = "disabled at 1 for 1"', "list"),
        ('restrictions = ["asleep at 1 for 1"]', "cancel-only at 60000 for 30000"),
        ("restrictions = [1]", "text"),
        ('cancel_model = "power:0"', "exponent"),
    ],
)
def test_what_makes_no_sense_is_named_and_refused(setting: str, why: str, tmp_path: Path) -> None:
    with pytest.raises(BadConfiguration) as refused:
        read_configuration(written(tmp_path, f"[paper]\n{setting}\n"))
    (mistake,) = refused.value.mistakes
    assert mistake.startswith("paper")
    assert why in mistake
