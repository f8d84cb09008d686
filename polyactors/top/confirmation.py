"""Asks whether it is meant, for what cannot be taken back."""

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen
from textual.widgets import Static

from polyactors.cli.plain import plain


class Confirmation(ModalScreen[bool]):
    """True for yes and nothing but yes."""

    CSS = """
    Confirmation { align: center middle; }
    Confirmation > Static {
        width: auto; max-width: 90%; height: auto; padding: 1 3; border: thick $warning; background: $surface;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "dismiss(True)", "yes"),
        Binding("n,escape,q", "dismiss(False)", "no"),
        Binding("ctrl+c", "app.quit", "quit", show=False, priority=True),
    ]

    def __init__(self, what: str, path: str, effect: str) -> None:
        super().__init__()
        self._question = Text.assemble(
            (f"{what} ", "bold"), (plain(path), "bold"), ("?\n\n", "bold"), f"{effect}\n\n", ("y", "bold"), " yes   ",
            ("n", "bold"), " no",
        )  # fmt: skip

    def compose(self) -> ComposeResult:
        yield Static(self._question)
