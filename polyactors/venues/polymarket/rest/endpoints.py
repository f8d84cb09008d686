"""What the client calls: path, limits, urgency, and whether a call changes anything at the venue."""

from attrs import frozen

from polyactors.venues.polymarket.rest.limits import Bucket, Urgency


@frozen
class Endpoint:
    """`acts` says that a call whose answer is lost leaves an unknown outcome; the others are questions.

    `windows` are names of `WindowLimit`s; the last is the endpoint's own.
    """

    method: str
    path: str
    windows: tuple[str, ...]
    urgency: Urgency = Urgency.READ
    bucket: Bucket | None = None
    acts: bool = False


_CLOB = ("general", "CLOB")
_LEDGER = (*_CLOB, "ledger")
_ORDERS, _CANCELS = Bucket.ORDERS, Bucket.CANCELS
_PLACE, _CANCEL = Urgency.PLACE, Urgency.CANCEL

TIME = Endpoint("GET", "/time", _CLOB)
VERSION = Endpoint("GET", "/version", _CLOB)
BOOK = Endpoint("GET", "/book", (*_CLOB, "book"))
BOOKS = Endpoint("POST", "/books", (*_CLOB, "books"))
TICK_SIZE = Endpoint("GET", "/tick-size", (*_CLOB, "tick-size"))
NEG_RISK = Endpoint("GET", "/neg-risk", _CLOB)
FEE_RATE = Endpoint("GET", "/fee-rate", _CLOB)
MARKET_OF_TOKEN = Endpoint("GET", "/markets-by-token/{}", _CLOB)
MARKET = Endpoint("GET", "/clob-markets/{}", _CLOB)

POST_ORDER = Endpoint("POST", "/order", (*_CLOB, "POST order"), _PLACE, _ORDERS, acts=True)
POST_ORDERS = Endpoint("POST", "/orders", (*_CLOB, "POST orders"), _PLACE, _ORDERS, acts=True)
CANCEL_ORDER = Endpoint("DELETE", "/order", (*_CLOB, "DELETE order"), _CANCEL, _CANCELS, acts=True)
CANCEL_ORDERS = Endpoint("DELETE", "/orders", (*_CLOB, "DELETE orders"), _CANCEL, _CANCELS, acts=True)
CANCEL_ALL = Endpoint("DELETE", "/cancel-all", (*_CLOB, "cancel-all"), _CANCEL, _CANCELS, acts=True)
CANCEL_MARKET = Endpoint(
    "DELETE", "/cancel-market-orders", (*_CLOB, "cancel-market-orders"), _CANCEL, _CANCELS, acts=True
)
HEARTBEAT = Endpoint("POST", "/v1/heartbeats", _CLOB, _CANCEL, acts=True)

ORDER = Endpoint("GET", "/data/order/{}", _LEDGER)
ORDERS = Endpoint("GET", "/data/orders", (*_LEDGER, "orders"))
TRADES = Endpoint("GET", "/data/trades", (*_LEDGER, "trades"))
NOTIFICATIONS = Endpoint("GET", "/notifications", (*_LEDGER, "notifications"))
DROP_NOTIFICATIONS = Endpoint("DELETE", "/notifications", (*_LEDGER, "notifications"), acts=True)
BALANCE = Endpoint("GET", "/balance-allowance", (*_CLOB, "balance"))
UPDATE_BALANCE = Endpoint("GET", "/balance-allowance/update", (*_CLOB, "balance update"))

CREATE_KEY = Endpoint("POST", "/auth/api-key", (*_CLOB, "keys"), acts=True)
DERIVE_KEY = Endpoint("GET", "/auth/derive-api-key", (*_CLOB, "keys"))
KEYS = Endpoint("GET", "/auth/api-keys", (*_CLOB, "keys"))
CLOSED_ONLY = Endpoint("GET", "/auth/ban-status/closed-only", (*_CLOB, "keys"))

GEOBLOCK = Endpoint("GET", "/api/geoblock", ())

GAMMA_MARKETS = Endpoint("GET", "/markets/keyset", ("general", "Gamma", "Gamma markets"))
GAMMA_EVENTS = Endpoint("GET", "/events/keyset", ("general", "Gamma", "Gamma events"))

POSITIONS = Endpoint("GET", "/v2/positions", ("general", "Data", "Data positions"))
ACTIVITY = Endpoint("GET", "/v2/activity", ("general", "Data", "Data activity"))
VALUE = Endpoint("GET", "/v2/value", ("general", "Data"))
