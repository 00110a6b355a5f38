"""`OpenAIBackend`: one call of the SDK for one request, without its retries."""

import logging
import threading
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from radgen.backends.openai.catalog import Catalog, ModelFacts, warn_of
from radgen.backends.openai.faults import Refusal, fault_of_connection, fault_of_status
from radgen.backends.openai.fields import call_fields
from radgen.backends.openai.replies import read_reply
from radgen.backends.openai.tokens import TokenPrice
from radgen.errors import AmbiguousBackendError, BackendConfigError, InputError, UnsupportedRequestError
from radgen.io import decode_answer
from radgen.protocol import Answer, AnswerFile, Capabilities, ImageRequest, Price
from radgen.terms import DigitalSourceType, Verb

if TYPE_CHECKING:
    from openai import OpenAI

__all__ = ["OpenAIBackend"]

log = logging.getLogger(__name__)

TIMEOUT_S = 600.0
CONNECT_S = 10.0
_METHODS = {Verb.GENERATE: "generate", Verb.EDIT: "edit", Verb.VARIATION: "create_variation"}


class OpenAIBackend:
    """OpenAI's images API, or any server that speaks it, as an `ImageBackend`.

    Parameters
    ----------
    model : str, optional
        Any id; by default the catalog's.
    client : openai.OpenAI, optional
        Your own, with its base URL, key and transport; its retries are switched off. By default one that
        reads ``OPENAI_API_KEY`` and its other variables when the first request is sent.
    facts : ModelFacts, optional
        What the model accepts and costs; by default what the `Catalog` says.
    quality : str, optional
        ``"low"``, ``"medium"``, ``"high"`` ...; by default the provider chooses, and costs are a wide range.
    options : mapping, optional
        Further fields for every call, such as ``{"moderation": "low"}``.
    price : Price, optional
        Instead of the catalog's.
    remote : bool
        Whether pixels leave this machine, or whatever you are in charge of.
    name : str, optional
        For manifests; by default ``openai:MODEL``.

    Raises
    ------
    InputError
        For a quality that the model does not have.

    Examples
    --------
    >>> backend = OpenAIBackend("gpt-image-2", quality="medium")
    >>> backend.name, sorted(backend.capabilities.verbs), backend.capabilities.remote
    ('openai:gpt-image-2', [<Verb.EDIT: 'edit'>, <Verb.GENERATE: 'generate'>], True)
    """

    def __init__(
        self,
        model: str | None = None,
        *,
        client: "OpenAI | None" = None,
        facts: ModelFacts | None = None,
        quality: str | None = None,
        options: Mapping[str, Any] | None = None,
        price: Price | None = None,
        remote: bool = True,
        name: str | None = None,
    ) -> None:
        if facts is None:
            catalog = Catalog.load()
            facts = catalog.facts(model or catalog.default)
        if quality is not None and facts.qualities and quality not in facts.qualities:
            raise InputError(f"quality is {quality!r}: {facts.model} has {', '.join(facts.qualities)}")
        self._facts, self._quality, self._options = facts, quality, dict(options or {})
        self._name = name or f"openai:{facts.model}"
        self._client = None if client is None else client.with_options(max_retries=0)
        self._lock = threading.Lock()
        self._price = price or facts.price(quality)
        self._capabilities = Capabilities(
            verbs=facts.verbs,
            size_rule=facts.size_rule,
            mask=facts.mask,
            max_prompt_chars=facts.max_prompt_chars,
            max_references=facts.max_references,
            seed="seed" in facts.fields,
            price=self._price,
            remote=remote,
            source_type=DigitalSourceType.TRAINED_ALGORITHMIC,
        )
        warning = warn_of(facts)
        if warning:
            log.warning("%s: %s", self._name, warning)

    def __repr__(self) -> str:
        return f"OpenAIBackend({self._facts.model!r}, name={self._name!r})"

    @property
    def name(self) -> str:
        """Who it is, in manifests."""
        return self._name

    @property
    def capabilities(self) -> Capabilities:
        """What the model can do."""
        return self._capabilities

    def run(self, request: ImageRequest, /) -> Answer:
        """Make one call, and decode the image.

        Parameters
        ----------
        request : ImageRequest
            What is asked.

        Returns
        -------
        Answer
            With what it cost, if the provider counted.

        Raises
        ------
        BackendError
            Of the kind that tells whether it was billed and whether to try again.
        """
        try:
            return decode_answer(self.fetch(request))
        except InputError as error:
            raise AmbiguousBackendError(f"{self._name}: the image cannot be read: {error}") from error

    def fetch(self, request: ImageRequest, /) -> AnswerFile:
        """Make one call, and leave the image in its file.

        Parameters
        ----------
        request : ImageRequest
            What is asked.

        Returns
        -------
        AnswerFile
            Of the shape asked for, with what it cost, if the provider counted.

        Raises
        ------
        BackendError
            As `run`.
        """
        import openai  # noqa: PLC0415 - most of what importing radgen's backends would cost

        client = self._connected()
        try:
            fields = call_fields(request, self._facts, self._options, self._quality)
        except InputError as error:  # of the mask's file: nothing was sent
            raise UnsupportedRequestError(f"{self._name}: {error}") from error
        method = getattr(client.images.with_raw_response, _METHODS[request.verb])
        try:
            reply = method(**fields)
        except openai.APIStatusError as error:
            raise fault_of_status(
                _refusal(error), backend=self._name, prompt=request.prompt.text
            ) from None  # the SDK's error holds the request
        except openai.APIConnectionError as error:
            raise fault_of_connection(error, backend=self._name) from None
        except openai.OpenAIError as error:
            raise AmbiguousBackendError(f"{self._name}: {type(error).__name__} after sending") from None
        try:
            answer, image_in = read_reply(
                reply.content, model=self._facts.model, size=request.size, request_id=reply.request_id
            )
        except AmbiguousBackendError as error:
            raise AmbiguousBackendError(f"{self._name}: {error}") from None
        return replace(answer, cost_usd=self._cost_usd(answer, image_in, request))

    def _cost_usd(self, answer: AnswerFile, image_in: int | None, request: ImageRequest) -> float | None:
        """From the provider's count, or the flat price; ``None`` if nobody knows."""
        if isinstance(self._price, TokenPrice):
            return None if answer.usage is None else self._price.cost_usd(answer.usage, image_in)
        if self._price is None:
            return None
        estimate = self._price.estimate(request)
        return estimate.high_usd if estimate.low_usd == estimate.high_usd else None

    def _connected(self) -> "OpenAI":
        """The client, made on first use: a plan can be estimated without a key."""
        import openai  # noqa: PLC0415

        with self._lock:
            if self._client is None:
                timeout = openai.Timeout(TIMEOUT_S, connect=CONNECT_S)
                try:
                    self._client = openai.OpenAI(max_retries=0, timeout=timeout)
                except openai.OpenAIError:
                    raise BackendConfigError(
                        f"{self._name} needs a key: set the environment variable OPENAI_API_KEY"
                    ) from None
            return self._client


def _refusal(error: Any) -> Refusal:  # noqa: ANN401 - openai.APIStatusError, of either SDK generation
    """The parts of an error response that decisions are made on."""
    body: Any = error.body if isinstance(error.body, Mapping) else {}
    found: Any = body["error"] if isinstance(body.get("error"), Mapping) else body

    def text(key: str, otherwise: object = "") -> str:
        value = found.get(key) or otherwise
        return value if isinstance(value, str) else ""

    return Refusal(
        status=error.status_code,
        code=text("code", error.code),
        kind=text("type", error.type),
        message=text("message", error.message),
        headers={name.lower(): value for name, value in error.response.headers.items()},
    )
