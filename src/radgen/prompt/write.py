"""A prompt with all that is to be known of it: its parts, its length, and what is doubtful about it."""

from collections.abc import Mapping
from dataclasses import dataclass

from radgen.errors import InputError
from radgen.prompt.lexicon import gentler, risky_words
from radgen.prompt.limits import PromptLimit, clip_tokens
from radgen.prompt.projection import RadiographSpec
from radgen.prompt.render import parts_of, render
from radgen.prompt.rules import validate
from radgen.prompt.spec import ImageSpec, Prompt
from radgen.prompt.style import Style
from radgen.terms import Operation

__all__ = ["WrittenPrompt", "write_prompt"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenPrompt:
    """A prompt and what is to be known of it.

    Parameters
    ----------
    prompt : Prompt
        The words, and the description behind them.
    style : Style
        In which it was written; shorter than asked for if only that fits.
    parts : mapping of str to str
        Its sentences by what they are about.
    warnings : tuple of str
        What is doubtful about it.

    Examples
    --------
    >>> write_prompt(RadiographSpec(), style=Style.PAPER).chars
    17
    """

    prompt: Prompt
    style: Style
    parts: Mapping[str, str]
    warnings: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The words."""
        return self.prompt.text

    @property
    def chars(self) -> int:
        """Length in characters."""
        return len(self.prompt.text)

    @property
    def clip_tokens(self) -> int:
        """Length in tokens of CLIP; exact for radgen's own words."""
        return clip_tokens(self.prompt.text)


def write_prompt(
    spec: ImageSpec,
    *,
    style: Style | str = Style.DETAILED,
    operation: Operation = Operation.GENERATE,
    seed: int | None = None,
    limit: PromptLimit | None = None,
    gentle: bool = False,
) -> WrittenPrompt:
    """Put a description into words that fit a model.

    Parameters
    ----------
    spec : ImageSpec
        What the image is, or is to show.
    style : Style
        How it is put into words. Where it does not fit the limit, the next shorter style is taken, and a warning
        says so; nothing is ever cut.
    operation : Operation
        What is to be done.
    seed : int, optional
        Other words of the same meaning; the same seed gives the same words.
    limit : PromptLimit, optional
        What the model takes.
    gentle : bool
        Whether to replace words that filters tend to refuse by clinical ones.

    Returns
    -------
    WrittenPrompt
        The prompt, its parts and warnings.

    Raises
    ------
    InputError
        If no style is short enough, or the description cannot be said in the style.

    Examples
    --------
    >>> from radgen.prompt.limits import CLIP
    >>> written = write_prompt(RadiographSpec(), limit=CLIP)
    >>> written.style, written.warnings
    (<Style.CONCISE: 'concise'>, ('written in the style concise: detailed has about 125 tokens, and CLIP (Stable Diffusion, RoentGen) takes 77',))
    """  # noqa: E501 - the warning itself
    asked = _style(style)
    warnings = [str(issue) for issue in validate(spec)]
    chosen, parts, excess = asked, _parts(spec, asked, operation, seed, gentle=gentle), ""
    while limit is not None:
        found = limit.excess(" ".join(parts.values()))
        if found is None:
            break
        excess = excess or f"{asked.value} has {found}"
        if chosen.shorter is None:
            raise InputError(f"the prompt is too long in every style: {chosen.value} has {found}")
        chosen = chosen.shorter
        parts = _parts(spec, chosen, operation, seed, gentle=gentle)
    if excess:
        warnings.append(f"written in the style {chosen.value}: {excess}")
    warnings += _left_out(spec, chosen)
    text = " ".join(parts.values())
    if not gentle and (risky := risky_words(text)):
        said = ", ".join(f"{word!r} (say {other!r})" for word, other in risky.items())
        warnings.append(f"safety filters tend to refuse {said}")
    return WrittenPrompt(prompt=Prompt(text, spec), style=chosen, parts=parts, warnings=tuple(warnings))


def _style(style: Style | str) -> Style:
    try:
        return Style(style)
    except ValueError:
        raise InputError(f"there is no style {style!r}: there are {', '.join(Style)}") from None


def _parts(
    spec: ImageSpec, style: Style, operation: Operation, seed: int | None, *, gentle: bool
) -> Mapping[str, str]:
    if operation is Operation.GENERATE:
        parts = dict(parts_of(spec, style=style, seed=seed))
    else:
        parts = {"task": render(operation, spec.modality, spec, style=style, seed=seed)}
    return {name: gentler(text) for name, text in parts.items()} if gentle else parts


def _left_out(spec: ImageSpec, style: Style) -> list[str]:
    """What a style does not say of a description."""
    said = []
    race = isinstance(spec, RadiographSpec) and spec.race is not None
    if race and style is not Style.ROENTGEN:
        said.append(f"the style {style.value} does not say race")
    if style is Style.PAPER:
        told = [name for name in ("laterality", "sex", "age", "habitus", "devices") if getattr(spec, name)]
        sided = any(item.laterality or item.location for item in spec.findings)
        told += ["sides of findings"] * sided
        if told:
            said.append(f"the style paper leaves out {', '.join(told)}")
    return said
