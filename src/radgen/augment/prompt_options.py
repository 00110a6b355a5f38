"""What the command line tells of a prompt, and the prompt it comes to."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Literal

from radgen.backends.openai import Catalog
from radgen.errors import InputError
from radgen.io import read_image
from radgen.io.folder.table_files import table_row
from radgen.prompt import (
    CLIP,
    KINDS,
    FindingSpec,
    ImageSpec,
    MammogramSpec,
    Parsed,
    PromptLimit,
    PromptSample,
    SpecGrid,
    Style,
    WrittenPrompt,
    own_words,
    parse,
    parse_finding,
    prompt_from,
    sample_prompts,
    spec_from,
    spec_from_labels,
    write_prompt,
)
from radgen.terms import Finding, LabelValue, Laterality, Operation, near_words, term_of

__all__ = ["ModelLength", "PromptOptions", "ShownPrompt", "lengths", "sample_for", "show_prompt"]

_TRUTHS = {"true": True, "yes": True, "false": False, "no": False, "none": None}


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptOptions:
    """Where a prompt comes from; what is told later adds to what was told before.

    Parameters
    ----------
    text : str, optional
        A user's own sentence, kept as it stands unless `style` is given.
    file : path, optional
        An image whose facts are taken.
    labels : sequence of str
        ``NAME=VALUE``.
    table, row : optional
        A table of labels, and its row by number (from 1) or by its first cell.
    label_set : str, optional
        Whose labels they are.
    uncertain : {"skip", "show"}
        What to make of -1.
    values : sequence of str
        Fields of the description as ``FIELD=VALUE``; ``kind=ct`` says of which kind of image.
    findings : sequence of str
        In plain words, such as ``"12 mm nodule in the right upper lobe"``.
    style : str, optional
        paper, concise, detailed or roentgen.
    operation : str
        What is to be done.
    model : str, optional
        Model whose limit is to be kept: ``clip`` or one of an images API.
    gentle : bool
        Whether to replace words that filters tend to refuse.
    seed : int, optional
        Other words of the same meaning.
    """

    text: str | None = None
    file: Path | None = None
    labels: Sequence[str] = ()
    table: Path | None = None
    row: str | None = None
    label_set: str | None = None
    uncertain: Literal["skip", "show"] = "skip"
    values: Sequence[str] = ()
    findings: Sequence[str] = ()
    style: str | None = None
    operation: str = "generate"
    model: str | None = None
    gentle: bool = False
    seed: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelLength:
    """How long a prompt is for a model.

    Parameters
    ----------
    model : str
        Its name.
    length, most : int
        Of the prompt, and what the model takes.
    unit : str
        ``characters`` or ``tokens``.
    """

    model: str
    length: int
    most: int
    unit: str

    @property
    def fits(self) -> bool:
        """Whether the model takes it."""
        return self.length <= self.most


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPrompt:
    """A prompt, and how a plain sentence was understood.

    Parameters
    ----------
    written : WrittenPrompt
        The prompt.
    parsed : Parsed, optional
        Of a user's own sentence.
    """

    written: WrittenPrompt
    parsed: Parsed | None = None


def show_prompt(options: PromptOptions) -> ShownPrompt:
    """Make the prompt that options come to.

    Parameters
    ----------
    options : PromptOptions
        Where it comes from.

    Returns
    -------
    ShownPrompt
        With warnings.

    Raises
    ------
    InputError
        For anything unknown, impossible or too long.

    Examples
    --------
    >>> show_prompt(PromptOptions(values=("region=HAND", "laterality=L"), style="paper")).written.text
    'An x-ray of hand'
    """
    limit = _limit(options.model)
    described = bool(options.values or options.findings or options.labels or options.table)
    if options.text is not None and not described and options.style is None:
        return _own(options.text, limit)
    if options.file is not None and not described and options.operation == "generate":
        info = read_image(options.file).info
        return ShownPrompt(written=prompt_from(info, style=options.style or Style.CONCISE))
    spec, warnings, parsed = _spec(options)
    written = write_prompt(
        spec,
        style=options.style or Style.CONCISE,
        operation=term_of(Operation, options.operation),
        seed=options.seed,
        limit=limit,
        gentle=options.gentle,
    )
    return ShownPrompt(written=replace(written, warnings=(*warnings, *written.warnings)), parsed=parsed)


def sample_for(options: PromptOptions, copies: int, over: Sequence[str], *, distinct: bool) -> PromptSample:
    """Prompts for descriptions that differ.

    Parameters
    ----------
    options : PromptOptions
        The description.
    copies : int
        How many prompts.
    over : sequence of str
        Fields that differ, as ``FIELD=VALUE,VALUE``.
    distinct : bool
        Whether no text may occur twice.

    Returns
    -------
    PromptSample
        With counts.

    Examples
    --------
    >>> sample_for(PromptOptions(), 4, ["sex=F,M"], distinct=True).counts
    {'sex': {'M': 2, 'F': 2}}
    """
    spec, _, _ = _spec(options)
    given = dict(_pair(told, "over") for told in over)
    grid = {name: [_read(spec, name, value) for value in told.split(",")] for name, told in given.items()}
    return sample_prompts(
        SpecGrid(spec, grid) if grid else spec,
        copies,
        options.seed or 0,
        style=options.style or Style.CONCISE,
        distinct=distinct,
        limit=_limit(options.model),
    )


def lengths(written: WrittenPrompt) -> list[ModelLength]:
    """How long a prompt is for the models that radgen knows, one of each limit.

    Parameters
    ----------
    written : WrittenPrompt
        A prompt.

    Returns
    -------
    list of ModelLength
        CLIP last.

    Examples
    --------
    >>> from radgen.prompt import RadiographSpec
    >>> [item.unit for item in lengths(write_prompt(RadiographSpec()))][-1]
    'tokens'
    """
    catalog = Catalog.load()
    chars: dict[int, str] = {}
    for model in [catalog.content["default"], *catalog.content["models"]]:
        chars.setdefault(catalog.facts(model).max_prompt_chars, model)
    found = [
        ModelLength(model=model, length=written.chars, most=most, unit="characters")
        for most, model in sorted(chars.items(), reverse=True)
    ]
    most = CLIP.clip_tokens or 0
    return [*found, ModelLength(model=CLIP.model, length=written.clip_tokens, most=most, unit="tokens")]


def _own(text: str, limit: PromptLimit | None) -> ShownPrompt:
    """A user's sentence as it stands, with what radgen understands of it."""
    prompt, parsed = own_words(text), parse(text)
    warnings = [] if parsed.conflict is None else [f"it contradicts itself: {parsed.conflict}"]
    if parsed.unknown:
        warnings.append(f"not understood by radgen, sent as it is: {', '.join(parsed.unknown)}")
    excess = None if limit is None else limit.excess(text)
    if excess is not None:
        raise InputError(f"the prompt is too long: {excess}; your own words are not cut: shorten them")
    written = WrittenPrompt(
        prompt=replace(prompt, spec=parsed.spec),
        style=Style.CONCISE,
        parts={"own words": text},
        warnings=tuple(warnings),
    )
    return ShownPrompt(written=written, parsed=parsed)


