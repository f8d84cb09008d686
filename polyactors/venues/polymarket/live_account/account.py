"""A `LiveAccount` at the venue: typed REST, the user stream, and a signer in a process of its own."""

from collections.abc import Awaitable, Callable, Collection, Coroutine, Sequence
from contextlib import suppress
from itertools import islice

from attrs import define, field

from actors.execution.live.account import MOST_AT_ONCE, Deliver, Named, nobody_asks
from actors.execution.live.words import (
    AskFailed,
    CancelOutcome,
    NoSuchOrder,
    NotSent,
    NotSigned,
    PostOutcome,
    UserNews,
    VenueBalances,
    VenueOrder,
    VenueTrade,
)
from actors.execution.live.words import (
    Refused as OrderRefused,
)
from messages.identity import MarketId, OrderId, Outcome, VenueOrderId
from messages.markets import Market
from messages.orders import Order
from messages.units import NANOSECONDS_PER_SECOND, TickSize
from polyactors.venues.polymarket.first_client.desk import PostsOrders
from polyactors.venues.polymarket.live_account.bad_news import BadNews
from polyactors.venues.polymarket.live_account.balances import read_balances
from polyactors.venues.polymarket.live_account.fee_rates import FeeRates
from polyactors.venues.polymarket.live_account.heartbeat_chain import HeartbeatChain
from polyactors.venues.polymarket.live_account.order_making import OrderMade, make_order
from polyactors.venues.polymarket.live_account.orders_read import order_of_rest
from polyactors.venues.polymarket.live_account.owner import Owner
from polyactors.venues.polymarket.live_account.post_outcomes import post_outcome
from polyactors.venues.polymarket.live_account.settings import ENDS_EARLY_S, AccountSettings
from polyactors.venues.polymarket.live_account.telling import told
from polyactors.venues.polymarket.live_account.tokens import Place, Tokens
from polyactors.venues.polymarket.live_account.trades_read import Ourselves, venue_trade
from polyactors.venues.polymarket.live_account.user_news import Passing, UserNewsReader
from polyactors.venues.polymarket.live_account.waiting_orders import WaitingOrders, nobody_knows
from polyactors.venues.polymarket.live_streams.credentials import StreamCredentials
from polyactors.venues.polymarket.live_streams.user_stream import LiveUserStream
from polyactors.venues.polymarket.market_exchange import NoExchange, exchange_of
from polyactors.venues.polymarket.order_version import OrderVersion
from polyactors.venues.polymarket.rest.cancelling import MOST_CANCELS, Cancelled
from polyactors.venues.polymarket.rest.clob import Clob
from polyactors.venues.polymarket.rest.clob_markets import TokenPlace
from polyactors.venues.polymarket.rest.failures import Failure, Rejected
from polyactors.venues.polymarket.rest.own_orders import Missing, OwnOrder
from polyactors.venues.polymarket.rest.posting import OrderToPost
from polyactors.venues.polymarket.signer.order_amounts import BadAmounts
from polyactors.venues.polymarket.signer.port import SignerFailure, SignerPort, SignerRefused
from polyactors.venues.polymarket.signing.addresses import BadAddress
from polyactors.venues.polymarket.signing.orders import SignedOrder, order_digest, order_id
from polyactors.venues.polymarket.signing.typed_data import BadField
from polyactors.venues.refused import Refused
from polyactors.venues.streams.health import StreamHealth

DRY_RUN = "dry run"


