"""The governor where the clock moves while messages wait: what it does and what it says of its mode go together."""

from actors.risk.governor import Governor, GovernorSettings
from actors.risk.limits import RiskLimits
from messages.portfolio import MarketPortfolio, PortfolioView, Wallet
from messages.risk import Authorise, Authorised, ExecutionReady, ModeChanged, RiskMode
from messages.units import Cash, Shares
from supervision.specs import SECOND
from supervision.testing import Diary, Tree, run_tree
from tests.actors.actor_world import GOVERNOR_PATH, JOURNAL_PATH, world
from tests.actors.samples import GAME, dollars, market, place

SETTINGS = GovernorSettings(limits=RiskLimits(dollars(1000), dollars(1000), 6, dollars(100)), quiet_ns=SECOND)


def test_an_intent_that_comes_before_the_timer_is_not_authorised_in_what_the_journal_shows_as_halt() -> None:
    diary = Diary()

    async def script(tree: Tree) -> None:
        empty = MarketPortfolio(GAME, 0, (), (), Cash(0), Shares(0), Shares(0))
        wallet = Wallet(dollars(1000), dollars(1000), Cash(0))
        tree.tell(GOVERNOR_PATH, PortfolioView(1, wallet, (empty,), 1), ExecutionReady(1))
        await tree.settle()
        tree.clock.advance_to(tree.clock.now_ns() + SECOND)
        tree.tell(GOVERNOR_PATH, Authorise(place("i1", where=GAME), 1))
        await tree.settle()
        mode = None
        for record in diary.received(JOURNAL_PATH):
            if isinstance(record, ModeChanged) and record.market is None:
                mode = record.mode
            if isinstance(record, Authorised):
                assert mode is RiskMode.NORMAL

    run_tree(world(diary, {GOVERNOR_PATH: lambda: Governor((market(),), SETTINGS)}), script)
