"""What the doctor's own signer would sign for somebody who got hold of it: nothing that is worth a cent."""

from pathlib import Path

import pytest

from polyactors.doctor.examination import NO_ORDERS
from polyactors.venues.polymarket.signer.caps import Cap
from polyactors.venues.polymarket.signer.exchanges import ExchangeKind
from polyactors.venues.polymarket.signer.opening import open_signer
from polyactors.venues.polymarket.signer.port import SignerRefused
from tests.venues.polymarket.signers import key_file, order_giving


async def test_it_signs_no_order(tmp_path: Path) -> None:
    async with open_signer(key_file(tmp_path), NO_ORDERS) as signer:
        with pytest.raises(SignerRefused) as caught:
            await signer.sign_order(order_giving(2), ExchangeKind.V2)
        assert {each.cap for each in caught.value.exceeded} == {Cap.ORDER_NOTIONAL, Cap.MINUTE_NOTIONAL}
        assert await signer.sign_auth(1_800_000_000)
