"""MkDocs hook: the pages whose content the program itself knows are written from it, at each build."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.resources import files
from typing import Any

import typer

from medcurate.cli.app import app
from medcurate.datasets_manifest.cards.card_page import cards_markdown
from medcurate.errors import Code
from medcurate.reject_codes import ACTIONS, Group, group_of

GROUPS: dict[Group, str] = {
    "rejected": "Rejected: the file is left out, and something can be done about it",
    "ignored": "Ignored: the file is left out, and nothing is wrong",
    "note": "Noted: the image is kept, and this should be known (column `notes` of the catalogue)",
}


def commands() -> str:
    """Give every command's help, as `--help` prints it."""
    return "\n\n".join(_help(typer.main.get_command(app), "medcurate", None))


def _help(command: Any, name: str, parent: typer.Context | None) -> Iterator[str]:
    context = typer.Context(command, info_name=name, parent=parent)
    yield f"## {context.command_path}"
    yield f"```text\n{command.get_help(context)}\n```"
    for child, below in getattr(command, "commands", {}).items():
        yield from _help(below, child, context)


def reject_codes() -> str:
    """Give one table for each group of codes."""
    return "\n\n".join(f"## {title}\n\n{_table(group)}" for group, title in GROUPS.items())


def _table(group: Group) -> str:
    return "\n".join(["| code | meaning | what to do |", "| --- | --- | --- |", *_rows(group)])


def _rows(group: Group) -> Iterator[str]:
    for code in Code:
        if group_of(code) == group:
            advice = ACTIONS[code]
            yield f"| `{code}` | {advice.meaning} | {advice.action} |"


def model_card() -> str:
    """Give the card of the bundled plane model, as it was written when the model was made."""
    card = files("medcurate.curate.planes").joinpath("plane_model.md").read_text(encoding="utf-8")
    return card.split("\n", 1)[1]  # the page has a heading of its own


PAGES: dict[str, Callable[[], str]] = {
    "<!-- generated: commands -->": commands,
    "<!-- generated: reject codes -->": reject_codes,
    "<!-- generated: model card -->": model_card,
    "<!-- generated: dataset cards -->": cards_markdown,
}


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Replace each marker by what it stands for."""
    for marker, write in PAGES.items():
        if marker in markdown:
            markdown = markdown.replace(marker, write())
    return markdown
