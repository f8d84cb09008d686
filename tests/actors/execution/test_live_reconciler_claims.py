"""Redeeming and merging move the chain without a trade: no difference is believed before the claims were asked."""

from collections.abc import Callable

from actors.execution.live.claim_words import ClaimsLooked, LookAtClaims
from actors.paths import CLAIMS
from messages.identity import Outcome
from messages.risk import HoldMode
from messages.units import Shares
from supervision.specs import SECOND
from supervision.testing import Diary, Probe, Tree
from tests.actors.actor_world import heard
from tests.actors.execution.live_watch_world import GOVERNOR_PATH
from tests.actors.execution.reconciler_scene import PAUSE, SETTINGS, Scene, ask, state
from tests.actors.samples import GAME, OTHER_GAME, dollars, market, shares

NOTHING = ClaimsLooked(())


class AskedClaims(Probe):
    """`look` is what the test has happen when the claims are asked: it tells the ledger, and says the answer."""

    def __init__(self, diary: Diary, look: Callable[[], ClaimsLooked | None]) -> None:
        super().__init__(diary)
        self._look = look

    def receive(self, message: object) -> None:
        super().receive(message)
        if isinstance(message, LookAtClaims) and (answer := self._look()) is not None:
            self.reply(answer)


def scene_with(look: Callable[[], ClaimsLooked | None]) -> Scene:
    scene = Scene(markets=(market(), market(OTHER_GAME)))
    scene.real[CLAIMS.text] = lambda: AskedClaims(scene.diary, look)
    return scene


def test_nobody_is_asked_as_long_as_nothing_differs() -> None:
    scene = scene_with(lambda: NOTHING)

    async def script(tree: Tree) -> None:
        await tree.advance(3 * SETTINGS.every_ns)
        assert heard(scene.diary, CLAIMS.text, LookAtClaims) == []

    scene.run(script)


def test_winnings_that_the_ledger_is_told_of_by_then_are_no_difference() -> None:
    def look() -> ClaimsLooked:
        scene.books.cash = dollars(1010)
        return NOTHING

    scene = scene_with(look)
    scene.account.cash = dollars(1010)

    async def script(tree: Tree) -> None:
        ask(tree)
        await tree.advance(PAUSE)
        assert scene.latched() == []
        assert state(tree).is_reconciled
        assert [answer.differences for answer in scene.answers()] == [()]

    scene.run(script)


def test_what_nobody_claimed_is_a_difference() -> None:
    scene = scene_with(lambda: NOTHING)
    scene.account.cash = dollars(990)

    async def script(tree: Tree) -> None:
        await tree.advance(PAUSE)
        assert len(scene.latched()) == 1

    scene.run(script)


def test_while_a_claim_is_in_doubt_its_market_and_the_cash_are_in_doubt_but_no_other_token() -> None:
    doubts = [ClaimsLooked((GAME,)), ClaimsLooked((GAME,)), NOTHING]
    scene = scene_with(lambda: doubts.pop(0) if len(doubts) > 1 else doubts[0])
    scene.account.cash = dollars(1010)
    scene.books.shares[GAME, Outcome.YES] = shares(10)

    async def script(tree: Tree) -> None:
        ask(tree)
        await tree.advance(2 * PAUSE + SECOND)
        assert scene.latched() == []
        assert len(state(tree).doubts) == 2
        scene.books.cash, scene.books.shares[GAME, Outcome.YES] = dollars(1010), Shares(0)
        await tree.advance(PAUSE)
        assert state(tree).is_reconciled

    scene.run(script)


def test_a_token_of_another_market_is_not_excused_by_a_claim_in_doubt() -> None:
    scene = scene_with(lambda: ClaimsLooked((GAME,)))
    scene.account.shares[OTHER_GAME, Outcome.NO] = shares(3)

    async def script(tree: Tree) -> None:
        await tree.advance(PAUSE)
        assert len(scene.latched()) == 1

    scene.run(script)


def test_a_look_that_failed_leaves_everything_in_doubt_and_doubt_is_halt_in_the_end() -> None:
    scene = scene_with(lambda: ClaimsLooked((), "the chain does not answer"))
    scene.account.shares[OTHER_GAME, Outcome.NO] = shares(3)

    async def script(tree: Tree) -> None:
        await tree.advance(SETTINGS.doubt_limit_ns + PAUSE)
        assert scene.latched() == []
        assert heard(scene.diary, GOVERNOR_PATH, HoldMode)

    scene.run(script)


def test_claims_that_do_not_answer_hold_nothing_up_for_ever() -> None:
    scene = scene_with(lambda: None)
    scene.account.cash = dollars(990)

    async def script(tree: Tree) -> None:
        ask(tree)
        await tree.advance(PAUSE + SECOND)
        scene.account.cash = dollars(1000)
        await tree.advance(SETTINGS.claims_within_ns)
        assert scene.latched() == []
        assert [answer.differences for answer in scene.answers()] == [()]

    scene.run(script)
