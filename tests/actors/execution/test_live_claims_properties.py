"""Whatever is lost, refused, killed or done behind its back: in the end the ledger says what the chain says, to the
unit, and nothing was merged that nobody wanted."""

from collections.abc import Awaitable, Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from actors.execution.live.claim_words import MergeSets
from actors.paths import CLAIMS, LEDGER
from messages.identity import MarketId, Outcome
from messages.market_data import MarketResolution
from messages.portfolio import MoveCause
from messages.units import ONE, Price, Shares
from supervision.specs import SECOND
from tests.actors.actor_world import NO, YES
from tests.actors.execution.claims_world import NONE, World, run
from tests.actors.samples import GAME, MAKER, OTHER_GAME, shares

MINUTE = 60 * SECOND
MARKETS = st.sampled_from([GAME, OTHER_GAME])
Step = Callable[[World], Awaitable[None]]


def buy(market: MarketId, outcome: Outcome, size: int) -> Step:
    async def step(world: World) -> None:
        if market in world.chain.payouts:
            return
        await world.own(outcome, shares(size), market)
        yes, no = world.chain.held.get(market, (NONE, NONE))
        more = shares(size)
        world.chain.held[market] = (Shares(yes + more), no) if outcome is YES else (yes, Shares(no + more))

    return step


def merge(market: MarketId, size: int) -> Step:
    async def step(world: World) -> None:
        await world.say(MergeSets(market, MAKER, shares(size)))

    return step


def resolve(market: MarketId, payout: int, is_told: bool) -> Step:
    async def step(world: World) -> None:
        world.chain.payouts.setdefault(market, Price(payout))
        if is_told:
            await world.say(MarketResolution(market, None, 1))

    return step


def behind_its_back(market: MarketId) -> Step:
    """The venue's operator redeems."""

    async def step(world: World) -> None:
        if market in world.chain.payouts and market in world.chain.held:
            world.chain.become(market, NONE, NONE)

    return step


def weather(loses: bool, happens: bool, refuses: bool, down: bool) -> Step:
    async def step(world: World) -> None:
        chain = world.chain
        chain.loses_answers, chain.happens, chain.refuses, chain.is_down = loses, happens, "no" * refuses, down

    return step


def kill(path: str) -> Step:
    async def step(world: World) -> None:
        world.tree.kill(path)
        await world.tree.settle()

    return step


def wait(duration_ns: int) -> Step:
    async def step(world: World) -> None:
        await world.tree.advance(duration_ns)

    return step


STEPS = st.one_of(
    st.builds(buy, MARKETS, st.sampled_from([YES, NO]), st.integers(1, 50)),
    st.builds(merge, MARKETS, st.integers(1, 50)),
    st.builds(resolve, MARKETS, st.sampled_from([0, 3000, 5000, ONE]), st.booleans()),
    st.builds(behind_its_back, MARKETS),
    st.builds(weather, st.booleans(), st.booleans(), st.booleans(), st.booleans()),
    st.builds(kill, st.sampled_from([CLAIMS.text, LEDGER.text])),
    st.builds(wait, st.sampled_from([SECOND, 6 * SECOND, MINUTE, 6 * MINUTE, 20 * MINUTE])),
)


@given(steps=st.lists(STEPS, max_size=25))
@settings(max_examples=60, deadline=None)
def test_in_the_end_the_ledger_is_the_account(steps: list[Step]) -> None:
    async def script(world: World) -> None:
        for step in steps:
            await step(world)
        await weather(False, True, False, False)(world)
        await world.tree.advance(180 * MINUTE)
        view = await world.view()
        bought = sum(each.cash for portfolio in view.markets for each in portfolio.positions)
        moved = sum(each.cash for each in world.booked)
        assert moved == world.chain.cash
        assert bought == view.wallet.cash - view.wallet.deposited
        for market in (GAME, OTHER_GAME):
            assert await world.shares(market) == world.chain.held.get(market, (NONE, NONE))

    world = run(script)
    merged = sum(each.cause is MoveCause.MERGE for each in world.booked)
    assert merged <= sum(what.startswith("merge") for what in world.chain.sent)
