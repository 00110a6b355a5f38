"""Write the generated pages on prompts: ``python docs/make_prompts.py [--check]``.

``reference/vocabulary.md`` lists what can be asked for, ``reference/prompts.md`` shows prompts of every kind
of image and of every label. With ``--check`` nothing is written: the exit code is 1 if a page is old.
"""

import sys
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

from radgen.prompt import Style, clip_tokens, draw_specs, prompt_from_labels, render, spec_of
from radgen.terms import (
    AgeBand,
    BreastDensity,
    ContrastPhase,
    FluoroscopyContrast,
    Habitus,
    Kernel,
    MammogramTechnique,
    MRSequence,
    NuclearTechnique,
    Operation,
    Plane,
    Position,
    Probe,
    Quality,
    RadiographTechnique,
    Tracer,
    UltrasoundMode,
    UltrasoundView,
    WindowName,
    label_sets,
)
from radgen.terms.vocabulary import (
    Facts,
    FindingFacts,
    PlacedFacts,
    RegionFacts,
    devices,
    findings,
    locations,
    mammogram_modifiers,
    named_views,
    phrase_of,
    regions,
    view_facts,
    view_modifiers,
)

DOCS = Path(__file__).parent
HEAD = (
    "<!-- Written by docs/make_prompts.py: change the tables in src/radgen/terms/data, then run it. -->\n\n"
)
SMALL: tuple[type[StrEnum], ...] = (
    AgeBand, Habitus, Position, Quality, RadiographTechnique, MammogramTechnique, BreastDensity, Plane,
    WindowName, Kernel, ContrastPhase, MRSequence, Probe, UltrasoundMode, UltrasoundView, FluoroscopyContrast,
    Tracer, NuclearTechnique,
)  # fmt: skip
EFFUSION = {"finding": "pleural effusion", "laterality": "L", "severity": "severe"}
SHOWN: tuple[dict[str, Any], ...] = (
    {"region": "CHEST", "sex": "F", "age": "elderly", "findings": [EFFUSION], "marker": "L"},
    {"region": "HAND", "laterality": "R", "findings": [{"finding": "fracture", "location": "scaphoid"}]},
    {"kind": "mammogram", "laterality": "L", "view": "MLO", "density": "heterogeneously dense"},
    {"kind": "ct", "region": "LIVER", "phase": "portal venous", "window": "liver", "findings": ["mass"]},
    {"kind": "mr", "region": "BRAIN", "sequence": "FLAIR", "findings": ["white matter lesions"]},
    {"kind": "ultrasound", "region": "HEART", "probe": "phased-array", "view": "apical four-chamber"},
    {"kind": "fluoroscopy", "region": "STOMACH", "contrast": "barium"},
    {"kind": "dxa", "region": "HIP", "laterality": "L"},
    {"kind": "nuclear", "tracer": "18F-FDG", "technique": "PET", "plane": "coronal"},
)
DRAWN = 24
"""How many descriptions drawn from the whole vocabulary the page shows."""


def vocabulary_page() -> str:
    """Every term with its phrase, synonyms and code."""
    parts = [
        "# Vocabulary\n",
        "Terms are what Python, plans and the command line take. Many vocabularies are open:",
        'a term that is not here is `Finding.custom("a word")` in Python and `custom:a word` in files.',
        "Codes are those of DICOM PS3.16; see the notice in `radgen/terms/data/NOTICE.md`.\n",
    ]
    for title, table in (
        ("Body regions", regions()), ("Findings", findings()), ("Devices", devices()),
        ("Locations of findings", locations()), ("Views", view_facts()),
        ("Modifiers of views", view_modifiers()), ("Modifiers of mammograms", mammogram_modifiers()),
        ("Views with the name of a person", named_views()),
    ):  # fmt: skip
        parts += _table(title, table)
    parts.append("## Small vocabularies\n\n| Vocabulary | Terms |\n|---|---|")
    parts += [f"| `{kind.__name__}` | {', '.join(f'`{term.value}`' for term in kind)} |" for kind in SMALL]
    parts.append("\n## Label sets\n")
    for item in label_sets().values():
        study = "A label speaks of a whole study." if item.per_study else ""
        parts.append(f"### {item.title}: `{item.name}`\n\nCells: {item.values}. {study}\n")
        parts.append(", ".join(f"`{label}`" for label in item.labels) + "\n")
    return HEAD + "\n".join(parts)


