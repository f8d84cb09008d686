"""The actor runtime: actors, mailboxes, supervisors, a registry, clocks and timers on trio.

It knows no market and imports none of the other packages. `docs/supervision.md` says what is guaranteed.
"""
