"""The commands, each imported when it is first looked up: start-up does not grow with their number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

COMMANDS: Mapping[str, str] = {
    "scan": "Read every image once, and list what there is.",
    "sort-planes": "Find the anatomical plane of every image.",
    "dedupe": "Find copies, and keep one of each.",
    "audit-labels": "Rank the tumor labels that look wrong.",
    "homogenize": "Make a uniform dataset, split by patient.",
    "manifest": "Write license, attribution and card of a dataset.",
    "pretrain": "Learn first weights from simulated heads.",
    "train-gan": "Train a generator on a dataset.",
    "generate": "Draw images with a trained generator.",
    "evaluate": "Compare generated images with real ones.",
    "compare": "Compare families of generators at equal cost.",
    "datasets": "Known datasets: cards, download, licenses.",
    "demo": "Try medcurate on generated brain images.",
}
"""Name and one sentence of each command; module and function have the same name."""


class LazyCommands(Mapping[str, Any]):
    """The commands by name; looking one up imports it, and nothing else does."""

    def __getitem__(self, name: str) -> Any:
        if name not in COMMANDS:
            raise KeyError(name)
        return _load(name)

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)


class LazyGroup(TyperGroup):
    """The group of all commands: listing and describing them imports none."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands: Any = LazyCommands()

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002
        """Return the names, in the order of the work."""
        return list(COMMANDS)

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002
        """Write the list of commands for help."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@cache
def _load(name: str) -> Any:
    attribute = name.replace("-", "_")
    module = import_module(f"medcurate.cli.commands.{attribute}")
    found = getattr(module, "app", None)  # a group of commands
    if found is None:
        found = typer.Typer(add_completion=False, rich_markup_mode=None)
        found.command(name, short_help=COMMANDS[name])(getattr(module, attribute))
    return typer.main.get_command(found)
