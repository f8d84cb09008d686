"""How far back the exchange remembers: clients' things far, whatever its simulated traders do."""

from messages.identity import OrderId
from polyactors.exchange.settings import ExchangeSettings
from polyactors.exchange.words import ApiKey
from tests.exchange.trading_floor import ALICE, BOB, BUY, SELL, YES, Floor

CROWD = (ALICE, BOB)
KEPT = 5


def busy_floor() -> Floor:
    floor = Floor(ExchangeSettings(simulated_orders_kept=KEPT, simulated_trades_kept=KEPT))
    floor.exchange.simulated_owners.update(ApiKey(wallet) for wallet in CROWD)
    floor.split(ALICE, 1_000)
    return floor


def churn(floor: Floor, times: int) -> list[OrderId]:
    orders = []
    for _ in range(times):
        orders.append(floor.placed(ALICE, SELL, YES, 0.5, 5).order)
        floor.placed(BOB, BUY, YES, 0.5, 5)
    return orders


def test_a_client_s_order_is_remembered_however_busy_the_crowd_is() -> None:
    floor = busy_floor()
    mine = floor.placed("carol", BUY, YES, 0.2, 5).order
    floor.exchange.cancel([mine], ApiKey("carol"), floor.now_ns)
    crowds = churn(floor, 4 * KEPT)
    assert floor.exchange.order(mine) is not None
    assert "Duplicated" in floor.refused("carol", BUY, YES, 0.2, 5, order=mine)
    assert floor.exchange.order(crowds[0]) is None
    assert floor.exchange.order(crowds[-1]) is not None


def test_a_trade_with_a_client_in_it_is_remembered_and_one_among_the_crowd_for_a_while() -> None:
    floor = busy_floor()
    floor.placed(ALICE, SELL, YES, 0.5, 5)
    (mine,) = floor.placed("carol", BUY, YES, 0.5, 5).trades
    churn(floor, 4 * KEPT)
    floor.wait(60)
    trade = floor.exchange.trade(mine)
    assert trade is not None
    assert [each.trade for each in floor.exchange.trades_of(ApiKey("carol"))] == [mine]
    assert len(floor.exchange.trades_of(ApiKey(BOB))) <= KEPT
    floor.check_cash()
