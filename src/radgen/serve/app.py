"""The server itself: HTTP in, one backend behind it, HTTP out; what is valid is decided elsewhere."""

import asyncio
import hmac
import json
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NoReturn

import anyio

from radgen.backends.openai import Catalog, ModelFacts
from radgen.drive import AttemptKey, Guard
from radgen.errors import MissingExtraError, RadgenError
from radgen.protocol import Answer, ImageBackend, ImageRequest
from radgen.serve.asked import Asked, Upload, images_from_json, read_asked, requests_of
from radgen.serve.bill import Bill, Item
from radgen.serve.faults import Fault, FaultKind, FaultPlan
from radgen.serve.refusals import RefusedError, refusal_of
from radgen.serve.replies import body_of, count_of, events_of
from radgen.terms import Verb

try:
    from starlette.applications import Starlette
    from starlette.datastructures import UploadFile
    from starlette.requests import ClientDisconnect, Request
    from starlette.responses import JSONResponse, Response
    from starlette.routing import Route
except ImportError as error:  # pragma: no cover - the test environment has it
    raise MissingExtraError("the server", "serve") from error

if TYPE_CHECKING:
    from starlette.types import Message, Receive, Scope, Send

__all__ = ["make_app"]

ENDPOINTS = {
    "/v1/images/generations": Verb.GENERATE,
    "/v1/images/edits": Verb.EDIT,
    "/v1/images/variations": Verb.VARIATION,
}
PROMPT_CHARS = 32_000
"""OpenAI's own limit, for a backend that has none."""
_Handler = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Server:
    """What every call needs."""

    backend: ImageBackend
    catalog: Catalog
    models: tuple[str, ...]
    key: str | None
    faults: FaultPlan
    bill: Bill
    limiter: anyio.CapacityLimiter
    guard: Guard

    def run(self, request: ImageRequest) -> Answer:
        """Ask the backend; for a remote one the privacy guard looks last before the request leaves."""
        key = AttemptKey("served")
        cleared = self.guard.clear(self.backend, request, key)
        self.guard.note(self.backend, cleared, key)
        return self.backend.run(cleared.request)

    def facts(self, model: str) -> ModelFacts:
        """What a model accepts: by its own rules if it is known, else whatever the backend does."""
        if model not in self.models:
            raise RefusedError(
                404,
                f"The model '{model}' does not exist or you do not have access to it.",
                "model_not_found",
                "model",
            )
        facts, able = self.catalog.facts(model), self.backend.capabilities
        if facts.known:
            return facts
        return replace(
            facts,
            verbs=frozenset(Verb(verb) for verb in able.verbs),
            size_rule=able.size_rule,
            max_prompt_chars=able.max_prompt_chars or PROMPT_CHARS,
            max_references=able.max_references,
        )


def make_app(
    backend: ImageBackend,
    *,
    models: tuple[str, ...] = (),
    key: str | None = None,
    faults: FaultPlan | None = None,
    bill: Bill | None = None,
    workers: int = 8,
    guard: Guard | None = None,
) -> Starlette:
    """Make the server's application.

    Parameters
    ----------
    backend : ImageBackend
        Who draws.
    models : tuple of str, optional
        Models to pose as, with their limits and prices; by default the backend under its own name. The
        first is used where a request names none.
    key : str, optional
        What clients have to show as a bearer token; ``None`` lets everybody in.
    faults : FaultPlan, optional
        What is to go wrong.
    bill : Bill, optional
        Where to write what was billed.
    workers : int
        Calls of the backend at the same time.
    guard : Guard, optional
        In front of a remote backend: what clients upload counts as acquired, and by default stays here.

    Returns
    -------
    starlette.applications.Starlette
        With ``/v1/images/generations``, ``edits``, ``variations``, ``/v1/models`` and ``/radgen/bill``.

    Raises
    ------
    MissingExtraError
        Without the extra ``serve``.

    Examples
    --------
    >>> from radgen.backends import get_backend
    >>> app = make_app(get_backend("procedural"))
    >>> sorted(route.path for route in app.routes)[:2]
    ['/radgen/bill', '/v1/images/edits']
    """
    server = _Server(
        backend=backend,
        catalog=Catalog.load(),
        models=models or (backend.name,),
        key=key,
        faults=faults or FaultPlan(),
        bill=bill or Bill(),
        limiter=anyio.CapacityLimiter(workers),
        guard=guard or Guard(),
    )
    routes = [Route(path, _images(server, verb), methods=["POST"]) for path, verb in ENDPOINTS.items()]
    routes += [
        Route("/v1/models", _guarded(server, _listing(server))),
        Route("/v1/models/{model}", _guarded(server, _one_model(server))),
        Route("/radgen/bill", _guarded(server, _billing(server))),
    ]
    return Starlette(routes=routes)


