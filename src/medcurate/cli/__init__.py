"""The command line: one file a command; it parses, calls one public function and prints."""

from __future__ import annotations


def main() -> None:
    """Run the command line and exit with its code."""
    from medcurate.cli.app import run

    raise SystemExit(run())
