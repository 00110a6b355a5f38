"""What is known of image models, as data: ``models.json`` beside this file, and the user's own on top.

A model that is not listed works with what every model can do, and says so.
"""

import json
import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, Self, get_args

from radgen.backends.openai.tokens import TokenCounts, TokenPrice, TokenRates
from radgen.errors import InputError
from radgen.geometry import SizeRule
from radgen.protocol import FlatPrice, Price
from radgen.terms import Verb

__all__ = ["Catalog", "ModelFacts"]

log = logging.getLogger(__name__)

VARIABLE = "RADGEN_MODELS"
"""Environment variable that names a JSON file with further models, or other facts of those listed."""
_SECTIONS = ("models", "rates", "sizes", "tokens")
EndpointMask = Literal["alpha", "white", "black", "none"]
"""Ways to hand a mask to a server, and none."""


_UNKNOWN: Mapping[str, Any] = MappingProxyType(
    {"known": False, "max_prompt_chars": 4000, "max_references": 0}
)
"""Of a model that nobody described: what all but the oldest take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFacts:
    """What one model accepts and costs.

    Parameters
    ----------
    model : str
        Its id, as requests name it.
    known : bool
        False if it is not listed: what follows is then what every model accepts.
    verbs : frozenset of Verb
        Endpoints it has.
    size_rule : SizeRule
        Canvas sizes it accepts.
    qualities, backgrounds, input_fidelity : tuple of str
        Values it accepts for these fields; an empty tuple: the field is never sent.
    fields : frozenset of str
        Further fields it accepts, such as ``"seed"`` or ``"response_format"``.
    max_prompt_chars : int
        Longest prompt.
    max_references : int
        Images besides the one that is edited.
    mask : {"alpha", "white", "black", "none"}
        How it wants the area to change painted: transparent as OpenAI does, white or black; or
        not at all. It then redraws the whole, and radgen keeps what lies outside all the same.
    shutdown : date, optional
        When its provider turns it off.
    counts, rates : optional
        How many tokens an image has, and what tokens cost.
    usd_per_image : float, optional
        A flat price instead.
    """

    model: str
    known: bool = True
    verbs: frozenset[Verb] = frozenset({Verb.GENERATE, Verb.EDIT})
    size_rule: SizeRule = field(default_factory=SizeRule)
    qualities: tuple[str, ...] = ()
    backgrounds: tuple[str, ...] = ()
    input_fidelity: tuple[str, ...] = ()
    fields: frozenset[str] = frozenset()
    max_prompt_chars: int = 32_000
    max_references: int = 15
    mask: EndpointMask = "alpha"
    shutdown: date | None = None
    counts: TokenCounts | None = None
    rates: TokenRates | None = None
    usd_per_image: float | None = None

    def price(self, quality: str | None) -> Price | None:
        """What a request of that quality costs; ``None`` if nobody knows."""
        if self.usd_per_image is not None:
            return FlatPrice(self.usd_per_image)
        if self.counts is None or self.rates is None:
            return None
        return TokenPrice(self.counts, self.rates, quality)


@dataclass(frozen=True, slots=True)
class Catalog:
    """Models by name.

    Parameters
    ----------
    content : mapping
        ``models``, and the ``sizes``, ``rates`` and ``tokens`` that they refer to.

    Examples
    --------
    >>> facts = Catalog.load().facts("gpt-image-2-2026-04-21")
    >>> facts.known, facts.size_rule.multiple, round(facts.rates.usd_per_million["image_out"])
    (True, 16, 30)
    """

    content: Mapping[str, Any]

    @classmethod
    def load(cls, own: str | os.PathLike[str] | None = None) -> Self:
        """The models that radgen knows, and on top of them those of a file.

        Parameters
        ----------
        own : path, optional
            JSON of the same form; by default what the environment variable ``RADGEN_MODELS`` names.

        Raises
        ------
        InputError
            If the file cannot be read or has another form.
        """
        own = own or os.environ.get(VARIABLE) or None
        if own is None:
            return cls(_shipped())
        path = Path(own)
        try:
            added = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise InputError(f"{path}: models cannot be read from it ({error})") from error
        unknown = sorted(set(added) - {*_SECTIONS, "default"}) if isinstance(added, dict) else ["a list"]
        if unknown or not all(isinstance(added.get(name, {}), dict) for name in _SECTIONS):
            raise InputError(
                f"{path}: an object with {', '.join(_SECTIONS)} is wanted, not {', '.join(unknown)}"
            )
        content = {**_shipped(), **{name: added[name] for name in ("default",) if name in added}}
        for section in _SECTIONS:
            content[section] = {**_shipped()[section], **added.get(section, {})}
        catalog = cls(content)
        for model in added.get("models", {}):
            try:
                catalog.facts(model)
            except InputError as error:
                raise InputError(f"{path}: {error}") from error
        return catalog

    @property
    def default(self) -> str:
        """The model to use where none is named."""
        return str(self.content["default"])

    def facts(self, model: str) -> ModelFacts:
        """What is known of a model; a dated snapshot is the model it is a snapshot of.

        Raises
        ------
        InputError
            If what the catalog says of it makes no sense.
        """
        models = self.content["models"]
        listed = [name for name in models if model == name or model.startswith(f"{name}-20")]
        if not listed:
            return ModelFacts(model=model, size_rule=self._size_rule("three"), **_UNKNOWN)
        try:
            return self._read(model, models[max(listed, key=len)])
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise InputError(f"models: {model}: {error!r} is not understood") from error

    def _read(self, model: str, entry: Mapping[str, Any]) -> ModelFacts:
        options: dict[str, Any] = dict(entry)
        sizes, rates, tokens = (options.pop(name, None) for name in ("sizes", "rates", "tokens"))
        shutdown = options.pop("shutdown", None)
        for name in {"qualities", "backgrounds", "input_fidelity"} & set(options):
            options[name] = tuple(options[name])
        if "verbs" in options:
            options["verbs"] = frozenset(Verb(verb) for verb in options["verbs"])
        if options.get("mask", "alpha") not in get_args(EndpointMask):
            raise ValueError(f"mask {options['mask']} is none of {', '.join(get_args(EndpointMask))}")
        options["fields"] = frozenset(options.pop("fields", ()))
        return ModelFacts(
            model=model,
            size_rule=self._size_rule(sizes or "three"),
            shutdown=None if shutdown is None else date.fromisoformat(shutdown),
            rates=None if rates is None else TokenRates(self.content["rates"][rates]),
            counts=None if tokens is None else TokenCounts.of(self.content["tokens"][tokens]),
            **options,
        )

    def _size_rule(self, name: str) -> SizeRule:
        options = dict(self.content["sizes"][name])
        if "sizes" in options:
            # Written as the API writes them, width first.
            options["sizes"] = tuple((high, wide) for wide, high in options["sizes"])
        return SizeRule(**options)


def warn_of(facts: ModelFacts, today: date | None = None) -> str | None:
    """What a user should know before using a model, in one sentence.

    Parameters
    ----------
    facts : ModelFacts
        Of the model.
    today : date, optional
        By default today.

    Returns
    -------
    str or None
        ``None`` if there is nothing to say.
    """
    today = today or datetime.now(UTC).date()
    if not facts.known:
        return (
            f"model {facts.model!r} is not known to radgen: it is used with what every model accepts and "
            f"without a price; describe it in a file named by {VARIABLE}"
        )
    if facts.shutdown is None:
        return None
    when = "was shut down" if facts.shutdown <= today else "will be shut down"
    return f"model {facts.model!r} {when} by its provider on {facts.shutdown}: choose a newer one"


@cache
def _shipped() -> dict[str, Any]:
    text = files("radgen.backends.openai").joinpath("models.json").read_text("utf-8")
    content: dict[str, Any] = json.loads(text)
    return content
