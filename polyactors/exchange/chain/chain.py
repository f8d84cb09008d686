"""The simulated chain: nonces, transactions and how far they are, over the wallets of the exchange.

A transaction takes effect when it is sent and shows itself as mined later, so that whoever waits for its receipt waits
as long as on a chain. A batch that reverts keeps what its calls before the failing one did: the exchange cannot undo.
"""

from collections import OrderedDict
from collections.abc import Sequence
from enum import Enum

from attrs import define, field, frozen

from messages.units import NANOSECONDS_PER_SECOND
from polyactors.exchange.chain.abi import BadCalldata
from polyactors.exchange.chain.approvals import Approvals
from polyactors.exchange.chain.calls import decode_call
from polyactors.exchange.chain.ledger import Executor, Ledger, Reverted
from polyactors.exchange.chain.sessions import Sessions
from polyactors.exchange.chain.transactions import RawTransaction
from polyactors.exchange.words import Wallet
from polyactors.venues.polymarket.signing.addresses import Address
from polyactors.venues.polymarket.signing.keccak import keccak
from polyactors.venues.polymarket.signing.wallet_calls import WalletCall
from polyactors.venues.polymarket.signing.wallets import WalletKind

_BLOCK_SECONDS = 2


@frozen
class ChainSettings:
    """How fast the chain is and what every wallet starts with.

    `mined_after_ns` counts from the sending, `confirmed_after_ns` from there. `strict_wallets` says that only wallets
    that follow from a key can be moved by it. Prices of gas are in wei, `coins` in whole ones.
    """

    mined_after_ns: int = 2 * NANOSECONDS_PER_SECOND
    confirmed_after_ns: int = 2 * NANOSECONDS_PER_SECOND
    strict_wallets: bool = True
    deposit_wallets_exist: bool = True
    transactions_kept: int = 10_000
    gas_price: int = 30_000_000_000
    gas_of_a_call: int = 200_000
    coins: int = 100
    relay: Address = Address("0x7777777777777777777777777777777777777777")


class Progress(Enum):
    """The relayer's words for how far a transaction is."""

    NEW = "STATE_NEW"
    MINED = "STATE_MINED"
    CONFIRMED = "STATE_CONFIRMED"
    FAILED = "STATE_FAILED"


@frozen
class SentTransaction:
    """A transaction that was taken. `failure` is why it reverted, empty if it did not."""

    transaction: str
    wallet: Wallet
    sent_ns: int
    failure: str = ""


@define
class Chain:
    """All state of the chain that is not in the exchange. Its calls bring the time, as the exchange's do."""

    ledger: Ledger
    settings: ChainSettings = field(factory=ChainSettings)
    approvals: Approvals = field(factory=Approvals)
    sessions: Sessions = field(factory=Sessions)
    _nonces: dict[tuple[WalletKind, Address], int] = field(factory=dict, init=False)
    _deployed: set[str] = field(factory=set, init=False)
    _sent: OrderedDict[str, SentTransaction] = field(factory=OrderedDict, init=False)

    def nonce(self, kind: WalletKind, owner: Address) -> int:
        """How many transactions the owner sent for its wallet of that kind."""
        return self._nonces.get((kind, owner), 0)

    def send(self, raw: RawTransaction, now_ns: int) -> SentTransaction:
        """A transaction of an EOA whose nonce was found to be the next one."""
        return self._carry_out(WalletKind.EOA, raw.sender, Wallet(raw.sender), [raw.call], raw.transaction, now_ns)

    def relay(
        self, kind: WalletKind, owner: Address, wallet: Wallet, calls: Sequence[WalletCall], now_ns: int
    ) -> SentTransaction:
        """A wallet's calls whose signature and nonce were found to be right."""
        seed = f"{kind.value} {wallet} {owner} {self.nonce(kind, owner)}"
        return self._carry_out(kind, owner, wallet, calls, "0x" + keccak(seed.encode()).hex(), now_ns)

    def deploy(self, wallet: Address, now_ns: int) -> SentTransaction:
        """Creates a deposit wallet; one that exists already is left as it is."""
        self._deployed.add(wallet)
        return self._keep(SentTransaction("0x" + keccak(f"create {wallet}".encode()).hex(), Wallet(wallet), now_ns))

    def is_deployed(self, kind: WalletKind, wallet: Address) -> bool:
        """Only deposit wallets may be missing: those of the other kinds are from another time."""
        return kind is not WalletKind.DEPOSIT_WALLET or self.settings.deposit_wallets_exist or wallet in self._deployed

    def sent(self, transaction: str) -> SentTransaction | None:
        """One of those that are still remembered."""
        return self._sent.get(transaction)

    def progress(self, sent: SentTransaction, now_ns: int) -> Progress:
        mined_ns = sent.sent_ns + self.settings.mined_after_ns
        if now_ns < mined_ns:
            return Progress.NEW
        if sent.failure:
            return Progress.FAILED
        return Progress.MINED if now_ns < mined_ns + self.settings.confirmed_after_ns else Progress.CONFIRMED

    def block_of(self, sent: SentTransaction) -> int:
        return block_at(sent.sent_ns + self.settings.mined_after_ns)

    def _carry_out(
        self,
        kind: WalletKind,
        owner: Address,
        wallet: Wallet,
        calls: Sequence[WalletCall],
        transaction: str,
        now_ns: int,
    ) -> SentTransaction:
        self._nonces[kind, owner] = self.nonce(kind, owner) + 1
        return self._keep(SentTransaction(transaction, wallet, now_ns, self._execute(wallet, calls, now_ns)))

    def _execute(self, wallet: Wallet, calls: Sequence[WalletCall], now_ns: int) -> str:
        """Why the calls reverted, or nothing. All are understood before the first is carried out."""
        executor = Executor(self.ledger, self.approvals, self.sessions)
        try:
            for decoded in [decode_call(call) for call in calls]:
                executor.execute(wallet, decoded, now_ns)
        except (BadCalldata, Reverted) as error:
            return f"execution reverted: {error}"
        return ""

    def _keep(self, sent: SentTransaction) -> SentTransaction:
        self._sent[sent.transaction] = sent
        if len(self._sent) > self.settings.transactions_kept:
            self._sent.popitem(last=False)
        return sent


def block_at(now_ns: int) -> int:
    """The number of the newest block."""
    return now_ns // NANOSECONDS_PER_SECOND // _BLOCK_SECONDS


def block_seconds(block: int) -> int:
    """The time of a block, in epoch seconds."""
    return block * _BLOCK_SECONDS
