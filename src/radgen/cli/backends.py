"""``radgen backends``."""

from rich.table import Table

from radgen.cli.terminal import OUT, AsJson, print_json

__all__ = ["backends"]


def backends(*, as_json: AsJson = False) -> None:
    """List the backends that are installed, what they can do, and what is missing."""
    from radgen.backends import available_backends

    entries = available_backends()
    if as_json:
        print_json(
            [
                {"name": item.name, "available": item.available, "verbs": item.verbs, "missing": item.missing}
                for item in entries
            ]
        )
        return
    table = Table("backend", "can", "missing", box=None, pad_edge=False)
    for item in entries:
        table.add_row(item.name, ", ".join(item.verbs) or "-", item.missing or "")
    OUT.print(table)
