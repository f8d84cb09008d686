"""Where the services are that claiming needs: the venue's own, or all of them on this machine."""

from urllib.parse import urlsplit

from attrs import Attribute, field, fields, frozen

LOOPBACK = ("127.0.0.1", "::1", "localhost")


class BadServices(ValueError):
    """Addresses that the key must not be used with."""


def _is_plain(instance: object, attribute: "Attribute[str]", value: str) -> None:
    try:
        parts = urlsplit(value)
        is_bare = parts.port is not None or parts.hostname is not None
    except ValueError:
        is_bare = False
    if not is_bare or parts.username is not None or parts.query or parts.fragment:
        raise BadServices(f"{attribute.name}: {value[:200]!r} is no address")


@frozen(kw_only=True)
class ClaimServices:
    """Either each is the venue's (the default), or each is on this machine: an emulated market must never lead to a
    real transaction, nor the other way round. Raises `BadServices`."""

    clob_url: str = field(default="https://clob.polymarket.com", validator=_is_plain)
    gamma_url: str = field(default="https://gamma-api.polymarket.com", validator=_is_plain)
    data_url: str = field(default="https://data-api.polymarket.com", validator=_is_plain)
    relayer_url: str = field(default="https://relayer-v2.polymarket.com", validator=_is_plain)
    rpc_url: str = field(default="https://polygon.drpc.org", validator=_is_plain)

    def __attrs_post_init__(self) -> None:
        if self.is_local:
            return
        for each in fields(ClaimServices):
            value = getattr(self, each.name)
            if value.rstrip("/") != each.default:
                raise BadServices(
                    f"{each.name}: {value[:200]!r} is neither the venue's ({each.default}) nor on this machine "
                    "together with all the others"
                )

    @property
    def is_local(self) -> bool:
        return all(urlsplit(getattr(self, each.name)).hostname in LOOPBACK for each in fields(ClaimServices))


def served_at(url: str, gamma_url: str, data_url: str) -> ClaimServices:
    """Those of an embedded exchange, as it says where it is. Raises `BadServices`."""
    base = url.rstrip("/")
    return ClaimServices(
        clob_url=base,
        gamma_url=gamma_url,
        data_url=data_url,
        relayer_url=f"{base}/relayer",
        rpc_url=f"{base}/rpc",
    )
