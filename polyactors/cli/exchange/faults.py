"""`polyactors exchange faults`: what goes wrong on a served exchange, and making more of it."""

import json
from collections.abc import Iterable

import click
from rich.table import Table

from messages.serial import to_json
from polyactors.cli.exchange.asking import ServedExchange, asking_options
from polyactors.cli.failures import Mistakes
from polyactors.cli.figures import console, duration
from polyactors.cli.plain import plain
from polyactors.exchange.faults.kinds import KINDS
from polyactors.exchange.faults.written import BadFault, arming_of, fields_of
from polyactors.exchange.server.control_words import ArmedFault, Disarm, Done, Faults


@click.group(invoke_without_command=True)
@click.pass_context
def faults(context: click.Context) -> None:
    """What goes wrong on the exchange. Without a command: what is armed."""
    if context.invoked_subcommand is None:
        context.invoke(armed)


@faults.command("list")
@asking_options
def armed(url: str, as_json: bool) -> None:
    """What is armed, for how long still, and how often it has struck."""
    answer = ServedExchange(url).show("faults", Faults)
    if as_json:
        print(to_json(answer))
        return
    if not answer.faults:
        print("no faults are armed; see polyactors exchange faults kinds")
        return
    table = Table(box=None, pad_edge=False)
    for name in ("name", "kind", "settings", "ends in", "times left", "struck"):
        table.add_column(name)
    for fault in answer.faults:
        ends = "-" if fault.until_ns is None else duration(fault.until_ns - answer.at_ns)
        left = "-" if fault.left is None else f"{fault.left:,}"
        table.add_row(plain(fault.name), fault.kind, plain(_settings(fault)), ends, left, f"{fault.strikes:,}")
    console().print(table)


@faults.command()
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def kinds(as_json: bool) -> None:
    """Every kind of fault, with its settings and their defaults."""
    if as_json:
        print(json.dumps({name: {"settings": _shown(name), "what": KINDS[name].__doc__} for name in KINDS}))
        return
    for name, kind in KINDS.items():
        print(f"{name}  {' '.join(f'{key}={value}' for key, value in _shown(name).items())}")
        print(f"    {' '.join((kind.__doc__ or '').split())}")


@faults.command()
@click.argument("kind")
@click.argument("settings", nargs=-1, metavar="[SETTING=VALUE]...")
@click.option("--for", "for_s", type=float, help="Seconds after which it ends.")
@click.option("--times", type=int, help="How often it strikes at most.")
@click.option("--name", default="", help="To disarm it by; made of its kind if not given.")
@asking_options
def arm(
    kind: str, settings: tuple[str, ...], for_s: float | None, times: int | None, name: str, url: str, as_json: bool
) -> None:
    """Let a KIND of fault happen, for example: late-answer path=/order delay_ms=3000 --for 10"""
    table: dict[str, object] = {"kind": kind, "name": name, **dict(_read(settings))}
    table |= {key: value for key, value in (("for_s", for_s), ("times", times)) if value is not None}
    try:
        arming_of(table)
    except BadFault as error:
        raise Mistakes("the fault was not understood", error.mistakes) from error
    fault = ServedExchange(url).send("faults", table, ArmedFault)
    print(to_json(fault) if as_json else f"{fault.name} is armed")


@faults.command()
@click.argument("name", required=False)
@click.option("--all", "is_all", is_flag=True, help="Everything that is armed.")
@asking_options
def disarm(name: str | None, is_all: bool, url: str, as_json: bool) -> None:
    """End the fault NAME."""
    if (name is None) is not is_all:
        raise Mistakes("it is not clear what to disarm", ["give the name of a fault, or --all"])
    done = ServedExchange(url).do("faults/disarm", Disarm("" if name is None else name), Done)
    print(to_json(done) if as_json else "disarmed")


def _read(settings: Iterable[str]) -> Iterable[tuple[str, object]]:
    """Raises `Mistakes`."""
    for text in settings:
        key, is_setting, value = text.partition("=")
        if not is_setting:
            raise Mistakes("the fault was not understood", [f"{text!r} is no SETTING=VALUE"])
        yield key, _value(value)


def _value(text: str) -> object:
    """Whole numbers, true and false; everything else is a text."""
    if text in ("true", "false"):
        return text == "true"
    return int(text) if text.lstrip("-").isdecimal() and len(text) < 16 else text


def _shown(name: str) -> dict[str, object]:
    return {key: "(needed)" if value is None else value for key, value in fields_of(KINDS[name]).items()}


def _settings(fault: ArmedFault) -> str:
    return " ".join(f"{key}={value}" for key, value in sorted(fault.settings.items()))
