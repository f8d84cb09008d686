"""One line in, one answer out, for as long as the process lives. Nothing that comes in ends it."""

from polyactors.venues.polymarket.claims.desk import ClaimDesk
from polyactors.venues.polymarket.claims.json_rpc import JsonRpc
from polyactors.venues.polymarket.claims.official_client import (
    NotInstalled,
    OpenPublic,
    OpenSecure,
    PublicOffice,
    open_public,
    open_secure,
)
from polyactors.venues.polymarket.claims.wire import (
    Answer,
    Claim,
    Doubtful,
    Reason,
    Refused,
    Request,
    Start,
    Started,
    decode_request,
)
from polyactors.venues.polymarket.own_process.answering import answer_line
from polyactors.venues.polymarket.own_process.vocabulary import NO_NUMBER
from polyactors.venues.polymarket.signer.key_source import KeyUnavailable, read_secret
from polyactors.venues.polymarket.signing.keys import BadKey, SigningKey


class Conversation:
    def __init__(self, public: OpenPublic = open_public, secure: OpenSecure = open_secure) -> None:
        self._open_public = public
        self._open_secure = secure
        self._desk: ClaimDesk | None = None

    def answer(self, line: bytes) -> Answer:
        return answer_line(line, decode_request, self._answer, _malformed, _unforeseen)

    def _answer(self, request: Request) -> Answer:
        if isinstance(request, Start):
            return self._start(request)
        if self._desk is None:
            return Refused(request.number, Reason.NOT_STARTED, "the first request has to be Start")
        return self._desk.answer(request)

    def _start(self, request: Start) -> Answer:
        if self._desk is not None:
            return Refused(request.number, Reason.ALREADY_STARTED, "it is started once")
        try:
            office = self._opened(request)
        except NotInstalled as error:
            return Refused(request.number, Reason.NOT_INSTALLED, str(error))
        except KeyUnavailable as error:
            return Refused(request.number, Reason.NO_KEY, str(error))
        except Exception as error:
            # The client knows the key by now: its texts stay here.
            status = getattr(error, "status", "")
            return Refused(request.number, Reason.NO_CLIENT, f"{type(error).__name__} {status}".strip())
        self._desk = ClaimDesk(office, JsonRpc(request.services.rpc_url).call)
        return Started(request.number, office.wallet)

    def _opened(self, request: Start) -> PublicOffice:
        if request.dry_run and request.wallet is not None:
            return self._open_public(request.services, request.wallet)
        if request.key is None:
            raise KeyUnavailable("no place of a key was named")
        text = read_secret(request.key)
        try:
            signer = SigningKey.from_hex(text).address
        except BadKey as error:
            raise KeyUnavailable(f"there is no valid key where it should be: {error}") from None
        wallet = request.wallet or signer
        if request.dry_run:
            return self._open_public(request.services, wallet)
        relayer_key = None if request.relayer_key is None else read_secret(request.relayer_key)
        return self._open_secure(request.services, text, signer, wallet, relayer_key)


def _malformed(why: str) -> Refused:
    return Refused(NO_NUMBER, Reason.MALFORMED, why)


def _unforeseen(request: Request, kind: str) -> Answer:
    if isinstance(request, Claim):
        return Doubtful(request.number, f"unforeseen: {kind}")
    return Refused(request.number, Reason.INTERNAL, kind)
