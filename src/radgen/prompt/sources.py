"""Prompts from what is known of an image, and from a user's own words.

Of an image only enumerated facts are taken, one by one from a list: no text of a header can get into a
prompt. What is not known is not said.
"""

from radgen.errors import InputError
from radgen.image import ImageInfo
from radgen.prompt.looks import look
from radgen.prompt.projection import DXASpec, MammogramSpec, RadiographSpec
from radgen.prompt.spec import ImageSpec, Prompt
from radgen.prompt.style import Style
from radgen.prompt.tasks import MODALITY_WORDS
from radgen.prompt.write import WrittenPrompt, write_prompt
from radgen.terms import BodyRegion, Laterality, Modality, Position, View, WindowName
from radgen.terms.vocabulary import RegionFacts, facts_of, phrase_of

__all__ = ["own_words", "prompt_from", "spec_from"]

_SIDE = {Laterality.LEFT: "left", Laterality.RIGHT: "right", Laterality.BOTH: "bilateral"}
_LIES = {Modality.CT, Modality.MR, Modality.PT, Modality.NM}
"""Where supine is the rule and says nothing."""
_NAMELESS = {
    WindowName.WINDOW_1, WindowName.WINDOW_2, WindowName.WINDOW_3, WindowName.NORMAL, WindowName.HARDER,
    WindowName.SOFTER,
}  # fmt: skip
"""Windows whose names do not tell what they show."""


def spec_from(info: ImageInfo) -> ImageSpec | None:
    """The description of an image, if enough of it is known.

    Parameters
    ----------
    info : ImageInfo
        Enumerated facts. Region, view, laterality and position are taken, nothing else.

    Returns
    -------
    ImageSpec or None
        For radiographs, mammograms and DXA; ``None`` where a description would have to invent something, such
        as the view of a radiograph or the plane of a slice. Findings are not known and are left out.

    Examples
    --------
    >>> spec_from(ImageInfo(modality="CR", region="HAND", view="PA", laterality="L")).laterality
    <Laterality.LEFT: 'L'>
    >>> spec_from(ImageInfo(modality="CT", region="CHEST")) is None
    True
    """
    try:
        match info.modality:
            case Modality.CR | Modality.DX if info.region is not None and info.view is not None:
                side = info.laterality if _is_paired(info.region) else None
                held = info.position or Position.ERECT
                return RadiographSpec(region=info.region, view=_view(info), laterality=side, position=held)
            case Modality.MG if info.view is not None:
                return MammogramSpec(laterality=info.laterality, view=info.view)
            case Modality.BMD if info.region is not None:
                side = info.laterality if _is_paired(info.region) else None
                return DXASpec(region=info.region, laterality=side)
            case _:
                return None
    except InputError:  # a header that contradicts itself
        return None


def prompt_from(info: ImageInfo, *, style: Style | str = Style.CONCISE) -> WrittenPrompt:
    """The prompt for an image like this one, of what is known of it only.

    Parameters
    ----------
    info : ImageInfo
        Enumerated facts; what is not known is not said, and no finding is claimed or excluded.
    style : Style
        How it is put into words.

    Returns
    -------
    WrittenPrompt
        With a warning for each fact that would make it better.

    Examples
    --------
    >>> prompt_from(ImageInfo(modality="DX", region="CHEST", view="AP", position="supine")).text[:49]
    'An antero-posterior chest radiograph, supine. Gra'
    >>> prompt_from(ImageInfo(modality="CT", region="CHEST", window="lung")).parts["description"]
    'A CT image of the chest, lung window.'
    """
    spec = spec_from(info)
    chosen = Style(style)
    if chosen is Style.PAPER and info.region is not None and spec is not None:
        return write_prompt(spec, style=chosen)
    first = _sentence(info)
    after = look(spec) if spec is not None else _look(info)
    parts = {"description": first, "look": after}
    if chosen is Style.DETAILED and spec is not None:
        full = write_prompt(spec, style=chosen).parts
        parts = {**full, "description": first}
    text = " ".join(parts.values())
    return WrittenPrompt(prompt=Prompt(text, spec), style=chosen, parts=parts, warnings=_missing(info))


