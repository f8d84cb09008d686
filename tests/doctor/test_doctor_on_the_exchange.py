"""The doctor, over real sockets, at a served exchange: well for every wallet, and each thing that is wrong is found."""

from collections.abc import AsyncIterator, Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest
from attrs import evolve

from messages.units import Shares
from polyactors.doctor.examination import NO_ORDERS, examine
from polyactors.doctor.finding import Check, State, is_ready
from polyactors.exchange.words import TradingMode
from polyactors.live.gates import refusals
from polyactors.live.wallet_type import WalletType
from polyactors.venues.polymarket.order_version import OrderVersion
from polyactors.venues.polymarket.signer.opening import open_signer
from polyactors.venues.polymarket.signing.addresses import (
    EXCHANGE_V1,
    EXCHANGE_V2,
    EXCHANGE_V3,
    NEG_RISK_EXCHANGE_V1,
    NEG_RISK_EXCHANGE_V2,
)
from tests.doctor.doctor_world import FEW, Front, Person, ended, front_of
from tests.exchange_clients.served_exchange import ServedExchange, serve

SOMEBODY_ELSES = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"


@pytest.fixture(scope="module")
def venue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedExchange]:
    with ended(serve(tmp_path_factory.mktemp("exchange"), FEW)) as exchange:
        yield exchange


@pytest.fixture
async def front(venue: ServedExchange) -> AsyncIterator[Front]:
    async with front_of(venue) as found:
        yield found


@pytest.fixture
def person(front: Front, tmp_path: Path) -> Person:
    return Person(tmp_path, front.url)


@pytest.mark.parametrize("wallet_type", WalletType)
async def test_everything_is_well_for_each_type_of_wallet(person: Person, wallet_type: WalletType) -> None:
    person.choose(wallet_type=wallet_type, wallet=person.wallet(wallet_type))
    found = await person.examined()
    assert found.not_ok == {}
    assert is_ready(found.findings)
    assert refusals(person.configuration.live, found.findings) == ()
    assert "10000 pUSD" in found[Check.BALANCE].seen
    assert "Standard" in found[Check.RATE_TIER].seen


async def test_it_orders_nothing_and_arms_no_heartbeat(person: Person, front: Front, venue: ServedExchange) -> None:
    found = await person.examined()
    assert is_ready(found.findings)
    changing = [(method, path, body) for method, path, body in front.asked if method != "GET"]
    assert sorted(changing) == [("POST", "/auth/api-key", b""), ("POST", "/orders", b"[]")]


async def test_a_second_examination_derives_the_key_that_the_first_one_made(person: Person) -> None:
    first, second = await person.examined(), await person.examined()
    assert first[Check.API_KEY] == second[Check.API_KEY]
    assert second.not_ok == {}


async def test_without_a_key_what_is_public_is_looked_at_and_the_rest_is_left_out(person: Person) -> None:
    person.choose(key_file="")
    found = await person.examined()
    public = {Check.CLOB, Check.GAMMA, Check.DATA_API, Check.CLOCK, Check.LOCATION, Check.MARKETS}
    assert {check for check in Check if found[check].state is State.OK} == public
    left_out = [each for each in found.findings if each.state is State.SKIPPED]
    assert len(left_out) == 8
    assert all("key_file" in each.advice for each in left_out)
    assert not is_ready(found.findings)


async def test_a_clock_that_is_wrong(person: Person, venue: ServedExchange) -> None:
    for skew_ms, state in ((-20_000, State.FAILED), (20_000, State.FAILED), (3_000, State.WARNING)):
        with venue.fault("clock-skew", skew_ms=skew_ms):
            wrong = (await person.examined()).only(Check.CLOCK, state)
        assert ("ahead of" if skew_ms < 0 else "behind") in wrong.seen
        assert "NTP" in wrong.advice


async def test_a_clock_that_is_so_wrong_that_nothing_that_is_signed_counts(
    person: Person, venue: ServedExchange
) -> None:
    with venue.fault("clock-skew", skew_ms=300_000):
        found = await person.examined()
    assert found[Check.CLOCK].state is State.FAILED
    assert found[Check.API_KEY].state is State.FAILED
    assert "clock" in found[Check.API_KEY].advice
    assert found[Check.BALANCE].state is State.SKIPPED


