"""What `polyactors config` prints is every setting with its value, and reads back as the same configuration."""

import json
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

import attrs
import pytest

from actors.execution.paper.queue_position import RiskAverse
from messages.units import Cash, Price, Shares
from polyactors.config import Configuration
from polyactors.config_file import read_configuration
from polyactors.config_text import as_json, as_toml
from tests.end_to_end.program import run_here


def leaves(plain: Mapping[str, object], place: str = "") -> Iterator[str]:
    for key, value in plain.items():
        if isinstance(value, Mapping):
            yield from leaves(value, f"{place}{key}.")
        else:
            yield f"{place}{key}"


def settings(of: attrs.AttrsInstance, place: str = "") -> Iterator[str]:
    for field in attrs.fields(type(of)):
        value = getattr(of, field.name)
        if attrs.has(type(value)) and field.name != "cancel_model":
            yield from settings(value, f"{place}{field.name}.")
        else:
            yield f"{place}{field.name}".removesuffix("_ns") + ("_ms" if field.name.endswith("_ns") else "")


def test_the_defaults_read_back_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text(run_here("config").out)
    assert read_configuration(tmp_path / "c.toml") == Configuration()


def test_every_setting_is_shown_in_both_forms() -> None:
    every = sorted(settings(Configuration()))
    assert sorted(leaves(tomllib.loads(as_toml(Configuration())))) == every
    assert sorted(leaves(json.loads(as_json(Configuration())))) == every
    assert len(every) > 30


def test_what_was_changed_reads_back_changed(tmp_path: Path) -> None:
    default = Configuration()
    changed = attrs.evolve(
        default,
        service=attrs.evolve(default.service, seed=2**63 - 1, data_folder=Path('a "quoted" folder\\ü')),
        strategies=attrs.evolve(default.strategies, maker=False),
        maker=attrs.evolve(default.maker, quote_size=Shares(10_000), minimum_edge=Price(1), width_of_volatility=0.1),
        paper=attrs.evolve(default.paper, initial_deposit=Cash(123_456_789), cancel_model=RiskAverse()),
        governor_quiet_ns=0,
    )
    path = tmp_path / "c.toml"
    path.write_text(as_toml(changed), encoding="utf-8")
    assert read_configuration(path) == changed


@pytest.mark.parametrize("setting", sorted(settings(Configuration())))
def test_each_setting_can_be_given_alone(setting: str, tmp_path: Path) -> None:
    section, _, name = setting.rpartition(".")
    value: object = tomllib.loads(as_toml(Configuration()))
    for part in setting.split("."):
        assert isinstance(value, dict)
        value = value[part]
    path = tmp_path / "c.toml"
    path.write_text((f"[{section}]\n" if section else "") + f"{name} = {json.dumps(value)}\n")
    assert read_configuration(path) == Configuration()


def test_the_json_is_one_document() -> None:
    assert json.loads(run_here("config", "--json").out)["limits"]["open_orders"] == 6
