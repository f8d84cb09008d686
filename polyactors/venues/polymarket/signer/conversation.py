"""One line in, one answer out, for as long as the signer lives. Nothing that comes in ends it."""

from collections.abc import Callable

from polyactors.venues.polymarket.own_process.answering import answer_line
from polyactors.venues.polymarket.own_process.vocabulary import NO_NUMBER
from polyactors.venues.polymarket.signer.desk import SigningDesk
from polyactors.venues.polymarket.signer.key_source import KeyUnavailable, read_key
from polyactors.venues.polymarket.signer.wire import (
    AllowAssets,
    Answer,
    Reason,
    Refused,
    Request,
    SignAuth,
    SignOrder,
    Start,
    Started,
    WithdrawAssets,
    decode_request,
)


class Conversation:
    """`now_ns` is a monotone clock."""

    def __init__(self, now_ns: Callable[[], int]) -> None:
        self._now_ns = now_ns
        self._desk: SigningDesk | None = None

    def answer(self, line: bytes) -> Answer:
        return answer_line(line, decode_request, self._answer, _malformed, _unforeseen)

    def _answer(self, request: Request) -> Answer:
        desk = self._desk
        match request:
            case Start():
                return self._start(request)
            case _ if desk is None:
                return Refused(request.number, Reason.NOT_STARTED, "the first request has to be Start")
            case SignOrder():
                return desk.sign_order(request)
            case SignAuth():
                return desk.sign_auth(request)
            case AllowAssets():
                return desk.allow_assets(request)
            case WithdrawAssets():
                return desk.withdraw_assets(request)

    def _start(self, request: Start) -> Started | Refused:
        if self._desk is not None:
            return Refused(request.number, Reason.ALREADY_STARTED, "key and caps are set once")
        try:
            key = read_key(request.key)
        except KeyUnavailable as error:
            return Refused(request.number, Reason.NO_KEY, str(error))
        self._desk = SigningDesk(key, request.caps, self._now_ns)
        return Started(request.number, key.address)


def _malformed(why: str) -> Refused:
    return Refused(NO_NUMBER, Reason.MALFORMED, why)


def _unforeseen(request: Request, kind: str) -> Refused:
    return Refused(request.number, Reason.INTERNAL, kind)
