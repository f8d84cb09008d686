"""Session keys: keys that a deposit wallet lets sign for it, until a time."""

from attrs import define, field

MOST_OF_A_WALLET = 100


@define
class Sessions:
    """Which session keys each wallet knows; addresses checksummed, times in epoch seconds."""

    _until_s: dict[str, dict[str, int]] = field(factory=dict)

    def authorize(self, wallet: str, session_key: str, valid_until_s: int) -> bool:
        """Whether the wallet had room for one more key."""
        keys = self._until_s.setdefault(wallet, {})
        if session_key not in keys and len(keys) >= MOST_OF_A_WALLET:
            return False
        keys[session_key] = valid_until_s
        return True

    def revoke(self, wallet: str, session_key: str) -> None:
        self._until_s.get(wallet, {}).pop(session_key, None)

    def allows(self, wallet: str, session_key: str, now_s: int) -> bool:
        until_s = self._until_s.get(wallet, {}).get(session_key)
        return until_s is not None and now_s <= until_s
