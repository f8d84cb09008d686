"""Who is there: the paths of the tree, the address behind each, and who watches whom."""

import fnmatch
import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, TypeVar, cast

from supervision.address import Address, Path
from supervision.cell import Cell

if TYPE_CHECKING:
    from supervision.supervisor import Supervisor

A = TypeVar("A")


class UnknownActor(KeyError):
    """No actor of the tree has this path."""

    def __str__(self) -> str:
        return str(self.args[0])


class PathTaken(ValueError):
    """Two children of the tree would have the same path."""


class Registry:
    """Paths are those of the actors and supervisors that are described; watchers may be there before who is watched."""

    def __init__(self) -> None:
        self._cells: dict[str, Cell] = {}
        self._supervisors: dict[str, Supervisor] = {}
        # In the order of their coming, which a set does not keep.
        self._watchers: dict[str, dict[Cell, None]] = {}
        self._on_added: list[Callable[[Cell], None]] = []

    def add(self, node: "Cell | Supervisor") -> None:
        """Raises `PathTaken`."""
        self._have(node)
        if isinstance(node, Cell):
            for added in self._on_added:
                added(node)

    def demand_free(self, paths: Iterable[str]) -> None:
        """Raises `PathTaken` when somebody has one of the paths, or one is there twice."""
        seen: set[str] = set()
        for path in paths:
            node = self.node(path)
            if path in seen or (node is not None and not node.is_gone):
                raise PathTaken(f"two children of the tree are called {path}")
            seen.add(path)

    def remove(self, node: "Cell | Supervisor") -> None:
        """Its path is free from now on."""
        if self.node(node.path) is node:
            self._cells.pop(node.path, None)
            self._supervisors.pop(node.path, None)

    def put_back(self, node: "Cell | Supervisor") -> None:
        """Let one that may have been removed have its path again. Raises `PathTaken`."""
        if self.node(node.path) is node:
            return
        self._have(node)

    def _have(self, node: "Cell | Supervisor") -> None:
        self.demand_free([node.path])
        self._cells.pop(node.path, None)
        self._supervisors.pop(node.path, None)
        if isinstance(node, Cell):
            self._cells[node.path] = node
        else:
            self._supervisors[node.path] = node

    def on_added(self, action: Callable[[Cell], None]) -> None:
        """Do `action` with each actor that is there, and with each that is added later."""
        self._on_added.append(action)
        for cell in self._cells.values():
            action(cell)

    def address(self, path: Path[A]) -> Address[A]:
        """Raises `UnknownActor`."""
        return cast("Address[A]", self.cell(path.text).address)

    def cell(self, path: str) -> Cell:
        """Raises `UnknownActor`."""
        cell = self._cells.get(path)
        if cell is None:
            raise UnknownActor(f"no actor is called {path}")
        return cell

    def supervisor(self, path: str) -> "Supervisor":
        """Raises `UnknownActor`."""
        supervisor = self._supervisors.get(path)
        if supervisor is None:
            raise UnknownActor(f"no supervisor is called {path}")
        return supervisor

    def node(self, path: str) -> "Cell | Supervisor | None":
        """Whoever has this path."""
        return self._cells.get(path) or self._supervisors.get(path)

    def matching(self, glob: str) -> list[Cell]:
        """The actors whose path fits `glob`, in the order of their description: a star stands for anything within one
        part, two stars for any number of parts."""
        fits = matcher(glob)
        return [cell for path, cell in self._cells.items() if fits(path)]

    def cells(self) -> list[Cell]:
        """All actors in the order of their description."""
        return list(self._cells.values())

    def supervisors(self) -> "list[Supervisor]":
        return list(self._supervisors.values())

    def watch(self, path: str, watcher: Cell) -> None:
        """Have `watcher` told of each end of `path`, whoever has it."""
        self._watchers.setdefault(path, {})[watcher] = None

    def watchers_of(self, path: str) -> tuple[Cell, ...]:
        return tuple(self._watchers.get(path, ()))

    def forget_watcher(self, watcher: Cell) -> None:
        """The watcher's life is over, and its monitors with it."""
        for path in watcher.watched:
            watchers = self._watchers.get(path)
            if watchers is not None:
                watchers.pop(watcher, None)
                if not watchers:
                    del self._watchers[path]


def matcher(glob: str) -> Callable[[str], bool]:
    """Whether a path fits: a star in `glob` stands for anything within one part, two stars for any number of parts,
    none included."""
    pattern, before = "", ""
    for part in glob.split("/"):
        if part != "**":
            pattern += _pattern_of(part) + "/"
        elif before != "**":
            # One after another says nothing more, and would take for ever.
            pattern += "(?:[^/]+/)*"
        before = part
    fits = re.compile(pattern, re.DOTALL).fullmatch
    return lambda path: fits(f"{path}/") is not None


_TOKENS = re.compile(r"\*+|\[!?\]?[^]]*\]|.", re.DOTALL)


def _pattern_of(part: str) -> str:
    """Nothing in it stands for a slash."""
    first, *others = _between_stars(part)
    if not others:
        return first
    # The nearest place for each is as good as any: no other is ever tried, which would take for ever.
    return first + "".join(f"(?>[^/]*?{each})" for each in others[:-1]) + f"[^/]*{others[-1]}"


def _between_stars(part: str) -> list[str]:
    patterns = [""]
    for token in _TOKENS.findall(part):
        if token.startswith("*"):
            patterns.append("")
        elif token == "?":
            patterns[-1] += "[^/]"
        elif token.startswith("[") and token != "[":
            patterns[-1] += "(?!/)" + fnmatch.translate(token).removesuffix(r"\Z")
        else:
            patterns[-1] += re.escape(token)
    return patterns
