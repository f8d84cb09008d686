"""What a feed has read, counted."""

from collections import Counter

from attrs import Factory, define

from actors.feeds.bad_inputs import BadInputTally


@define
class FeedCounts:
    """What was read, by channel; `unread` are the frames of channels that nobody here reads yet."""

    frames: int = 0
    by_channel: Counter[str] = Factory(Counter)
    unread: Counter[str] = Factory(Counter)
    notes: int = 0
    bad: BadInputTally = Factory(BadInputTally)