def own_words(text: str) -> Prompt:
    """A user's own sentence, kept as it stands and marked as theirs.

    Parameters
    ----------
    text : str
        In any language. Not even spaces are changed.

    Returns
    -------
    Prompt
        Without a description; `parse` may find one.

    Raises
    ------
    InputError
        If it is blank, or holds characters that are no text.

    Examples
    --------
    >>> own_words("Röntgenbild des Thorax, links Erguss").own_words
    True
    """
    if not text.strip():
        raise InputError("the prompt is blank: say what is to be seen")
    odd = [letter for letter in text if not letter.isprintable() and letter not in "\n\t\r"]
    odd = [letter for letter in odd if not _joins(letter)]
    if odd:
        raise InputError(f"the prompt holds {odd[0]!r}, which is no text: take it out")
    return Prompt(text, own_words=True)


def _joins(letter: str) -> bool:
    """Marks that scripts need, though they print nothing: joiners and directions."""
    return letter in "\u200c\u200d\u200e\u200f\u061c\u00a0\u202f\u2009\u3000"


def _sentence(info: ImageInfo) -> str:
    """What kind of image of what, in the facts' own words."""
    noun = MODALITY_WORDS[info.modality]
    side = _SIDE.get(info.laterality, "") if info.laterality is not None and _has_side(info) else ""
    region = "" if info.region is None else phrase_of(info.region)
    view = "" if info.view is None else phrase_of(_view(info))
    if info.modality in {Modality.CR, Modality.DX, Modality.OT}:
        words, where = [view, side, region, noun], ""
    elif info.modality is Modality.MG:
        words, where = [view, noun], f"of the {side} breast".replace("  ", " ")
    else:
        words, where = [view, noun], f"of the {side} {region}".replace("  ", " ") if region else ""
    phrase = " ".join(word for word in [*words, where] if word)
    held = info.position
    if held is Position.SUPINE and info.modality in _LIES:
        held = None
    window = None if info.window in _NAMELESS else info.window
    told = [phrase_of(term) for term in (held, window) if term is not None]
    article = "An" if phrase[0] in "aeiou" or phrase.startswith("MR") else "A"
    return f"{article} {', '.join([phrase, *told])}."


def _view(info: ImageInfo) -> View:
    """The view; of a limb, a lateral has no side of its own: that is the limb's."""
    view = info.view or View.FRONTAL
    if view.is_lateral and info.region is not None and _is_paired(info.region):
        return View.LATERAL
    return view


def _has_side(info: ImageInfo) -> bool:
    return info.modality is Modality.MG or (info.region is not None and _is_paired(info.region))


def _is_paired(region: BodyRegion) -> bool:
    known = facts_of(region)
    return isinstance(known, RegionFacts) and known.paired


def _look(info: ImageInfo) -> str:
    marker = info.modality in {Modality.CR, Modality.DX, Modality.MG, Modality.OT, Modality.XA, Modality.RF}
    return f"Diagnostic quality, no text{' other than a side marker' if marker else ''}."


def _missing(info: ImageInfo) -> tuple[str, ...]:
    """What would make the prompt better, by kind of image."""
    wanted = {"region": info.region}
    if info.modality in {Modality.CR, Modality.DX, Modality.MG}:
        wanted["view"] = info.view  # type: ignore[assignment]
    if _has_side(info):
        wanted["laterality"] = info.laterality  # type: ignore[assignment]
    if info.modality is Modality.MG:
        del wanted["region"]
    said = [
        f"the {name} is not known: the prompt leaves it open"
        for name, value in wanted.items()
        if value is None
    ]
    if info.modality is Modality.OT:
        said.insert(0, "the modality is not known: the prompt leaves it open")
    return tuple(said)
