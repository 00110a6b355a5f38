"""The command line: arguments in, text out. Every command makes one call that Python can make too."""

from radgen.cli.app import app, main

__all__ = ["app", "main"]