async def test_where_orders_are_not_taken_from(person: Person, front: Front) -> None:
    front.says("/api/geoblock", {"blocked": True, "ip": "198.51.100.9", "country": "US", "region": "NY"})
    wrong = (await person.examined()).only(Check.LOCATION, State.FAILED)
    assert "US NY (198.51.100.9)" in wrong.seen
    assert wrong.advice


async def test_a_website_that_does_not_say_where_we_are_is_no_good_news(person: Person, front: Front) -> None:
    for body, status in (("<html>", 200), ({"error": "no"}, 404), ({}, 200), ("", 503)):
        front.says("/api/geoblock", body, status)
        (await person.examined()).only(Check.LOCATION, State.FAILED)


async def test_an_account_that_may_only_close(person: Person, front: Front) -> None:
    front.says("/auth/ban-status/closed-only", {"closed_only": True})
    wrong = (await person.examined()).only(Check.CLOSED_ONLY, State.FAILED)
    assert "support" in wrong.advice


@pytest.mark.parametrize(
    ("mode", "says"),
    [
        (TradingMode.CANCEL_ONLY, "nothing but cancels"),
        (TradingMode.DISABLED, "disabled"),
        (TradingMode.RESTARTING, "restarts"),
    ],
)
async def test_a_venue_that_takes_no_orders(
    person: Person, venue: ServedExchange, mode: TradingMode, says: str
) -> None:
    with venue.in_mode(mode):
        wrong = (await person.examined()).only(Check.TRADING_MODE, State.FAILED)
    assert says in wrong.seen
    assert "wait" in wrong.advice


async def test_a_key_that_others_may_read(person: Person) -> None:
    person.key_file.chmod(0o644)
    found = await person.examined()
    assert found[Check.SIGNER].state is State.FAILED
    assert "chmod 600" in found[Check.SIGNER].seen
    assert {found[check].state for check in (Check.WALLET, Check.API_KEY, Check.BALANCE)} == {State.SKIPPED}


async def test_a_key_that_is_not_there(person: Person) -> None:
    person.key_file.unlink()
    found = await person.examined()
    assert found[Check.SIGNER].state is State.FAILED
    assert str(person.key_file) in found[Check.SIGNER].seen


async def test_a_wallet_that_is_not_the_key_s(person: Person) -> None:
    person.choose(wallet_type=WalletType.SAFE, wallet=SOMEBODY_ELSES)
    wrong = (await person.examined()).only(Check.WALLET, State.FAILED)
    assert SOMEBODY_ELSES in wrong.seen
    assert person.wallet(WalletType.SAFE) in wrong.advice


async def test_a_wallet_of_another_type(person: Person) -> None:
    person.choose(wallet_type=WalletType.SAFE, wallet=person.wallet(WalletType.PROXY))
    wrong = (await person.examined()).only(Check.WALLET, State.FAILED)
    assert 'wallet_type = "PROXY"' in wrong.advice


async def test_a_wallet_that_is_not_named(person: Person) -> None:
    person.choose(wallet_type=WalletType.SAFE)
    found = await person.examined()
    assert found[Check.WALLET].state is State.FAILED
    assert f'wallet = "{person.wallet(WalletType.SAFE)}"' in found[Check.WALLET].advice


async def test_a_wallet_without_money(front: Front, person: Person) -> None:
    front.says("/balance-allowance?COLLATERAL", {"balance": "0", "allowances": all_allowed()})
    wrong = (await person.examined()).only(Check.BALANCE, State.FAILED)
    assert wrong.advice == "deposit into the EOA wallet"


async def test_money_in_another_wallet_of_the_key_is_found(front: Front, person: Person) -> None:
    for number in (0, 1, 3):
        front.says(f"/balance-allowance?COLLATERAL&{number}", {"balance": "0", "allowances": all_allowed()})
    wrong = (await person.examined()).only(Check.BALANCE, State.FAILED)
    assert wrong.seen == "no pUSD in the EOA wallet; 10000 in the key's SAFE wallet"
    assert f'wallet_type = "SAFE" and wallet = "{person.wallet(WalletType.SAFE)}"' in wrong.advice


async def test_less_money_than_the_limits_want(front: Front, person: Person) -> None:
    front.says("/balance-allowance?COLLATERAL", {"balance": "599999999", "allowances": all_allowed()})
    wrong = (await person.examined()).only(Check.BALANCE, State.WARNING)
    assert "limits.total_exposure" in wrong.seen


