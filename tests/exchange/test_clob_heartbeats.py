"""The dead-man switch: a chain of ids, a mismatch that names the right one, and what happens when heartbeats stop."""

from hypothesis import given, settings
from hypothesis import strategies as st

from polyactors.exchange.clob.heartbeats import Accepted, Heartbeats, Mismatched
from polyactors.exchange.words import ApiKey
from tests.exchange.order_counter import ALICE, BOB, BUY, Counter, Json, counter

SECOND_NS = 1_000_000_000
KEY, OTHER = ApiKey("key"), ApiKey("other")


async def _beat(world: Counter, heartbeat_id: str | None, status: int = 200) -> Json:
    answer = await world.ask("POST", "/v1/heartbeats", {"heartbeat_id": heartbeat_id})
    assert answer.status_code == status, answer.text
    return answer.json()


async def test_each_heartbeat_brings_the_id_of_the_last_answer() -> None:
    async with counter() as world:
        seen = [""]
        for _ in range(5):
            answer = await _beat(world, seen[-1])
            assert list(answer) == ["heartbeat_id"]
            assert answer["heartbeat_id"] not in seen
            seen.append(answer["heartbeat_id"])


async def test_a_wrong_id_is_answered_with_the_right_one_and_does_not_count() -> None:
    async with counter() as world:
        await world.give(BUY, "0.5", "10")
        right = (await _beat(world, None))["heartbeat_id"]
        for wrong in ("stale", "", None):
            world.wait(3)
            assert await _beat(world, wrong, 400) == {"error_msg": "Invalid Heartbeat ID", "heartbeat_id": right}
        world.wait(1)
        assert not world.exchange.open_orders()
        assert await _beat(world, right, 400) == {"error_msg": "Invalid Heartbeat ID", "heartbeat_id": ""}


async def test_when_heartbeats_stop_all_orders_of_the_key_go_and_no_others() -> None:
    async with counter() as world:
        await world.give(BUY, "0.5", "10")
        theirs = (await world.give(BUY, "0.4", "10", key=BOB))["orderID"]
        await _beat(world, "")
        world.wait(9)
        assert len(world.exchange.open_orders()) == 2
        world.wait(6)
        assert [view.order.order for view in world.exchange.open_orders()] == [theirs]


async def test_orders_stay_while_heartbeats_come_and_without_any() -> None:
    async with counter() as world:
        for key in (ALICE, BOB):
            await world.give(BUY, "0.5", "10", key=key)
        last = ""
        for _ in range(10):
            last = (await _beat(world, last))["heartbeat_id"]
            world.wait(5)
        assert len(world.exchange.open_orders()) == 2


async def test_after_the_end_the_next_heartbeat_begins_anew() -> None:
    async with counter() as world:
        first = (await _beat(world, ""))["heartbeat_id"]
        world.wait(15)
        await world.give(BUY, "0.5", "10")
        world.wait(60)
        assert len(world.exchange.open_orders()) == 1
        assert (await _beat(world, ""))["heartbeat_id"] != first
        world.wait(15)
        assert not world.exchange.open_orders()


async def test_what_is_no_heartbeat_is_refused_and_changes_nothing() -> None:
    async with counter() as world:
        wrong: list[object] = [[], 7, "text", {"heartbeat_id": 7}, {"heartbeat_id": []}]
        for plain in wrong:
            answer = await world.ask("POST", "/v1/heartbeats", plain)
            assert (answer.status_code, answer.json()) == (400, {"error": "Invalid payload"}), plain
        answer = await world.ask("POST", "/v1/heartbeats", body=b"{")
        assert answer.status_code == 400
        assert (await world.client.post("/v1/heartbeats", json={"heartbeat_id": ""})).status_code == 401
        assert world.heartbeats.next_due_ns() is None


def test_keys_have_chains_of_their_own() -> None:
    cancelled: list[tuple[ApiKey, int]] = []
    heartbeats = Heartbeats(lambda owner, now_ns: cancelled.append((owner, now_ns)))
    first = heartbeats.beat(KEY, "", 0)
    assert isinstance(first, Accepted)
    assert heartbeats.beat(OTHER, first.next_id, 0) == Mismatched("")
    assert isinstance(heartbeats.beat(OTHER, "", 7 * SECOND_NS), Accepted)
    assert heartbeats.next_due_ns() == 10 * SECOND_NS
    heartbeats.advance(10 * SECOND_NS)
    assert cancelled == [(KEY, 10 * SECOND_NS)]
    assert heartbeats.next_due_ns() == 20 * SECOND_NS
    assert (heartbeats.is_armed(KEY), heartbeats.is_armed(OTHER)) == (False, True)


def test_the_ids_of_a_run_repeat_with_its_seed() -> None:
    def ids(seed: int) -> list[object]:
        heartbeats = Heartbeats(lambda owner, now_ns: None, seed)
        return [heartbeats.beat(ApiKey(name), "", 0) for name in "abc"]

    assert ids(1) == ids(1) != ids(2)


@settings(deadline=None)
@given(st.integers(0, 10**19), st.lists(st.tuples(st.integers(0, 20 * SECOND_NS), st.booleans()), max_size=30))
def test_a_chain_ends_ten_to_fifteen_seconds_after_its_last_good_heartbeat(
    start_ns: int, beats: list[tuple[int, bool]]
) -> None:
    cancelled: list[int] = []
    heartbeats = Heartbeats(lambda owner, now_ns: cancelled.append(now_ns))
    expected, now_ns, last_good_ns = "", start_ns, -1
    for wait_ns, is_right in beats:
        now_ns += wait_ns
        while (due_ns := heartbeats.next_due_ns()) is not None and due_ns <= now_ns:
            heartbeats.advance(due_ns)
            assert 10 * SECOND_NS <= due_ns - last_good_ns < 15 * SECOND_NS
            assert cancelled.pop() == due_ns
            expected = ""
        answer = heartbeats.beat(KEY, expected if is_right else "wrong", now_ns)
        if is_right:
            assert isinstance(answer, Accepted)
            expected, last_good_ns = answer.next_id, now_ns
        else:
            assert answer == Mismatched(expected)
    assert not cancelled
