"""How a market joins an account that is open: within the signer's caps, and with what was held of it before."""

from collections.abc import Callable

from actors.execution.live.words import AskFailed
from actors.feeds.market_yard import NotNow
from messages.control import AccountOpened
from messages.markets import Market
from polyactors.live.account_book import Opening
from polyactors.venues.place import WriteDown
from polyactors.venues.polymarket.live_account.account import PolymarketAccount


class AccountEntry:
    """An `Entry`. What is held of a market that never was in the journal is read before anybody trades it: it is
    nobody's here."""

    def __init__(self, account: PolymarketAccount, opening: Opening, now_ns: Callable[[], int]) -> None:
        self._account = account
        self._cash = opening.cash
        self._known = {market for market, _ in opening.baseline}
        self._now_ns = now_ns

    async def admit(self, market: Market, write_down: WriteDown) -> None:
        why_not = await self._account.admit(market)
        if why_not is not None:
            raise NotNow(why_not)
        if market.market in self._known:
            return
        found = await self._account.balances([market.market])
        if isinstance(found, AskFailed):
            raise NotNow(f"{market.slug}: the balances could not be read: {found.reason}")
        await write_down(AccountOpened(self._account.owner.wallet, self._cash, found.shares, self._now_ns()))
        self._known.add(market.market)

    async def dismiss(self, market: Market) -> None:
        await self._account.dismiss(market)