def _guarded(server: _Server, handler: _Handler) -> _Handler:
    """Ask for the key first, and answer refusals as OpenAI does."""

    async def guarded(request: Request) -> Response:
        try:
            _require_key(server, request)
            return await handler(request)
        except RefusedError as refused:
            return JSONResponse(refused.body(), refused.status, refused.headers)

    return guarded


def _require_key(server: _Server, request: Request) -> None:
    shown = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
    if server.key is not None and not hmac.compare_digest(shown.encode(), server.key.encode()):
        raise RefusedError(401, "Incorrect API key provided.", "invalid_api_key")


def _images(server: _Server, verb: Verb) -> _Handler:
    """The handler of one endpoint."""

    async def handle(request: Request) -> Response:
        request_id = f"req_{secrets.token_hex(12)}"
        headers = {"x-request-id": request_id}
        try:
            _require_key(server, request)
            fault = server.faults.pick(server.bill.count())
            if fault is not None:
                server.bill.strike(fault.kind.value)
                await _strike(fault)
            asked, facts = await _read(server, verb, request)
            body = await _made(server, request, asked, facts, fault, request_id)
        except RefusedError as refused:
            return JSONResponse(refused.body(), refused.status, {**headers, **refused.headers})
        if fault is not None and fault.kind is FaultKind.DISCONNECT_AFTER:
            return _Hangup()
        if asked.stream:
            return Response(events_of(asked, body), headers=headers, media_type="text/event-stream")
        kind = "text/html" if fault is not None and fault.kind is FaultKind.HTML else "application/json"
        return Response(body, headers=headers, media_type=kind)

    async def endpoint(request: Request) -> Response:
        try:
            return await handle(request)
        except (_HangUpError, ClientDisconnect, asyncio.CancelledError):
            return _Hangup()  # on purpose, or the client has gone, or the server is told to end

    return endpoint


class _HangUpError(Exception):
    """The connection is to be closed without a word."""


async def _strike(fault: Fault) -> None:
    """What a fault does before anything is made."""
    refusal = fault.refusal()
    if refusal is not None:
        raise refusal
    if fault.kind is FaultKind.DISCONNECT_BEFORE:
        raise _HangUpError
    if fault.kind is FaultKind.SLOW:
        await anyio.sleep(fault.seconds)


async def _hang(request: Request, seconds: float) -> NoReturn:
    """Say nothing until the client has had enough, or for so long."""
    with anyio.move_on_after(seconds):
        while (await request.receive())["type"] != "http.disconnect":
            pass
    raise _HangUpError


async def _read(server: _Server, verb: Verb, request: Request) -> tuple[Asked, ModelFacts]:
    """The request's fields and files, validated."""
    if request.headers.get("content-type", "").startswith("application/json"):
        try:
            fields: Any = json.loads(await request.body())
        except ValueError:
            raise RefusedError(400, "We could not parse the JSON body of your request.") from None
        if not isinstance(fields, dict):
            raise RefusedError(400, "The body is no JSON object.")
        uploads, mask = images_from_json(fields)
    else:
        fields, uploads, mask = await _form(request)
    facts = server.facts(str(fields.get("model") or server.models[0]))
    return read_asked(verb, fields, uploads, mask, facts), facts


