"""Whether the optional extra `v1` is there. Nothing is imported for it."""

from importlib.util import find_spec

INSTALL = "orders of the first version go through py-clob-client, which is not installed: pip install 'polyactors[v1]'"

_NEEDED = ("py_clob_client", "py_order_utils")


def is_installed() -> bool:
    return all(find_spec(each) is not None for each in _NEEDED)