def _spec(options: PromptOptions) -> tuple[ImageSpec, tuple[str, ...], Parsed | None]:
    """The description: the sentence or file first, then labels, then fields, then findings."""
    given = dict(_pair(told, "set") for told in options.values)
    parsed = None if options.text is None else parse(options.text, kind=given.get("kind"))
    base = _base(options, given.pop("kind", None), parsed)
    warnings: tuple[str, ...] = ()
    if options.labels or options.table is not None:
        labels: dict[str, LabelValue] = dict(_pair(told, "label") for told in options.labels)
        if options.table is not None:
            labels = {**table_row(options.table, options.row or "1"), **labels}
        own = base if options.values or options.file is not None else None
        found = spec_from_labels(labels, options.label_set, base=own, uncertain=options.uncertain)
        base, warnings = found.spec, found.warnings
    changes: dict[str, Any] = {name: _read(base, name, value) for name, value in given.items()}
    if options.findings:
        changes["findings"] = (*base.findings, *(_finding(told) for told in options.findings))
    return replace(base, **changes), warnings, parsed


def _base(options: PromptOptions, kind: str | None, parsed: Parsed | None) -> ImageSpec:
    if parsed is not None:
        if parsed.spec is None:
            why = parsed.conflict or "no kind of image, region or finding is named in it"
            raise InputError(f"the sentence cannot be put into another style: {why}")
        return parsed.spec
    if options.file is not None:
        spec = spec_from(read_image(options.file).info)
        if spec is None:
            raise InputError(f"{options.file}: too little is known of it: leave --from out and use --set")
        return spec
    if kind is not None and kind not in KINDS:
        raise InputError(f"there is no kind of image {kind!r}: {near_words(kind, KINDS)}")
    shape = KINDS[kind or "radiograph"]
    if shape is not MammogramSpec:
        return shape()
    side = dict(_pair(told, "set") for told in options.values).get("laterality")
    return MammogramSpec(laterality=None if side is None else term_of(Laterality, side))


def _pair(told: str, option: str) -> tuple[str, str]:
    name, equals, value = told.partition("=")
    if not equals:
        raise InputError(f"--{option} {told!r}: write NAME=VALUE")
    return name.strip(), value.strip()


def _read(spec: ImageSpec, name: str, value: str) -> Any:  # noqa: ANN401 - any field
    """A word as the value of a field: a term, a number or a truth."""
    known = {item.name for item in fields(spec)} - {"kind"}
    if name not in known:
        raise InputError(f"a {spec.kind} has no {name!r}: {near_words(name, known)}")
    if name == "findings":
        return [_finding(part) for part in value.split("+") if part]
    words = {**spec.SHARED, **spec.WORDS}
    if name in {"devices", "modifiers"}:
        return [term_of(words[name], part) for part in value.split("+") if part]
    if name in words:
        return None if value.lower() == "none" else term_of(words[name], value)
    if value.lower() in _TRUTHS:
        return _TRUTHS[value.lower()]
    try:
        return float(value)
    except ValueError:
        raise InputError(f"{name} is {value!r}: a number, true or false is expected") from None


def _finding(told: str) -> FindingSpec:
    """A finding in plain words."""
    found = parse_finding(told)
    if found is None:
        hint = near_words(told, [item.value for item in Finding])
        raise InputError(
            f"finding {told!r} is not understood: {hint} (a word of your own is written 'custom:{told}')"
        )
    return found


def _limit(model: str | None) -> PromptLimit | None:
    if model is None:
        return None
    if model == "clip":
        return CLIP
    catalog = Catalog.load()
    facts = catalog.facts(model)
    if not facts.known:
        names = ["clip", *catalog.content["models"]]
        raise InputError(f"there is no model {model!r}: {near_words(model, names)}")
    return PromptLimit(model, chars=facts.max_prompt_chars)