@pytest.mark.parametrize("contract", [EXCHANGE_V2, NEG_RISK_EXCHANGE_V2, EXCHANGE_V3])
async def test_an_exchange_that_may_not_spend_our_money(front: Front, person: Person, contract: str) -> None:
    front.says("/balance-allowance?COLLATERAL", {"balance": "10000000000", "allowances": all_allowed(without=contract)})
    wrong = (await person.examined()).only(Check.ALLOWANCES, State.FAILED)
    assert f"({contract}) may not spend pUSD" in wrong.seen
    assert "setup_trading_approvals" in wrong.advice


async def test_an_exchange_that_may_not_move_our_shares(front: Front, person: Person) -> None:
    front.says("/balance-allowance?CONDITIONAL", {"balance": "0", "allowances": all_allowed(without=EXCHANGE_V2)})
    wrong = (await person.examined()).only(Check.ALLOWANCES, State.FAILED)
    assert f"({EXCHANGE_V2}) may not move shares" in wrong.seen
    assert EXCHANGE_V3 not in wrong.seen


async def test_an_exchange_that_may_spend_too_little(front: Front, person: Person) -> None:
    little = all_allowed() | {EXCHANGE_V2: "1000000"}
    front.says("/balance-allowance?COLLATERAL", {"balance": "10000000000", "allowances": little})
    wrong = (await person.examined()).only(Check.ALLOWANCES, State.WARNING)
    assert "may spend 1 pUSD" in wrong.seen


async def test_an_exchange_of_the_first_version(front: Front, person: Person) -> None:
    """Its contracts are those that have to be allowed; markets of protocol two are none of its business."""
    pytest.importorskip("py_clob_client")
    live = evolve(person.configuration.live, order_version=OrderVersion.V1)
    person.configuration = evolve(person.configuration, live=live)
    found = (await person.examined()).not_ok
    assert {check: each.state for check, each in found.items()} == {
        Check.CLOB: State.WARNING,
        Check.ALLOWANCES: State.FAILED,
    }
    assert "live.order_version is v1" in found[Check.CLOB].seen
    assert EXCHANGE_V1 in found[Check.ALLOWANCES].seen
    front.says("/version", {"version": 1})
    allowed = {each: str(2**256 - 1) for each in (EXCHANGE_V1, NEG_RISK_EXCHANGE_V1)}
    front.says("/balance-allowance", {"balance": "10000000000", "allowances": allowed})
    assert (await person.examined()).not_ok == {}


async def test_quotes_that_are_smaller_than_the_markets_take(person: Person) -> None:
    small = evolve(person.configuration.maker, quote_size=Shares(1_000_000))
    person.configuration = evolve(person.configuration, maker=small)
    wrong = (await person.examined()).only(Check.MARKETS, State.FAILED)
    assert "maker.quote_size 1 " in wrong.seen
    assert "set maker.quote_size to" in wrong.advice


async def test_a_tier_that_the_venue_does_not_tell(front: Front, person: Person) -> None:
    front.says("/orders", {"error": "Invalid order payload"}, 400)
    (await person.examined()).only(Check.RATE_TIER, State.WARNING)


async def test_answers_that_are_nonsense_are_never_good_news(front: Front, person: Person) -> None:
    for path, check in (
        ("/version", Check.CLOB),
        ("/time", Check.CLOCK),
        ("/data/v2/value", Check.DATA_API),
        ("/auth/ban-status/closed-only", Check.CLOSED_ONLY),
    ):
        for body in ("<html>log in</html>", "null", "[]", '{"closed_only":"no"}'):
            front.says(path, body)
            found = await person.examined()
            assert found[check].state is State.FAILED, (path, body)
        del front.answers[path]


async def test_a_signer_that_is_open_already_is_used_and_stays_open(person: Person, front: Front) -> None:
    live = person.configuration.live
    async with open_signer(live.key_sources[0], NO_ORDERS) as signer:
        person.key_file.unlink()
        found = await examine(person.configuration, lambda: nullcontext(signer))
        assert is_ready(found), found
        assert await signer.sign_auth(1_800_000_000)


def all_allowed(without: str = "") -> dict[str, str]:
    contracts = (EXCHANGE_V2, NEG_RISK_EXCHANGE_V2, EXCHANGE_V3)
    return {each: str(2**256 - 1) for each in contracts if each != without}
