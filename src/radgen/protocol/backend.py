"""What a backend says of itself, and the one method that it has."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Literal, Protocol, runtime_checkable

from radgen.errors import UnsupportedRequestError
from radgen.geometry import SizeRule
from radgen.protocol.answer import Answer, AnswerFile
from radgen.protocol.price import Price
from radgen.protocol.requests import EditRequest, ImageRequest
from radgen.protocol.tokens import PromptTokens
from radgen.terms import DigitalSourceType, Verb

__all__ = ["BatchBackend", "Capabilities", "FileBackend", "ImageBackend", "MaskKind"]

MaskKind = Literal["none", "pixels", "alpha", "white", "black"]
"""How an adapter hands a mask on: not at all, as it is, or painted where the image may change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a backend can do. It is asked before every request, so that nothing is sent in vain.

    Parameters
    ----------
    verbs : set of Verb or str
        What it can be asked.
    size_rule : SizeRule
        Canvas sizes it accepts.
    mask : {"none", "pixels", "alpha", "white", "black"}
        Whether it takes a mask, and how its adapter paints it. A mask is never trusted: what lies
        outside it is restored from the source whatever comes back.
    max_prompt_chars : int, optional
        Longest prompt.
    prompt_tokens : PromptTokens, optional
        The model's own count of a prompt, and how much it reads; what it would cut is refused.
    max_references : int
        How many further images an edit may show it.
    seed : bool
        Whether the same request with the same seed gives the same image.
    reads_prompts : bool
        Whether it understands sentences. Without it, ``edit`` with the user's own words is refused.
    keeps_labels : bool
        Whether a variation cannot alter what a label speaks of. Say True only of transformations that
        move or rescale what is there; a learned model that redraws the image does not keep labels.
    price : Price, optional
        What requests cost; ``None`` is unknown, and a budget is then refused.
    remote : bool
        Whether pixels leave this machine; True unless declared otherwise.
    source_type : DigitalSourceType
        What its images are: made by a trained model, or by a plain algorithm.

    Examples
    --------
    >>> from radgen.prompt import Prompt
    >>> from radgen.protocol import GenerateRequest
    >>> able = Capabilities(verbs={"edit"}, mask="alpha", remote=False)
    >>> able.require(GenerateRequest(prompt=Prompt("An x-ray of chest"), size=(64, 64)), backend="hospital")
    Traceback (most recent call last):
    radgen.errors.UnsupportedRequestError: hospital cannot generate: it offers edit
    """

    verbs: AbstractSet[Verb | Literal["generate", "edit", "variation"]]
    size_rule: SizeRule = field(default_factory=SizeRule)
    mask: MaskKind = "none"
    max_prompt_chars: int | None = None
    prompt_tokens: PromptTokens | None = None
    max_references: int = 0
    seed: bool = False
    reads_prompts: bool = True
    keeps_labels: bool = False
    price: Price | None = None
    remote: bool = True
    source_type: DigitalSourceType = DigitalSourceType.TRAINED_ALGORITHMIC

    def __post_init__(self) -> None:
        object.__setattr__(self, "verbs", frozenset(Verb(verb) for verb in self.verbs))

    def require(self, request: ImageRequest, /, *, backend: str) -> None:
        """Refuse a request that would be sent in vain.

        Parameters
        ----------
        request : ImageRequest
            What is about to be sent.
        backend : str
            Name for the message.

        Raises
        ------
        UnsupportedRequestError
            Naming what is missing.
        """
        if request.verb not in self.verbs:
            offered = ", ".join(sorted(self.verbs))
            raise UnsupportedRequestError(f"{backend} cannot {request.verb}: it offers {offered}")
        if not self.size_rule.allows(request.size):
            rows, cols = request.size
            raise UnsupportedRequestError(f"{backend} does not take {cols}x{rows} images (width x height)")
        shown = len(request.references) if isinstance(request, EditRequest) else 0
        if shown > self.max_references:
            raise UnsupportedRequestError(
                f"{backend} takes {self.max_references} reference images, and the request has {shown}"
            )
        length = len(request.prompt.text)
        if self.max_prompt_chars is not None and length > self.max_prompt_chars:
            raise UnsupportedRequestError(
                f"the prompt has {length} characters, {backend} takes {self.max_prompt_chars}: shorten it"
            )
        if self.prompt_tokens is not None:
            tokens, most = self.prompt_tokens.count(request.prompt.text), self.prompt_tokens.most
            if tokens > most:
                raise UnsupportedRequestError(
                    f"the prompt has {tokens} tokens and {backend} reads {most}: shorten it"
                )


@runtime_checkable
class ImageBackend(Protocol):
    """An image model behind one method.

    `run` gets one request and returns one image of the size asked for, or raises a kind of
    `radgen.errors.BackendError` (or `UnsupportedRequestError`). It must not modify the request, must
    be safe to call from several threads, and leaves retrying, waiting, budgets, masks' guarantees and
    privacy to radgen.
    """

    @property
    def name(self) -> str:
        """Short name for manifests and messages; no key, no path."""
        ...

    @property
    def capabilities(self) -> Capabilities:
        """What it can do."""
        ...

    def run(self, request: ImageRequest, /) -> Answer:
        """Carry one request out."""
        ...


@runtime_checkable
class BatchBackend(ImageBackend, Protocol):
    """A backend that answers several requests in the time of one, as a model on a GPU does.

    Where it is used, `run_many` is called with what several threads ask at the same time; its requests are
    of one verb and size.
    """

    @property
    def batch_size(self) -> int:
        """How many requests to send together, at most."""
        ...

    def run_many(self, requests: Sequence[ImageRequest], /) -> Sequence[Answer | Exception]:
        """Answer each request, in order; what `run` would raise for one is returned in its place."""
        ...


@runtime_checkable
class FileBackend(ImageBackend, Protocol):
    """A backend whose images come as files, as those of web services do.

    Where it is used, `fetch` is called instead of `run`: the file is kept as it came, and decoded after the
    next request could start.
    """

    def fetch(self, request: ImageRequest, /) -> AnswerFile:
        """Carry one request out, and leave the image in its file; raises what `run` raises."""
        ...
