"""Makes endpoints of functions that may refuse what they are asked."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from polyactors.exchange.gamma.parameters import BadParameter, Parameters, validation_error

Answer = Callable[[Request, Parameters], Response]


def answering(answer: Answer) -> Callable[[Request], Awaitable[Response]]:
    """`BadParameter` becomes the venue's validation error."""

    async def endpoint(request: Request) -> Response:
        try:
            return answer(request, Parameters(request.query_params))
        except BadParameter as error:
            return validation_error(error)

    return endpoint