@define(eq=False)
class PolymarketAccount:
    """See `actors.execution.live.account` for what the calls mean; `opening.open_account` makes one.

    `stream_credentials` open those streams of the venue that ask for an account. `tick_size_changed` has to be told of
    each change of a grid. Orders that are to end sooner than `shortest_gtd_ns`
    from now are signed for that long: whoever wants them to end in time cancels them.
    """

    settings: AccountSettings
    owner: Owner
    health: StreamHealth
    bad: BadNews
    _clob: Clob
    _poster: PostsOrders
    signer: SignerPort = field(repr=False)
    stream_credentials: StreamCredentials = field(repr=False)
    _stream: LiveUserStream = field(repr=False)
    _ourselves: Ourselves
    _tokens: Tokens
    _now_ns: Callable[[], int]
    _tick_sizes: dict[MarketId, TickSize] = field(init=False)
    _waiting: WaitingOrders = field(factory=WaitingOrders, init=False)
    _heartbeat: HeartbeatChain = field(init=False)
    _fee_rates: FeeRates = field(init=False)
    _traded: set[MarketId] = field(factory=set, init=False)
    """Where trades have moved on since the balances were last asked for."""

    def __attrs_post_init__(self) -> None:
        self._tick_sizes = {market.market: market.tick_size for market in self._tokens.markets.values()}
        self._heartbeat = HeartbeatChain(self._clob.account)
        self._fee_rates = FeeRates(self._clob.markets)

    @property
    def shortest_gtd_ns(self) -> int:
        return (self.settings.least_lead_s - ENDS_EARLY_S) * NANOSECONDS_PER_SECOND

    def learn(self, market: Market) -> None:
        """It was traded here once: its tokens are known, and nothing is signed for it."""
        if market.market not in self._tokens.markets:
            self._add(market)

    async def admit(self, market: Market) -> str | None:
        """It is traded from now on; or why not, for people. The signer's caps say how many markets may come so."""
        try:
            contract = exchange_of(market, self.settings.order_version).domain.contract
            if contract not in self.settings.caps.exchanges:
                return f"{market.slug}: the signer's caps do not allow its contract {contract}"
            await self.signer.allow_assets([market.token(outcome) for outcome in Outcome])
        except (NoExchange, SignerFailure) as error:
            return f"{market.slug}: {error}"
        self._add(market)
        return None

    async def dismiss(self, market: Market) -> None:
        """Nothing is signed for it any more; its tokens stay known, for its last trades may come late."""
        with suppress(SignerFailure):
            await self.signer.withdraw_assets([market.token(outcome) for outcome in Outcome])

    def tick_size_changed(self, market: MarketId, tick_size: TickSize) -> None:
        """Orders signed from now on are on this grid."""
        if market in self._tick_sizes:
            self._tick_sizes[market] = tick_size

    def sign(self, order: Order, named: Named = nobody_asks) -> Coroutine[object, object, VenueOrderId | NotSigned]:
        """An order that the venue has no form for (off the grid, ended already) is a refusal as well: nothing helps
        it."""
        if self.settings.order_version is OrderVersion.V1:
            return self._sign_with_fee_rate(order, named)
        return self._begin_signing(order, named, None)

    async def _sign_with_fee_rate(self, order: Order, named: Named) -> VenueOrderId | NotSigned:
        market = self._tokens.markets.get(order.market)
        if market is None:
            return _not_traded(order)
        fee_rate_bps = await self._fee_rates.of(market.token(order.outcome))
        if isinstance(fee_rate_bps, Failure):
            return NotSigned(f"the fee rate is not known: {self._failed(fee_rate_bps, 'fee rate').reason}")
        return await self._begin_signing(order, named, fee_rate_bps)

    def _begin_signing(
        self, order: Order, named: Named, fee_rate_bps: int | None
    ) -> Coroutine[object, object, VenueOrderId | NotSigned]:
        """The signer is asked, and the order named while it is at work; its signature is to be awaited."""
        market = self._tokens.markets.get(order.market)
        if market is None:
            return _answered(_not_traded(order))
        try:
            made = make_order(
                order,
                market,
                self._tick_sizes[order.market],
                self.owner,
                self._now_ns(),
                least_lead_s=self.settings.least_lead_s,
                fee_rate_bps=fee_rate_bps,
            )
            signing = self.signer.sign_order(made.unsigned, made.exchange)
        except (BadAmounts, NoExchange) as error:
            return _answered(NotSigned(str(error), is_refusal=True))
        except SignerFailure as failure:
            return _answered(_without_signature(failure))
        try:
            name = order_id(order_digest(made.unsigned, made.exchange.domain))
        except (BadField, BadAddress) as error:
            signing.close()
            return _answered(NotSigned(str(error), is_refusal=True))
        named(VenueOrderId(name))
        return self._signed(order, made, name, signing)

    async def _signed(
        self, order: Order, made: OrderMade, name: OrderId, signing: Awaitable[SignedOrder]
    ) -> VenueOrderId | NotSigned:
        try:
            signed = await signing
        except SignerFailure as failure:
            return _without_signature(failure)
        return self._waiting.add(
            OrderToPost(
                order=name,
                signed=signed,
                owner=self._ourselves.api_key,
                time_in_force=order.time_in_force,
                post_only=order.post_only,
                expiration_s=made.expiration_s,
            )
        )

    async def post(self, orders: Sequence[VenueOrderId]) -> tuple[PostOutcome, ...]:
        """An order that is twice in `orders` is posted once."""
        found: dict[VenueOrderId, PostOutcome] = {}
        to_post: list[OrderToPost] = []
        for name in dict.fromkeys(orders):
            order = self._waiting.get(name)
            if order is None:
                found[name] = nobody_knows(name)
            elif self.settings.dry_run:
                found[name] = NotSent(DRY_RUN)
            else:
                to_post.append(order)
        for start in range(0, len(to_post), MOST_AT_ONCE):
            found |= await self._post_some(to_post[start : start + MOST_AT_ONCE])
        return tuple(found[name] for name in orders)

    async def _post_some(self, orders: Sequence[OrderToPost]) -> dict[VenueOrderId, PostOutcome]:
        desk = self._poster
        answers = (await desk.post(orders[0]),) if len(orders) == 1 else await desk.post_batch(orders)
        found: dict[VenueOrderId, PostOutcome] = {}
        for order, answer in zip(orders, answers, strict=True):
            if isinstance(answer, Failure):
                self.bad.look_at(answer, "post")
            outcome = found[VenueOrderId(order.order)] = post_outcome(order, answer)
            if isinstance(outcome, OrderRefused):
                self._fee_rates.forget(order.signed.token_id)
            self._waiting.came_out(VenueOrderId(order.order), outcome)
        return found

    async def cancel(self, orders: Sequence[VenueOrderId]) -> CancelOutcome | AskFailed:
        """Those of a call that failed are in neither list, unless all failed."""
        wanted = [OrderId(order) for order in dict.fromkeys(orders)]
        if self.settings.dry_run:
            return CancelOutcome((), tuple((VenueOrderId(order), DRY_RUN) for order in wanted))
        cancelled: list[OrderId] = []
        kept: list[tuple[OrderId, str]] = []
        failure: AskFailed | None = None
        remaining = iter(wanted)
        while chunk := tuple(islice(remaining, MOST_CANCELS)):
            answer = await self._clob.orders.cancel_some(chunk)
            if isinstance(answer, Cancelled):
                cancelled += answer.cancelled
                kept += answer.kept
            else:
                failure = self._failed(answer, "cancel")
        if failure is not None and not (cancelled or kept):
            return failure
        return _cancel_outcome(Cancelled(tuple(cancelled), tuple(kept)))

    async def cancel_everything(self) -> CancelOutcome | AskFailed:
        if self.settings.dry_run:
            return AskFailed(DRY_RUN)
        answer = await self._clob.orders.cancel_all()
        return _cancel_outcome(answer) if isinstance(answer, Cancelled) else self._failed(answer, "cancel all")

    async def look_up(self, order: VenueOrderId) -> VenueOrder | NoSuchOrder | AskFailed:
        answer = await self._clob.account.order(OrderId(order))
        if isinstance(answer, Missing):
            return NoSuchOrder()
        return await self._order(answer) if isinstance(answer, OwnOrder) else self._failed(answer, "order")

    async def open_orders(self) -> tuple[VenueOrder, ...] | AskFailed:
        """One that cannot be read is a failure of all: it would be missing otherwise."""
        answer = await self._clob.account.open_orders()
        if not isinstance(answer, tuple):
            return self._failed(answer, "open orders")
        found = []
        for each in answer:
            order = await self._order(each)
            if isinstance(order, AskFailed):
                return order
            found.append(order)
        return tuple(found)

    async def trades(self, since_ns: int) -> tuple[VenueTrade, ...] | AskFailed:
        """In the order in which they were matched. The venue tells those after a second, not those of it."""
        answer = await self._clob.account.trades(max(0, since_ns // NANOSECONDS_PER_SECOND - 1))
        if not isinstance(answer, tuple):
            return self._failed(answer, "trades")
        found = []
        for each in answer:
            try:
                trade = venue_trade(each, self._ourselves, self._tokens)
            except Refused as refused:
                return AskFailed(self.bad.refused(refused, "trades", each))
            if trade is not None:
                found.append(trade)
                self._note(trade)
        return tuple(sorted(found, key=lambda trade: trade.matched_ns))

    async def balances(self, markets: Collection[MarketId]) -> VenueBalances | AskFailed:
        unknown = [market for market in markets if market not in self._tokens.markets]
        if unknown:
            return AskFailed(f"{unknown[0]} is not traded here")
        traded = self._traded.intersection(markets)
        self._traded -= traded
        return await read_balances(
            self._clob.account,
            [self._tokens.markets[market] for market in markets],
            [self._tokens.markets[market] for market in markets if market in traded],
        )

    async def beat(self) -> AskFailed | None:
        return None if self.settings.dry_run else await self._heartbeat.beat()

    async def listen(self, deliver: Deliver) -> None:
        reader = UserNewsReader(self._ourselves, self._tokens, self.bad)

        def deliver_and_note(news: UserNews) -> Awaitable[None] | None:
            if isinstance(news, VenueTrade):
                self._note(news)
            return deliver(news)

        await self._stream.pump(Passing(reader, deliver_and_note, self._now_ns))

    def _add(self, market: Market) -> None:
        self._tokens.add(market)
        # One that joins again may have got another grid meanwhile.
        self._tick_sizes.setdefault(market.market, market.tick_size)

    def _note(self, trade: VenueTrade) -> None:
        self._traded.update(part.market for part in trade.parts)

    async def _order(self, order: OwnOrder) -> VenueOrder | AskFailed:
        place = self._tokens.find(order.token) or await self._ask_place(order)
        if isinstance(place, AskFailed):
            return place
        try:
            return order_of_rest(order, place)
        except Refused as refused:
            return AskFailed(self.bad.refused(refused, "order", order))

    async def _ask_place(self, order: OwnOrder) -> Place | AskFailed:
        """Of a token that is not traded here. Where the venue does not know it any more either, its outcome means
        nothing: such an order can only be cancelled."""
        answer = await self._clob.markets.market_of(order.token)
        if isinstance(answer, TokenPlace):
            self._tokens.learn(answer)
            return self._tokens.find(order.token) or Place(order.market, Outcome.YES, None)
        if isinstance(answer, Rejected):
            return Place(order.market, Outcome.YES, None)
        return self._failed(answer, "market of a token")

    def _failed(self, failure: Failure, source: str) -> AskFailed:
        self.bad.look_at(failure, source)
        return AskFailed(told(failure))


def _cancel_outcome(found: Cancelled) -> CancelOutcome:
    return CancelOutcome(
        tuple(VenueOrderId(order) for order in found.cancelled),
        tuple((VenueOrderId(order), reason) for order, reason in found.kept),
    )


async def _answered(why: NotSigned) -> NotSigned:
    return why


def _not_traded(order: Order) -> NotSigned:
    return NotSigned(f"{order.market} is not traded here", is_refusal=True)


def _without_signature(failure: SignerFailure) -> NotSigned:
    return NotSigned(str(failure), is_refusal=isinstance(failure, SignerRefused))
