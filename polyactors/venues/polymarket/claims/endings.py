"""How a call of the official client ended that may have sent something: refused for certain, or in doubt.

Only what a server that keeps its word has said counts as refused; an answer that is missing or strange leaves doubt.
"""

from collections.abc import Callable

from polyactors.venues.polymarket.claims.official_client import Submitted
from polyactors.venues.polymarket.claims.wire import Done, Doubtful, Reason, Refused
from polyactors.venues.polymarket.own_process.vocabulary import LONGEST_DETAIL

_SENDS = "eth_sendRawTransaction"
_SURE = ("insufficient funds", "reverted", "underpriced", "intrinsic gas")


def attempt(
    number: int, send: Callable[[], Submitted], *, is_one_transaction: bool = True
) -> Done | Refused | Doubtful:
    """Sends, and waits until it is final. With several transactions in one call the first may have happened though a
    later one was refused."""
    from polymarket import errors

    try:
        submitted = send()
    except errors.UserInputError as error:
        return Refused(number, Reason.VENUE, _text(error))
    except Exception as error:
        if is_one_transaction and _was_refused(error):
            return Refused(number, Reason.VENUE, _text(error))
        return Doubtful(number, f"while it was sent: {_text(error)}")
    try:
        return Done(number, submitted.wait())
    except errors.TransactionFailedError as error:
        if is_one_transaction:
            return Refused(number, Reason.REVERTED, _text(error))
        return Doubtful(number, _text(error))
    except Exception as error:
        return Doubtful(number, f"sent as {submitted.name}: {_text(error)}")


def _was_refused(error: Exception) -> bool:
    from polymarket import errors

    if isinstance(error, errors.RateLimitError | errors.SigningError | errors.TransactionFailedError):
        return True
    if not isinstance(error, errors.RequestRejectedError):
        return False
    method = getattr(error, "method", None)
    if method is not None:
        # A node's word about the transaction itself: "already known" and "nonce too low" mean that one was sent.
        return method != _SENDS or any(words in str(error).lower() for words in _SURE)
    return 400 <= error.status < 500 and error.status != 408


def _text(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:LONGEST_DETAIL]
