"""The operators' door: /exchange. For whoever runs the exchange, not for its clients; the venue has no such thing."""

import json
from collections.abc import Callable
from typing import TypeVar

from attrs import AttrsInstance
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route

from messages.serial import BadDocument, from_json, to_json
from polyactors.exchange.clob.answering import read_body
from polyactors.exchange.clob.errors import Rejected
from polyactors.exchange.server.control_words import Deposit, Disarm, Resolve, SetMode, Status
from polyactors.exchange.server.fault_operations import FaultOperations
from polyactors.exchange.server.operations import Operations
from polyactors.exchange.words import Refused, Wallet

A = TypeVar("A", bound=AttrsInstance)


def routes(operations: Operations, faults: FaultOperations, status: Callable[[], Status]) -> list[BaseRoute]:
    async def show_status(request: Request) -> Response:
        return document(status())

    async def show_markets(request: Request) -> Response:
        return document(operations.markets())

    async def show_accounts(request: Request) -> Response:
        wallet = request.query_params.get("wallet")
        return document(operations.accounts(None if wallet is None else Wallet(wallet)))

    async def show_faults(request: Request) -> Response:
        return document(faults.show())

    async def arm(request: Request) -> Response:
        try:
            outcome = faults.arm(await read_body(request))
        except Rejected as error:
            return refusal(error.refused)
        return refusal(outcome) if isinstance(outcome, Refused) else document(outcome)

    return [
        Mount(
            "/exchange",
            routes=[
                Route("/status", show_status),
                Route("/markets", show_markets),
                Route("/accounts", show_accounts),
                Route("/faults", show_faults),
                Route("/faults", arm, methods=["POST"]),
                Route("/faults/disarm", doing(Disarm, faults.disarm), methods=["POST"]),
                Route("/mode", doing(SetMode, operations.set_mode), methods=["POST"]),
                Route("/resolve", doing(Resolve, operations.resolve), methods=["POST"]),
                Route("/deposit", doing(Deposit, operations.deposit), methods=["POST"]),
            ],
        )
    ]


def doing(asked: type[A], do: Callable[[A], AttrsInstance | Refused]) -> Callable[[Request], object]:
    """An endpoint that reads a document of the class `asked`, and answers with what `do` made of it."""

    async def endpoint(request: Request) -> Response:
        try:
            outcome = do(from_json(await read_body(request), asked))
        except Rejected as error:
            return refusal(error.refused)
        except BadDocument as error:
            return refusal(Refused(400, str(error)))
        return refusal(outcome) if isinstance(outcome, Refused) else document(outcome)

    return endpoint


def document(answer: AttrsInstance) -> Response:
    return Response(to_json(answer), media_type="application/json")


def refusal(refused: Refused) -> Response:
    return Response(json.dumps({"error": refused.text}), refused.http_status, media_type="application/json")
