"""Who is there: the paths of the tree, the address behind each, and who watches whom."""

import fnmatch
from typing import TYPE_CHECKING, TypeVar, cast

from attrs import define, field

from supervision.address import Address, Path

if TYPE_CHECKING:
    from supervision.cell import Cell

A = TypeVar("A")


class UnknownActor(KeyError):
    """No actor of the tree has this path."""

    def __str__(self) -> str:
        return str(self.args[0])


class PathTaken(ValueError):
    """Two children of the tree would have the same path."""


@define(eq=False)
class _Entry:
    cell: "Cell"
    # In the order of their coming, which a set does not keep.
    watchers: "dict[Cell, None]" = field(factory=dict)


class Registry:
    def __init__(self) -> None:
        self._entries: dict[str, _Entry] = {}

    def add(self, cell: "Cell") -> None:
        """Raises `PathTaken`."""
        if cell.path in self._entries:
            raise PathTaken(f"two children of the tree are called {cell.path}")
        self._entries[cell.path] = _Entry(cell)

    def remove(self, path: str) -> None:
        self._entries.pop(path, None)

    def address(self, path: Path[A]) -> Address[A]:
        """Raises `UnknownActor`."""
        return cast("Address[A]", self.cell(path.text).address)

    def cell(self, path: str) -> "Cell":
        """Raises `UnknownActor`."""
        entry = self._entries.get(path)
        if entry is None:
            raise UnknownActor(f"no actor is called {path}")
        return entry.cell

    def matching(self, glob: str) -> "list[Cell]":
        """The actors whose path fits `glob`, in the order of the tree; a star stands for anything within one part."""
        parts = glob.split("/")
        return [entry.cell for path, entry in self._entries.items() if _fits(path.split("/"), parts)]

    def cells(self) -> "list[Cell]":
        """All actors in the order in which the tree was described."""
        return [entry.cell for entry in self._entries.values()]

    def watch(self, path: str, watcher: "Cell") -> bool:
        """Have `watcher` told of each end of `path`; False when no actor has that path."""
        entry = self._entries.get(path)
        if entry is None:
            return False
        entry.watchers[watcher] = None
        return True

    def watchers_of(self, path: str) -> "tuple[Cell, ...]":
        entry = self._entries.get(path)
        return tuple(entry.watchers) if entry else ()

    def forget_watcher(self, watcher: "Cell") -> None:
        """The watcher's life is over, and its monitors with it."""
        for path in watcher.watched:
            entry = self._entries.get(path)
            if entry is not None:
                entry.watchers.pop(watcher, None)


def _fits(path: list[str], glob: list[str]) -> bool:
    return len(path) == len(glob) and all(map(fnmatch.fnmatchcase, path, glob))
