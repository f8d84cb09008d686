"""All of Gamma. The paths are relative: the server mounts them under a prefix of its own."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from polyactors.exchange.core import Exchange
from polyactors.exchange.gamma.answering import answering
from polyactors.exchange.gamma.catalogue import Catalogue
from polyactors.exchange.gamma.event_routes import EventRequests
from polyactors.exchange.gamma.market_routes import MarketRequests
from polyactors.exchange.gamma.parameters import BadParameter, Parameters, not_found
from polyactors.exchange.gamma.statistics import MarketStatistics
from polyactors.exchange.gamma.tags import ALL_TAGS, Tag


def routes(exchange: Exchange, statistics: MarketStatistics, now_ns: Callable[[], int]) -> list[BaseRoute]:
    """`statistics` has to have listened to the exchange from its beginning."""
    catalogue = Catalogue(exchange, statistics)
    return [
        *MarketRequests(catalogue, now_ns).routes(),
        *EventRequests(catalogue, now_ns).routes(),
        Route("/tags", answering(_tags)),
        Route("/tags/slug/{tag}", answering(_tag)),
        Route("/tags/slug/{tag}/related-tags", answering(_nothing)),
        Route("/tags/slug/{tag}/related-tags/tags", answering(_nothing)),
        Route("/tags/{tag}", answering(_tag)),
        Route("/tags/{tag}/related-tags", answering(_nothing)),
        Route("/tags/{tag}/related-tags/tags", answering(_nothing)),
        Route("/sports", answering(_nothing)),
        Route("/sports/market-types", answering(_no_market_types)),
        Route("/teams", answering(_nothing)),
        Route("/comments", answering(_nothing)),
        Route("/comments/keyset", answering(_no_comments)),
        Route("/comments/user_address/{address}", answering(_nothing)),
        Route("/comments/{number}", answering(_nothing)),
        Route("/public-profile", answering(_profile)),
    ]


def _tags(request: Request, parameters: Parameters) -> Response:
    limit, offset = parameters.count("limit", 20, 100), parameters.count("offset", 0, 1_000_000)
    return JSONResponse([tag.document() for tag in ALL_TAGS[offset : offset + limit]])


def _tag(request: Request, parameters: Parameters) -> Response:
    asked = request.path_params["tag"]
    tag = next((tag for tag in ALL_TAGS if _is_called(tag, asked)), None)
    return not_found("tag") if tag is None else JSONResponse(tag.document())


def _is_called(tag: Tag, name: str) -> bool:
    return name in (tag.slug, str(tag.number))


def _nothing(request: Request, parameters: Parameters) -> Response:
    """There are no sports, no teams and no comments here."""
    return JSONResponse([])


def _no_market_types(request: Request, parameters: Parameters) -> Response:
    return JSONResponse({"marketTypes": []})


def _no_comments(request: Request, parameters: Parameters) -> Response:
    return JSONResponse({"comments": []})


def _profile(request: Request, parameters: Parameters) -> Response:
    """Nobody has told a name."""
    address = parameters.text("address")
    if address is None or not _is_address(address):
        raise BadParameter("address: give it an address")
    return JSONResponse(
        {
            "proxyWallet": address,
            "name": address,
            "pseudonym": address[:10],
            "displayUsernamePublic": False,
            "bio": "",
            "profileImage": "",
            "users": [],
            "verifiedBadge": False,
        }
    )


def _is_address(text: str) -> bool:
    return len(text) == 42 and text.startswith("0x") and all(digit in "0123456789abcdefABCDEF" for digit in text[2:])
