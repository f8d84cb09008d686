"""The accounts of the simulated traders, which are used again: wallets do not pile up as markets come and go."""

import random

from attrs import frozen

from polyactors.exchange.words import ApiKey, Wallet
from polyactors.venues.polymarket.signing.addresses import checksummed


@frozen
class TradingAccount:
    wallet: Wallet
    owner: ApiKey


class AccountPool:
    """Whoever starts to trade takes an account, and gives it back with nothing open."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(f"trading accounts {seed}")
        self._idle: dict[str, list[TradingAccount]] = {}
        self._made: dict[str, int] = {}

    @property
    def made(self) -> int:
        """How many accounts there are, idle ones included."""
        return sum(self._made.values())

    def take(self, kind: str) -> TradingAccount:
        idle = self._idle.get(kind)
        if idle:
            return idle.pop()
        number = self._made[kind] = self._made.get(kind, 0) + 1
        wallet = Wallet(checksummed(f"0x{self._chance.getrandbits(160):040x}"))
        return TradingAccount(wallet, ApiKey(f"{kind}-{number}"))

    def give_back(self, kind: str, account: TradingAccount) -> None:
        self._idle.setdefault(kind, []).append(account)
