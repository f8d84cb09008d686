"""Answers requests with the key at hand: what is asked for is checked, and only then signed."""

from collections.abc import Callable

from polyactors.venues.polymarket.signer.caps import Allowance, Caps, is_token_id
from polyactors.venues.polymarket.signer.wire import (
    AllowAssets,
    Allowed,
    Reason,
    Refused,
    SignAuth,
    Signed,
    SignOrder,
    WithdrawAssets,
)
from polyactors.venues.polymarket.signing.addresses import BadAddress, address_bytes
from polyactors.venues.polymarket.signing.keys import SigningKey
from polyactors.venues.polymarket.signing.l1_auth import sign_clob_auth
from polyactors.venues.polymarket.signing.orders import SignatureType, SignedOrder
from polyactors.venues.polymarket.signing.sign_order import sign_order
from polyactors.venues.polymarket.signing.typed_data import BadField


class SigningDesk:
    """`now_ns` is a monotone clock. Nothing that a request says is believed: the caps look at what gets signed."""

    def __init__(self, key: SigningKey, caps: Caps, now_ns: Callable[[], int]) -> None:
        self._key = key
        self._allowance = Allowance(caps)
        self._now_ns = now_ns

    def sign_order(self, request: SignOrder) -> Signed | Refused:
        try:
            refused = self._refused_by_form(request)
            return refused or self._sign_within_caps(request)
        except (BadAddress, BadField) as error:
            return Refused(request.number, Reason.BAD_ORDER, str(error))

    def sign_auth(self, request: SignAuth) -> Signed | Refused:
        if request.timestamp_s < 0:
            return Refused(request.number, Reason.BAD_ORDER, "a time before the epoch")
        try:
            signature = sign_clob_auth(self._key, request.timestamp_s, request.nonce, request.chain_id)
        except BadField as error:
            return Refused(request.number, Reason.BAD_ORDER, str(error))
        return Signed(request.number, signature)

    def allow_assets(self, request: AllowAssets) -> Allowed | Refused:
        """How many there may be came with the caps."""
        if any(not is_token_id(token) for token in request.assets):
            return Refused(request.number, Reason.BAD_ASSET, "a token that has no id of one")
        exceeded = self._allowance.allow(request.assets, self._now_ns())
        if exceeded is not None:
            return Refused(request.number, Reason.OVER_CAP, exceeded.detail, (exceeded,))
        return Allowed(request.number, self._allowance.further)

    def withdraw_assets(self, request: WithdrawAssets) -> Allowed:
        self._allowance.withdraw(request.assets)
        return Allowed(request.number, self._allowance.further)

    def _sign_within_caps(self, request: SignOrder) -> Signed | Refused:
        order, now_ns = request.order, self._now_ns()
        exceeded = self._allowance.exceeded(order, request.exchange, now_ns)
        if exceeded:
            detail = "; ".join(each.detail for each in exceeded)
            return Refused(request.number, Reason.OVER_CAP, detail, exceeded)
        signed = sign_order(order, request.exchange.domain, self._key, as_session=request.as_session)
        self._allowance.count(order, now_ns)
        return Signed(request.number, signed.signature)

    def _refused_by_form(self, request: SignOrder) -> Refused | None:
        order, number = request.order, request.number
        is_wallets = order.signature_type is SignatureType.DEPOSIT_WALLET
        if order.maker_amount <= 0 or order.taker_amount <= 0:
            return Refused(number, Reason.BAD_ORDER, "an order gives something and gets something")
        if (order.legacy is not None) is not request.exchange.is_legacy:
            return Refused(number, Reason.BAD_ORDER, f"legacy terms do not fit the exchange {request.exchange.value}")
        if is_wallets and request.exchange.is_legacy:
            return Refused(number, Reason.BAD_ORDER, "the first exchange does not know deposit wallets")
        if request.as_session and not is_wallets:
            return Refused(number, Reason.BAD_ORDER, "only deposit wallets have session keys")
        if not self._is_ours(order):
            return Refused(number, Reason.NOT_OUR_KEY, f"the order names another signer than {self._key.address}")
        return None

    def _is_ours(self, order: SignedOrder) -> bool:
        """Whether a signature by this key can be right for the parties that the order names (polymarket_wire.md 5.2).

        Which wallet belongs to which key is for the contract to say: owners may change.
        """
        maker, signer, own = (address_bytes(text) for text in (order.maker, order.signer, self._key.address))
        match order.signature_type:
            case SignatureType.EOA:
                return maker == signer == own
            case SignatureType.DEPOSIT_WALLET:
                return maker == signer
            case _:
                return signer == own
