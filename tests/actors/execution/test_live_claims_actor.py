"""Winners are claimed by themselves, once; what is in doubt is looked at and not sent again; the ledger hears of it."""

import pytest
import trio

from actors.execution.live.claim_rules import ClaimSettings
from actors.execution.live.claim_words import (
    Claimed,
    ClaimInDoubt,
    ClaimsLooked,
    LookAtClaims,
    MergeEnded,
    MergeSets,
    NotClaimed,
)
from actors.paths import CLAIMS, LEDGER
from messages.claims import MergeOver, MergeSent
from messages.fills import FillSettled
from messages.identity import Outcome
from messages.market_data import MarketResolution
from messages.portfolio import AccountMoved, MoveCause
from messages.units import ONE, PRICE_SCALE, Price, Shares
from supervision.specs import SECOND
from tests.actors.actor_world import JOURNAL_PATH, NO, YES, heard
from tests.actors.execution.claims_world import ASKER, DEPOSIT, NONE, World, run
from tests.actors.samples import ARBITRAGE, GAME, MAKER, OTHER_GAME, dollars, shares

MINUTE = 60 * SECOND
ZERO = Price(0)


def over(winner: Outcome | None = YES) -> MarketResolution:
    return MarketResolution(GAME, winner, 1)


@pytest.mark.parametrize(
    ("payout", "paid"),
    [
        pytest.param(ONE, 100, id="yes"),
        pytest.param(ZERO, 40, id="no"),
        pytest.param(Price(PRICE_SCALE // 2), 70, id="half"),
    ],
)
def test_what_was_won_is_redeemed_and_told_to_the_ledger_once(payout: Price, paid: int) -> None:
    async def script(world: World) -> None:
        await world.own(YES, shares(100))
        await world.own(NO, shares(40), strategy=ARBITRAGE)
        world.chain.hold(shares(100), shares(40))
        world.chain.payouts[GAME] = payout
        before = (await world.view()).wallet.cash
        await world.say(over())
        assert world.chain.sent == [f"redeem {GAME}"]
        assert await world.shares() == (0, 0)
        assert (await world.view()).wallet.cash == before + dollars(paid)
        await world.tree.advance(30 * MINUTE)

    world = run(script)
    (moved,) = world.booked
    assert (moved.cause, moved.market, moved.yes_pays) == (MoveCause.REDEMPTION, GAME, payout)
    assert len(world.chain.sent) == 1


def test_what_lost_is_left() -> None:
    async def script(world: World) -> None:
        await world.own(NO, shares(100))
        world.chain.hold(NONE, shares(100))
        world.chain.payouts[GAME] = ONE
        await world.say(over())
        await world.tree.advance(60 * MINUTE)
        assert await world.shares() == (0, shares(100))

    world = run(script)
    assert (world.chain.sent, world.booked) == ([], [])


def test_a_payout_below_the_setting_is_left() -> None:
    async def script(world: World) -> None:
        await world.own(YES, Shares(10_000))
        world.chain.hold(Shares(10_000))
        world.chain.payouts[GAME] = ONE
        await world.tree.advance(60 * MINUTE)

    assert run(script, ClaimSettings(least_payout=dollars(1))).chain.sent == []


def test_the_outcome_may_be_on_the_chain_later_than_it_is_announced() -> None:
    async def script(world: World) -> None:
        await world.own(YES, shares(100))
        world.chain.hold(shares(100))
        await world.say(over())
        assert world.chain.sent == []
        world.chain.payouts[GAME] = ONE
        await world.tree.advance(31 * SECOND)
        assert await world.shares() == (0, 0)

    assert len(run(script).chain.sent) == 1


def test_markets_are_looked_at_though_nobody_tells_that_they_are_over() -> None:
    async def script(world: World) -> None:
        await world.own(YES, shares(100), OTHER_GAME)
        world.chain.hold(shares(100), where=OTHER_GAME)
        world.chain.payouts[OTHER_GAME] = ONE
        await world.tree.advance(301 * SECOND)
        assert await world.shares(OTHER_GAME) == (0, 0)

    assert run(script).chain.sent == [f"redeem {OTHER_GAME}"]


def test_what_the_venue_s_operator_redeemed_is_believed_when_it_was_seen_twice() -> None:
    async def script(world: World) -> None:
        await world.own(YES, shares(100))
        world.chain.payouts[GAME] = ONE
        await world.say(over())
        assert world.booked == []
        await world.tree.advance(4 * SECOND)
        assert world.booked == []
        await world.tree.advance(2 * SECOND)
        assert await world.shares() == (0, 0)
        assert (await world.view()).wallet.cash == DEPOSIT + dollars(50)

    assert run(script).chain.sent == []


def test_a_node_that_is_behind_does_not_make_shares_vanish() -> None:
    async def script(world: World) -> None:
        await world.own(YES, shares(100))
        await world.own(YES, shares(50), OTHER_GAME)
        world.chain.payouts[GAME] = ONE
        await world.say(over())
        world.chain.hold(shares(100))
        world.chain.refuses = "not now"
        await world.tree.advance(6 * SECOND)
        assert await world.shares() == (shares(100), 0)
        world.chain.hold(NONE)
        await world.say(LookAtClaims())
        assert world.booked == [], "the count begins anew"

    run(script)


def test_shares_of_fills_under_way_are_waited_for() -> None:
    async def script(world: World) -> None:
        fill = await world.own(YES, shares(100), provisional=True)
        world.chain.hold(shares(100))
        world.chain.payouts[GAME] = ONE
        await world.say(over())
        assert world.chain.sent == []
        await world.say(FillSettled(fill.trade, fill.order, GAME, 9), to=LEDGER.text)
        await world.say(LookAtClaims())
        assert world.chain.sent == [f"redeem {GAME}"]

    run(script)


@pytest.mark.parametrize("happens", [True, False])
def test_a_redemption_whose_answer_was_lost_is_looked_at_and_not_repeated_blindly(happens: bool) -> None:
    async def script(world: World) -> None:
        await world.own(YES, shares(100))
        world.chain.hold(shares(100))
        world.chain.payouts[GAME] = ONE
        world.chain.loses_answers, world.chain.happens = True, happens
        await world.say(over())
        await world.tree.advance(14 * MINUTE)
        assert len(world.chain.sent) == 1
        assert len(world.booked) == happens
        await world.say(LookAtClaims())
        assert heard(world.diary, ASKER, ClaimsLooked)[-1].in_doubt == (() if happens else (GAME,))
        world.chain.loses_answers = False
        await world.tree.advance(2 * MINUTE)
        assert len(world.chain.sent) == (1 if happens else 2), "after fifteen minutes it cannot happen any more"
        assert await world.shares() == (0, 0)

    assert len(run(script).booked) == 1


def test_a_crash_between_the_chain_and_the_ledger_loses_nothing() -> None:
    async def script(world: World) -> None:
        await world.own(YES, shares(100))
        world.chain.hold(shares(100))
        world.chain.payouts[GAME] = ONE
        # Redeemed by a life that ended before it could tell.
        world.chain.hold(NONE)
        world.tree.kill(CLAIMS.text)
        await world.tree.advance(20 * SECOND)
        assert await world.shares() == (0, 0)
        world.tree.kill(CLAIMS.text)
        world.tree.kill(LEDGER.text)
        await world.tree.advance(30 * MINUTE)
        assert (await world.view()).wallet.cash == DEPOSIT + dollars(50)

    assert len(run(script).booked) == 1


def test_a_refusal_is_tried_again_ever_more_rarely() -> None:
    async def script(world: World) -> None:
        await world.own(YES, shares(100))
        world.chain.hold(shares(100))
        world.chain.payouts[GAME] = ONE
        world.chain.refuses = "wallet busy"
        await world.say(over())
        await world.tree.advance(60 * MINUTE)
        assert 5 <= len(world.chain.sent) <= 8
        world.chain.refuses = ""
        await world.tree.advance(120 * MINUTE)
        assert await world.shares() == (0, 0)

    run(script)


def test_a_dry_run_sends_nothing_and_tells_the_ledger_nothing() -> None:
    async def script(world: World) -> None:
        await world.own(YES, shares(100))
        world.chain.hold(shares(100))
        world.chain.payouts[GAME] = ONE
        world.chain.is_dry = True
        await world.say(over())
        await world.tree.advance(50 * MINUTE)
        assert len(world.tree.logged("redemption: dry run")) == 1
        await world.say(LookAtClaims())
        assert heard(world.diary, ASKER, ClaimsLooked)[-1] == ClaimsLooked(())

    world = run(script)
    assert (world.chain.sent, world.booked) == ([], [])


def test_a_failed_look_is_no_empty_answer() -> None:
    async def script(world: World) -> None:
        await world.own(YES, shares(100))
        world.chain.payouts[GAME] = ONE
        world.chain.is_down = True
        await world.say(LookAtClaims())
        assert heard(world.diary, ASKER, ClaimsLooked)[-1].failed == "no way there"
        await world.tree.advance(20 * MINUTE)
        assert world.booked == []
        assert len(world.chain.looks) <= 20
        world.chain.is_down = False
        world.chain.hold(shares(100))
        await world.tree.advance(6 * MINUTE)
        assert await world.shares() == (0, 0)

    run(script)


def test_a_part_of_the_shares_missing_is_nobody_s_redemption() -> None:
    async def script(world: World) -> None:
        await world.own(NO, shares(100))
        world.chain.hold(NONE, shares(40))
        world.chain.payouts[GAME] = ONE
        await world.tree.advance(30 * MINUTE)
        assert len(world.tree.logged("what is held is not what was settled")) == 1

    world = run(script)
    assert (world.chain.sent, world.booked) == ([], [])


async def sets(world: World, size: int = 100) -> None:
    await world.own(YES, shares(size))
    await world.own(NO, shares(size))
    world.chain.hold(shares(size), shares(size))


def ended(world: World) -> list[MergeEnded]:
    return heard(world.diary, ASKER, MergeEnded)


def test_sets_are_merged_when_asked_for() -> None:
    async def script(world: World) -> None:
        await sets(world)
        await world.say(MergeSets(GAME, MAKER, shares(60)))
        assert ended(world) == [MergeEnded(GAME, MAKER, shares(60), Claimed("0x1"))]
        assert await world.shares() == (shares(40), shares(40))
        await world.say(MergeSets(GAME, MAKER))
        assert (await world.view()).wallet.cash == DEPOSIT

    assert [each.cause for each in run(script).booked] == [MoveCause.MERGE, MoveCause.MERGE]


def test_shares_that_are_reserved_not_settled_or_another_s_are_not_merged() -> None:
    async def script(world: World) -> None:
        await world.own(YES, shares(100))
        await world.own(NO, shares(100), strategy=ARBITRAGE)
        world.chain.hold(shares(100), shares(100))
        await world.say(MergeSets(GAME, MAKER))
        await world.own(NO, shares(70), provisional=True)
        await world.say(MergeSets(GAME, MAKER))
        await world.say(MergeSets(OTHER_GAME, MAKER))
        assert [type(each.outcome) for each in ended(world)] == [NotClaimed] * 3

    assert run(script).chain.sent == []


@pytest.mark.parametrize("happens", [True, False])
def test_a_merge_in_doubt_is_told_when_it_was_seen_and_never_sent_again(happens: bool) -> None:
    async def script(world: World) -> None:
        await sets(world)
        world.chain.loses_answers, world.chain.happens = True, happens
        await world.say(MergeSets(GAME, MAKER, shares(60)))
        assert [type(each.outcome) for each in ended(world)] == [ClaimInDoubt]
        await world.say(MergeSets(GAME, MAKER, shares(60)))
        refused = ended(world)[-1]
        assert isinstance(refused.outcome, NotClaimed)
        await world.tree.advance(30 * MINUTE)
        await world.say(LookAtClaims())
        assert heard(world.diary, ASKER, ClaimsLooked)[-1].in_doubt == ()
        left = shares(40) if happens else shares(100)
        assert await world.shares() == (left, left)

    world = run(script)
    assert len(world.chain.sent) == 1
    assert len(world.booked) == happens


@pytest.mark.parametrize("happened", [True, False])
def test_a_merge_of_a_former_life_is_in_doubt_until_it_was_looked_at(happened: bool) -> None:
    async def script(world: World) -> None:
        await sets(world)
        await world.say(MergeSent(GAME, MAKER, shares(60), 0, 0, world.tree.clock.now_ns()), to=JOURNAL_PATH)
        if happened:
            world.chain.hold(shares(40), shares(40))
        world.tree.kill(CLAIMS.text)
        await world.tree.settle()
        await world.say(LookAtClaims())
        assert heard(world.diary, ASKER, ClaimsLooked) == ([] if happened else [ClaimsLooked((GAME,))])
        await world.say(MergeSets(GAME, MAKER, shares(60)))
        assert isinstance(ended(world)[-1].outcome, NotClaimed)
        await world.tree.advance(20 * MINUTE)
        left = shares(40) if happened else shares(100)
        assert await world.shares() == (left, left)
        world.tree.kill(CLAIMS.text)
        await world.tree.advance(20 * MINUTE)

    world = run(script)
    assert world.chain.sent == []
    assert len(world.booked) == happened
    assert len(heard(world.diary, JOURNAL_PATH, MergeOver)) == 1


@pytest.mark.parametrize("happened", [True, False])
def test_a_market_that_is_decided_meanwhile_ends_the_doubt_of_its_merge(happened: bool) -> None:
    async def script(world: World) -> None:
        await sets(world)
        world.chain.loses_answers, world.chain.happens = True, happened
        await world.say(MergeSets(GAME, MAKER, shares(60)))
        world.chain.loses_answers = False
        world.chain.payouts[GAME] = Price(3000)
        await world.say(over(None))
        await world.tree.advance(MINUTE)
        assert await world.shares() == (0, 0)
        assert (await world.view()).wallet.cash == DEPOSIT
        await world.say(LookAtClaims())
        assert heard(world.diary, ASKER, ClaimsLooked)[-1].in_doubt == ()

    assert [each.cause for each in run(script).booked] == [MoveCause.REDEMPTION]


def test_a_merge_is_on_disk_before_it_is_sent() -> None:
    async def script(world: World) -> None:
        await sets(world)
        await world.say(MergeSets(GAME, MAKER))
        (sent,) = heard(world.diary, JOURNAL_PATH, MergeSent)
        (over_again,) = heard(world.diary, JOURNAL_PATH, MergeOver)
        assert over_again.sent_ns == sent.at_ns

    world = run(script)
    kinds = [type(each) for each in world.diary.received(JOURNAL_PATH)]
    assert kinds.index(MergeSent) < kinds.index(AccountMoved)


def test_whoever_asks_while_a_transaction_is_under_way_is_told_of_it_at_once() -> None:
    async def script(world: World) -> None:
        await sets(world)
        await world.tree.advance(6 * MINUTE)
        world.chain.payouts[GAME] = ONE
        world.chain.takes = trio.Event()
        await world.say(over())
        await world.say(LookAtClaims())
        assert heard(world.diary, ASKER, ClaimsLooked)[-1].in_doubt == (GAME,)
        world.chain.takes.set()
        await world.tree.settle()
        await world.say(LookAtClaims())
        assert heard(world.diary, ASKER, ClaimsLooked)[-1].in_doubt == ()
        assert await world.shares() == (0, 0)

    run(script)


def test_what_moved_while_it_was_read_is_read_again() -> None:
    async def script(world: World) -> None:
        await world.own(YES, shares(100))
        world.chain.payouts[GAME] = ONE
        await world.say(LookAtClaims())
        await world.tree.advance(4 * SECOND)
        world.chain.takes_to_look = trio.Event()
        await world.tree.advance(2 * SECOND)
        await world.own(YES, shares(50))
        world.chain.takes_to_look.set()
        await world.tree.settle()
        assert world.booked == []
        await world.tree.advance(6 * SECOND)
        assert world.booked == [], "the chain had not been seen without the new ones for long enough"
        await world.tree.advance(6 * SECOND)
        assert await world.shares() == (0, 0)

    assert len(run(script).booked) == 1
