"""Which contracts may move what a wallet owns (polymarket_wire.md 11.5)."""

from attrs import define, field

from polyactors.exchange.words import Wallet
from polyactors.venues.polymarket.signing.addresses import (
    AUTO_REDEEM_OPERATOR,
    BINARY_MODULE,
    CHAIN_ID,
    COLLATERAL,
    COLLATERAL_ADAPTER,
    CONDITIONAL_TOKENS,
    EXCHANGE_V2,
    EXCHANGE_V3,
    NEG_RISK_COLLATERAL_ADAPTER,
    NEG_RISK_EXCHANGE_V2,
    NEG_RISK_MODULE,
    PERPS_DEPOSIT,
    POSITION_MANAGER,
    PROTOCOL_TWO_ROUTER,
    Address,
)

UNLIMITED = 2**256 - 1

SPENDERS = (
    EXCHANGE_V2,
    NEG_RISK_EXCHANGE_V2,
    COLLATERAL_ADAPTER,
    NEG_RISK_COLLATERAL_ADAPTER,
    PROTOCOL_TWO_ROUTER,
    EXCHANGE_V3,
    PERPS_DEPOSIT,
)
"""Who has to be allowed to spend pUSD."""

OPERATORS = (
    (CONDITIONAL_TOKENS, EXCHANGE_V2),
    (CONDITIONAL_TOKENS, NEG_RISK_EXCHANGE_V2),
    (CONDITIONAL_TOKENS, COLLATERAL_ADAPTER),
    (CONDITIONAL_TOKENS, NEG_RISK_COLLATERAL_ADAPTER),
    (CONDITIONAL_TOKENS, AUTO_REDEEM_OPERATOR),
    (CONDITIONAL_TOKENS, BINARY_MODULE),
    (CONDITIONAL_TOKENS, NEG_RISK_MODULE),
    (POSITION_MANAGER, PROTOCOL_TWO_ROUTER),
    (POSITION_MANAGER, EXCHANGE_V3),
    (POSITION_MANAGER, AUTO_REDEEM_OPERATOR),
)
"""Who has to be allowed to move the shares of which contract."""


@define
class Approvals:
    """What each wallet has approved. A wallet that `starts_approved` has approved all that trading needs."""

    starts_approved: bool = True
    _allowances: dict[tuple[Wallet, Address], int] = field(factory=dict)
    _operators: dict[tuple[Wallet, Address, Address], bool] = field(factory=dict)

    def allowance(self, wallet: Wallet, spender: Address) -> int:
        """How much pUSD `spender` may move, in base units; trading does not use it up."""
        at_first = UNLIMITED if self.starts_approved and spender in SPENDERS else 0
        return self._allowances.get((wallet, spender), at_first)

    def allow(self, wallet: Wallet, spender: Address, amount: int) -> None:
        self._allowances[wallet, spender] = amount

    def is_operator(self, wallet: Wallet, token: Address, operator: Address) -> bool:
        """Whether `operator` may move the shares that `token` keeps."""
        at_first = self.starts_approved and (token, operator) in OPERATORS
        return self._operators.get((wallet, token, operator), at_first)

    def set_operator(self, wallet: Wallet, token: Address, operator: Address, approved: bool) -> None:
        self._operators[wallet, token, operator] = approved


def approvals_document(approvals: Approvals, wallet: Wallet) -> dict[str, object]:
    """The answer of the Data API's `/v2/approvals`, without its envelope: one row for each pair that trading needs."""
    collateral: list[dict[str, object]] = []
    for spender in SPENDERS:
        amount = approvals.allowance(wallet, spender)
        text = "max" if amount == UNLIMITED else str(amount)
        collateral.append(_row(COLLATERAL, spender, "ERC20", amount > 0) | {"amount": text})
    tokens = [
        _row(token, operator, "ERC1155", approvals.is_operator(wallet, token, operator))
        for token, operator in OPERATORS
    ]
    return {"address": wallet, "chain_id": CHAIN_ID, "contracts": collateral + tokens}


def _row(token: Address, spender: Address, standard: str, approved: bool) -> dict[str, object]:
    return {"token": token, "spender": spender, "standard": standard, "approved": approved}
