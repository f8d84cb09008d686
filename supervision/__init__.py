"""The actor runtime: actors, mailboxes, supervisors, a registry, clocks and timers on trio.

It knows no market and imports none of the other packages. `docs/supervision.md` says what is guaranteed. Beside the
core are `introspection` (looking in), `isolation` (the watchdog and the last resort), `faults` (breaking things on
purpose), and the test kit: `testing`, `order`, `kill_everywhere`.
"""
