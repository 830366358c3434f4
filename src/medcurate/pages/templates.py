"""The environment of all templates; all text that is filled in is escaped."""

from __future__ import annotations

from importlib import resources

from jinja2 import Environment, FunctionLoader, StrictUndefined


def environment(package: str) -> Environment:
    """Return an environment with the templates of a package and those that all pages share.

    A template extends ``page.html.j2`` and fills its blocks ``title``, ``style`` and ``body``. An unknown name in a
    template is an error. Two filters are added: ``n`` writes a number with thousands separators, ``s`` the plural of a
    noun unless the number is 1.

    Parameters
    ----------
    package : str
        Its folder holds the templates, such as ``medcurate.evaluate.report_page``; they are found before shared ones.
    """
    folders = [resources.files(name) for name in (package, __package__)]

    def source(name: str) -> str | None:
        found = (folder.joinpath(name) for folder in folders)
        return next((file.read_text("utf-8") for file in found if file.is_file()), None)

    made = Environment(
        loader=FunctionLoader(source), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    made.filters["n"] = lambda value: f"{value:,}"
    made.filters["s"] = lambda value, noun: noun if value == 1 else f"{noun}s"
    return made