def _table(title: str, table: Mapping[Any, Facts]) -> Iterator[str]:
    first = next(iter(table.values()))
    extra = "Where, in which images |" if isinstance(first, FindingFacts) else ""
    extra = "Paired, groups |" if isinstance(first, RegionFacts) else extra
    extra = extra or ("Where |" if isinstance(first, PlacedFacts) else "")
    yield f"## {title}\n\n{len(table)} terms.\n"
    yield f"| Term | In a sentence | Also | Code |{' ' + extra if extra else ''}"
    yield "|---|---|---|---|" + ("---|" if extra else "")
    for term, facts in table.items():
        code = "" if facts.code is None else f"{facts.code.scheme} {facts.code.value}"
        phrase = facts.phrase.replace("{side}", "")
        row = f"| `{term.value}` | {phrase} | {', '.join(facts.synonyms)} | {code} |"
        yield row + (f" {_where(facts)} |" if extra else "")
    yield ""


def _where(facts: Facts) -> str:
    match facts:
        case RegionFacts(paired=paired, groups=groups):
            return f"{'paired; ' if paired else ''}{', '.join(sorted(groups))}"
        case FindingFacts(places=places, kinds=kinds):
            return f"{', '.join(sorted(places))}; {', '.join(sorted(kinds))}"
        case PlacedFacts(places=places):
            return ", ".join(sorted(places))
        case _:
            return ""


def prompts_page() -> str:
    """Prompts of every kind of image, of every label, and of descriptions drawn from everything."""
    parts = [
        "# Prompts\n",
        "What radgen writes, with its length in characters and in tokens of CLIP.\n",
        "## Kinds of images and styles\n",
    ]
    for told in SHOWN:
        spec = spec_of(told)
        parts.append(f"### {spec.modality.value}: {phrase_of(spec.region)}\n")
        parts.append("| Style | Prompt | Length |\n|---|---|---|")
        for style in Style:
            if style is Style.ROENTGEN and told.get("region") != "CHEST":
                continue
            text = render(Operation.GENERATE, spec.modality, spec, style=style)
            parts.append(f"| {style.value} | {text} | {_length(text)} |")
        parts.append("")
    spec = spec_of(SHOWN[0])
    parts.append("## Operations\n\n| Operation | Concise | Detailed |\n|---|---|---|")
    for operation in sorted(set(Operation) - {Operation.GENERATE}):
        short, long = (
            render(operation, spec.modality, spec, style=one) for one in (Style.CONCISE, Style.DETAILED)
        )
        parts.append(f"| `{operation.value}` | {short} | {long} |")
    parts.append("\n## Labels\n")
    for item in label_sets().values():
        parts.append(f"### {item.title}\n\n| Label | Description |\n|---|---|")
        for label in item.labels:
            written = prompt_from_labels({label: 1}, item.name)
            parts.append(f"| {label} | {written.parts['description']} |")
        parts.append("")
    parts.append(f"## {DRAWN} descriptions drawn from the whole vocabulary\n\n| Prompt | Length |\n|---|---|")
    for drawn in draw_specs(DRAWN, seed=1):
        text = render(Operation.GENERATE, drawn.modality, drawn)
        parts.append(f"| {text} | {_length(text)} |")
    return HEAD + "\n".join(parts) + "\n"


def _length(text: str) -> str:
    return f"{len(text)}, {clip_tokens(text)} tokens"


def main() -> int:
    """Write the pages, or check them; the exit code."""
    pages = {"reference/vocabulary.md": vocabulary_page(), "reference/prompts.md": prompts_page()}
    if "--check" not in sys.argv[1:]:
        for name, text in pages.items():
            (DOCS / name).write_text(text, encoding="utf-8")
            print(f"docs/{name}")
        return 0
    old = [
        name
        for name, text in pages.items()
        if not (DOCS / name).is_file() or (DOCS / name).read_text(encoding="utf-8") != text
    ]
    for name in old:
        print(f"docs/{name} is out of date: run python docs/make_prompts.py", file=sys.stderr)
    return 1 if old else 0


if __name__ == "__main__":
    sys.exit(main())
