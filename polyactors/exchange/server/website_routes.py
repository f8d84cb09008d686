"""What the venue's website says of where somebody is (polymarket.md 2): here orders are taken from everywhere."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route


def routes() -> list[BaseRoute]:
    async def geoblock(request: Request) -> Response:
        address = request.client.host if request.client is not None else ""
        return JSONResponse({"blocked": False, "ip": address, "country": "", "region": ""})

    return [Route("/api/geoblock", geoblock)]
