"""What the tree is given where orders go to a real account: the way there, and how its actors are set."""

from collections.abc import Mapping

from attrs import Factory, frozen

from actors.execution.live.account import LiveAccount
from actors.execution.live.claim_account import ClaimAccount
from actors.execution.live.claim_rules import ClaimSettings
from actors.execution.live.gateway import LiveCounts, LiveGatewaySettings
from messages.identity import MarketId, Outcome
from messages.units import NANOSECONDS_PER_SECOND, Cash, Shares


@frozen(kw_only=True)
class LiveExecution:
    """`baseline` are the shares that the account had before its journal was begun: nobody's here. `counts` outlive the
    actors. Without `claims` nobody redeems what was won."""

    account: LiveAccount
    baseline: Mapping[tuple[MarketId, Outcome], Shares] = Factory(dict)
    gateway: LiveGatewaySettings = LiveGatewaySettings()
    reconcile_every_ns: int = 300 * NANOSECONDS_PER_SECOND
    doubt_limit_ns: int = 30 * NANOSECONDS_PER_SECOND
    heartbeat_ns: int = 5 * NANOSECONDS_PER_SECOND
    cash_dust: Cash = Cash(10_000)
    share_dust: Shares = Shares(10_000)
    counts: LiveCounts = Factory(LiveCounts)
    claims: ClaimAccount | None = None
    claim_settings: ClaimSettings = ClaimSettings()
