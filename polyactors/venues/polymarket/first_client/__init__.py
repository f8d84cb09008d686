"""Orders of the first version, posted by the venue's first client (py-clob-client) in a process of its own.

It has no key. `opening.open_first_client` starts it.
"""
