"""What the commands have in common that ask a served exchange: where it is, and what to say when it does not answer."""

import json
from collections.abc import Callable, Mapping
from typing import TypeVar

import click
import httpx
from attrs import AttrsInstance, frozen

from messages.serial import BadDocument, from_json, to_json
from polyactors.cli.failures import Mistakes
from polyactors.exchange.server.listening import LOOPBACK

F = TypeVar("F", bound=Callable[..., object])
A = TypeVar("A", bound=AttrsInstance)

USUAL_PORT = 8700
PATIENCE_S = 10.0


def asking_options(command: F) -> F:
    """--url, --json."""
    for option in (
        click.option("--json", "as_json", is_flag=True, help="As JSON."),
        click.option(
            "--url", default=f"http://{LOOPBACK}:{USUAL_PORT}", show_default=True, help="Where the exchange is served."
        ),
    ):
        command = option(command)
    return command


@frozen
class ServedExchange:
    """The operators' door of an exchange. What it cannot or does not want to do is raised as `Mistakes`."""

    url: str

    def show(self, path: str, as_class: type[A], **query: str) -> A:
        return self._ask("GET", path, as_class, query, None)

    def do(self, path: str, asked: AttrsInstance, as_class: type[A]) -> A:
        return self._ask("POST", path, as_class, {}, to_json(asked))

    def send(self, path: str, table: Mapping[str, object], as_class: type[A]) -> A:
        """For what is no document of one class."""
        return self._ask("POST", path, as_class, {}, json.dumps(table))

    def _ask(self, method: str, path: str, as_class: type[A], query: dict[str, str], body: str | None) -> A:
        url = f"{self.url.rstrip('/')}/exchange/{path}"
        try:
            response = httpx.request(method, url, params=query, content=body, timeout=PATIENCE_S, trust_env=False)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            hint = "serve one with polyactors exchange serve, or name the one that runs with --url"
            raise Mistakes("there is no exchange to ask", [f"{self.url}: {error}", hint]) from error
        if response.status_code != httpx.codes.OK:
            raise Mistakes(f"the exchange refused ({response.status_code})", [_reason(response)])
        try:
            return from_json(response.content, as_class)
        except BadDocument as error:
            hint = "is it this program's exchange, of this version?"
            raise Mistakes(f"what {url} answered was not understood", [*error.mistakes[:3], hint]) from error


def _reason(response: httpx.Response) -> str:
    try:
        plain = json.loads(response.content)
    except ValueError:
        plain = None
    if isinstance(plain, dict) and isinstance(plain.get("error"), str):
        return str(plain["error"])
    return f"{response.url} is no door of this program's exchange"
