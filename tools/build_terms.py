"""Fill the codes of the vocabularies in: ``python tools/build_terms.py [--check]``.

The terms, phrases, groups and synonyms in ``src/radgen/terms/data`` are radgen's own. The columns
``scheme``, ``code``, ``meaning`` and ``paired`` come from the tables that pydicom (context groups of DICOM
PS3.16) and highdicom (Annex L) ship, so that nobody has to copy a code by hand. With ``--check`` nothing is
written: the exit code is 1 if a file says something else than they do, or a view of the groups is missing.
"""

import csv
import io
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import highdicom
from pydicom.sr.codedict import codes

from radgen.terms.vocabulary import Code

DATA = Path(__file__).parents[1] / "src" / "radgen" / "terms" / "data"
ANNEX_L = Path(highdicom.__file__).parent / "_standard" / "anatomic_regions.json"
OLDER_WORDS = {"LEG": "LOWERLEG"}
GROUPS = {"views": ("CID4010", "CID4014"), "view_modifiers": ("CID4011",), "named_views": ("CID4012",),
          "mammogram_modifiers": ("CID4015",)}  # fmt: skip
Row = dict[str, str]


def concepts(name: str) -> dict[str, Code]:
    """The codes of a context group by their values."""
    group: Any = getattr(codes, name)
    listed = [getattr(group, keyword) for keyword in group.dir()]
    return {item.value: Code(item.scheme_designator, item.value, item.meaning) for item in listed}


def known_codes() -> dict[str, list[Code]]:
    """Every SNOMED CT code that a context group of pydicom holds, by value, with all its meanings."""
    from pydicom.sr._concepts_dict import concepts as tables  # noqa: PLC0415 - a megabyte

    found: dict[str, list[Code]] = {}
    sct: Any = tables["SCT"]
    for by_value in sct.values():
        for value, (meaning, _) in by_value.items():
            found.setdefault(value, []).append(Code("SCT", value, meaning))
    return found


def regions(rows: list[Row]) -> Iterator[Row]:
    """Codes and pairs of Annex L."""
    annex = json.loads(ANNEX_L.read_text(encoding="utf-8"))
    for row in rows:
        scheme, value, meaning, paired = annex[OLDER_WORDS.get(row["term"], row["term"])]
        yield {**row, "paired": str(int(paired)), "scheme": scheme, "code": value, "meaning": meaning}


def grouped(name: str) -> Callable[[list[Row]], Iterator[Row]]:
    """Codes of context groups; every one of them has to have its term."""
    found = {value: [code] for group in GROUPS[name] for value, code in concepts(group).items()}

    def filled(rows: list[Row]) -> Iterator[Row]:
        missing = set(found) - {row["code"] for row in rows}
        if missing:
            raise SystemExit(
                f"{name}.csv: no term for {', '.join(found[value][0].meaning for value in missing)}"
            )
        for row in rows:
            yield coded(row, found)

    return filled


def seen(rows: list[Row]) -> Iterator[Row]:
    """Codes of findings and devices, where a context group has one."""
    known = known_codes()
    for row in rows:
        yield coded(row, known)


def coded(row: Row, known: dict[str, list[Code]]) -> Row:
    """A row with the scheme of its code, and its meaning if it is none of those that the code has."""
    if not row["code"]:
        return {**row, "scheme": "", "meaning": ""}
    meanings = [code.meaning for code in known[row["code"]]]
    meaning = row["meaning"] if row["meaning"] in meanings else meanings[0]
    return {**row, "scheme": known[row["code"]][0].scheme, "meaning": meaning}


def text_of(rows: list[Row]) -> str:
    """A CSV file."""
    file = io.StringIO()
    writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue()


def main() -> int:
    """Write the files, or check them; the exit code."""
    fillers = {
        "regions": regions,
        **{name: grouped(name) for name in GROUPS},
        "findings": seen,
        "devices": seen,
    }
    wrong = []
    for name, filler in fillers.items():
        path = DATA / f"{name}.csv"
        old = path.read_text(encoding="utf-8")
        new = text_of(list(filler(list(csv.DictReader(io.StringIO(old))))))
        if new == old:
            continue
        wrong.append(name)
        if "--check" not in sys.argv[1:]:
            path.write_text(new, encoding="utf-8")
            print(path)
    if "--check" not in sys.argv[1:]:
        return 0
    for name in wrong:
        print(f"{name}.csv is out of date: run python tools/build_terms.py", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
