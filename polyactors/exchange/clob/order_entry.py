"""From the JSON of one order to the exchange: its owner, its token, its signature and its amounts, in this order."""

from attrs import define, field, frozen

from messages.identity import OrderId
from polyactors.exchange import admission
from polyactors.exchange.clob.api_keys import Credentials
from polyactors.exchange.clob.builder_orders import BuilderOrders
from polyactors.exchange.clob.errors import Rejected
from polyactors.exchange.clob.limit_price import order_terms
from polyactors.exchange.clob.order_form import OrderForm, order_form
from polyactors.exchange.core import Exchange
from polyactors.exchange.signatures import BadSignature, HasSession, SignatureFault, no_sessions, verify
from polyactors.exchange.words import Listing, NewOrder, Placed, Refused, TradingMode, Wallet
from polyactors.venues.polymarket.signing.addresses import checksummed

_OLD_VERSION = Refused(admission.BAD_REQUEST, "order_version_mismatch")
_NOT_THE_OWNER = Refused(admission.BAD_REQUEST, "the order owner has to be the owner of the API KEY")
_NOT_THE_SIGNER = Refused(admission.BAD_REQUEST, "the order signer address has to be the address of the API KEY")
_BAD_SIGNATURE = Refused(admission.BAD_REQUEST, "invalid signature")
_STOPPED_MODES = (TradingMode.RESTARTING, TradingMode.CANCEL_ONLY, TradingMode.DISABLED)


@frozen
class EntryRules:
    """What the venue's documents leave open about orders.

    `strict_wallets` wants the maker to be the wallet that follows from the signer; `strict_market_decimals` is
    explained at `limit_price.order_terms`.
    """

    accepts_v1: bool = False
    strict_wallets: bool = True
    strict_market_decimals: bool = False
    most_orders: int = 15
    most_cancels: int = 3_000


@define
class OrderEntry:
    """`has_session` says which session keys may sign for a wallet; `builders` is told who built which order."""

    exchange: Exchange
    rules: EntryRules = field(factory=EntryRules)
    has_session: HasSession = no_sessions
    builders: BuilderOrders = field(factory=BuilderOrders)

    def refused_for_all(self) -> Refused | None:
        """While nobody's orders are taken it does not matter which they are."""
        if self.exchange.mode in _STOPPED_MODES:
            return admission.refused_by_mode(self.exchange.mode, is_post_only=True)
        return None

    def enter(self, plain: object, credentials: Credentials, now_ns: int) -> Placed | Refused:
        """Never raises, whatever `plain` is; a refused order changes nothing."""
        try:
            form = order_form(plain)
            order = self._order(form, credentials)
        except Rejected as error:
            return error.refused
        outcome = self.exchange.submit(order, now_ns)
        if isinstance(outcome, Placed):
            self.builders.add(form.signed.builder, order.order)
        return outcome

    def _order(self, form: OrderForm, credentials: Credentials) -> NewOrder:
        """Raises `Rejected`."""
        signed = form.signed
        if signed.legacy is not None and not self.rules.accepts_v1:
            raise Rejected(_OLD_VERSION)
        if form.owner != credentials.key:
            raise Rejected(_NOT_THE_OWNER)
        found = self.exchange.listing_of(signed.token_id)
        if found is None:
            raise Rejected(admission.NO_BOOK)
        listing, outcome = found
        order_id = self._verified(form, credentials, listing)
        terms = order_terms(
            signed.side,
            signed.maker_amount,
            signed.taker_amount,
            form.order_type,
            self.exchange.tick_size(listing.market.market),
            strict_market_decimals=self.rules.strict_market_decimals,
        )
        if isinstance(terms, Refused):
            raise Rejected(terms)
        return NewOrder(
            order=order_id,
            wallet=Wallet(checksummed(signed.maker)),
            owner=credentials.key,
            market=listing.market.market,
            outcome=outcome,
            side=signed.side,
            price=terms.price,
            size=terms.size,
            order_type=form.order_type,
            post_only=form.post_only,
            expiration_s=form.expiration_s,
            budget=terms.budget,
        )

    def _verified(self, form: OrderForm, credentials: Credentials, listing: Listing) -> OrderId:
        verified = verify(
            form.signed,
            credentials.address,
            listing.market.neg_risk,
            listing.is_protocol_two,
            strict_wallets=self.rules.strict_wallets,
            has_session=self.has_session,
        )
        if not isinstance(verified, BadSignature):
            return verified
        match verified.fault:
            case SignatureFault.FIELD_OUT_OF_RANGE:
                raise Rejected(admission.BAD_PAYLOAD)
            case SignatureFault.NOT_THE_KEYS_OWNER:
                raise Rejected(_NOT_THE_SIGNER)
            case _:
                raise Rejected(_BAD_SIGNATURE)