async def _form(request: Request) -> tuple[dict[str, Any], list[Upload], Upload | None]:
    """Texts and files of a multipart form."""
    texts: dict[str, Any] = {}
    uploads: list[Upload] = []
    mask = None
    async with request.form(max_files=20, max_part_size=60_000_000) as form:
        for name, value in form.multi_items():
            if not isinstance(value, UploadFile):
                texts[name] = value
                continue
            upload = Upload(await value.read(), value.content_type or "application/octet-stream")
            if name in {"image", "image[]"}:
                uploads.append(upload)
            elif name == "mask":
                mask = upload
            else:
                raise RefusedError(400, f"Unknown parameter: '{name}'.", "unknown_parameter", name)
    return texts, uploads, mask


async def _made(
    server: _Server, request: Request, asked: Asked, facts: ModelFacts, fault: Fault | None, request_id: str
) -> bytes:
    """Draw, bill, and put into words; what was drawn is billed whatever becomes of the response."""
    requests = requests_of(asked, server.backend.capabilities)
    try:
        for wanted in requests:
            server.backend.capabilities.require(wanted, backend=server.backend.name)
        answers = [
            await anyio.to_thread.run_sync(server.run, wanted, limiter=server.limiter) for wanted in requests
        ]
    except RadgenError as error:
        raise refusal_of(error) from error
    usage, usd = count_of(asked, requests, facts)
    server.bill.add(
        Item(
            request_id=request_id,
            endpoint=asked.verb.value,
            images=len(answers),
            tokens=usage["total_tokens"],
            usd=usd,
            fault=None if fault is None else fault.kind.value,
            seed=asked.seed,
        )
    )
    if fault is not None and fault.kind is FaultKind.HANG:
        await _hang(request, fault.seconds)
    images = [answer.image if fault is None else fault.spoil(answer.image) for answer in answers]
    return await anyio.to_thread.run_sync(body_of, asked, images, usage, fault, limiter=server.limiter)


def _listing(server: _Server) -> _Handler:
    async def models(_: Request) -> Response:
        return JSONResponse({"object": "list", "data": [_card(server, model) for model in server.models]})

    return models


def _one_model(server: _Server) -> _Handler:
    async def model(request: Request) -> Response:
        return JSONResponse(_card(server, request.path_params["model"]))

    return model


def _card(server: _Server, model: str) -> dict[str, Any]:
    facts = server.facts(model)
    card: dict[str, Any] = {"id": model, "object": "model", "created": 0, "owned_by": "radgen"}
    return card if facts.shutdown is None else {**card, "shutdown_date": facts.shutdown.isoformat()}


def _billing(server: _Server) -> _Handler:
    async def billed(_: Request) -> Response:
        return JSONResponse(server.bill.to_dict())

    return billed


class _Hangup(Response):
    """Closes the connection instead of answering; over a transport that cannot be closed, breaks off."""

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:  # noqa: ARG002 - ASGI
        transport = _transport_of(send)
        if transport is not None:
            transport.abort()
            while (await receive())["type"] != "http.disconnect":
                pass  # until uvicorn has seen it: it would complain about a missing response
            return
        start: Message = {
            "type": "http.response.start",
            "status": 200,
            "headers": [(b"content-length", b"9")],
        }
        await send(start)


def _transport_of(send: Any) -> Any:  # noqa: ANN401 - uvicorn's own objects, wrapped by closures
    """The connection behind uvicorn's `send`, through the wrappers that starlette puts around it."""
    seen = [send]
    while seen:
        found = seen.pop()
        transport = getattr(getattr(found, "__self__", None), "transport", None)
        if transport is not None:
            return transport
        cells = getattr(found, "__closure__", None) or ()
        seen.extend(cell.cell_contents for cell in cells if callable(cell.cell_contents))
    return None
