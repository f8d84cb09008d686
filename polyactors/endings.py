"""Why a service ends."""

from enum import Enum


class End(Enum):
    """Why a service ended."""

    FEED_OVER = "the recording is over"
    TIME_OVER = "its time is over"
    ASKED = "it was asked to stop"
    INVARIANT_BROKEN = "an invariant was broken"
    GAVE_UP = "the tree gave up"
