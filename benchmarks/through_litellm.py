"""radgen through a gateway: the litellm proxy between radgen's backend and radgen's server, all on loopback.

    python benchmarks/through_litellm.py --litellm PYTHON

PYTHON is the interpreter of an environment of its own with `litellm[proxy]`. Starts a server for each fault
and one that works, and the proxy in front of them; prints what came back through it, what radgen made of it,
and how often the proxy called the server for one request of radgen's. Exits with 1 if something was not
understood.
The proxy is told not to retry, and may do it all the same: it is shown how many calls one request became.
"""

import argparse
import json
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np
import uvicorn

from radgen.backends import get_backend
from radgen.errors import (
    AmbiguousBackendError,
    BackendConfigError,
    ContentRefusedError,
    RadgenError,
    RateLimitedError,
)
from radgen.prompt import Prompt
from radgen.protocol import (
    Answer,
    Capabilities,
    EditRequest,
    FlatPrice,
    GenerateRequest,
    ImageRequest,
    VariationRequest,
)
from radgen.serve import Bill, FaultPlan, make_app
from radgen.serve.faults import Fault, FaultKind
from radgen.testing import FakeBackend

SIZE = (256, 320)
PROMPT = Prompt("An x-ray of chest")
RAMP = np.tile(np.arange(SIZE[1]) * 255 // SIZE[1], (SIZE[0], 1)).astype(np.uint8)
HOLE = np.zeros(SIZE, np.bool_)
HOLE[40:90, 60:200] = True
START_S = 180.0
FAULTS: Mapping[str, Fault] = {
    "limited": Fault(kind=FaultKind.RATE_LIMIT, every=1, retry_after="seconds", seconds=1),
    "quota": Fault(kind=FaultKind.QUOTA, every=1),
    "moderated": Fault(kind=FaultKind.MODERATION, every=1),
    "overloaded": Fault(kind=FaultKind.OVERLOADED, every=1),
    "broken": Fault(kind=FaultKind.SERVER_ERROR, every=1),
    "cut": Fault(kind=FaultKind.TRUNCATED_JSON, every=1),
}
WORKS: Mapping[str, ImageRequest] = {
    "generate": GenerateRequest(prompt=PROMPT, size=SIZE),
    "edit": EditRequest(prompt=PROMPT, image=RAMP),
    "edit with mask": EditRequest(prompt=PROMPT, image=RAMP, mask=HOLE),
    "edit with references": EditRequest(prompt=PROMPT, image=RAMP, references=(RAMP, RAMP)),
}
MEANT: Mapping[str, tuple[type[RadgenError], ...]] = {
    "limited": (RateLimitedError,),
    "quota": (BackendConfigError,),
    "moderated": (ContentRefusedError,),
    "overloaded": (RateLimitedError,),
    "broken": (AmbiguousBackendError,),
    "cut": (AmbiguousBackendError,),
}
MODELS = {
    "models": {
        name: {"sizes": "any", "verbs": ["generate", "edit", "variation"]} for name in ("good", *FAULTS)
    }
}


@contextmanager
def served(name: str, backend: FakeBackend, bill: Bill) -> Iterator[str]:
    """A server of radgen's in a thread; its address."""
    faults = FaultPlan((FAULTS[name],) if name in FAULTS else ())
    app = make_app(backend, models=(name,), faults=faults, bill=bill)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(64)
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/v1"
        server.should_exit = True
        thread.join(20)


@contextmanager
def proxied(python: Path, folder: Path, upstream: Mapping[str, str], key: str) -> Iterator[str]:
    """The proxy as a process of its own; its address."""
    models = [
        {
            "model_name": name,
            "litellm_params": {
                "model": f"openai/{name}",
                "api_base": address,
                "api_key": "none",
                "max_retries": 0,
            },
            "model_info": {"mode": "image_generation"},
        }
        for name, address in upstream.items()
    ]
    config = folder / "litellm.yaml"  # JSON is YAML
    config.write_text(json.dumps({"model_list": models, "router_settings": {"num_retries": 0}}))
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    own = {"LITELLM_MASTER_KEY": key, "LITELLM_LOCAL_MODEL_COST_MAP": "True", "DO_NOT_TRACK": "1"}
    command = [
        str(python.parent / "litellm"),
        "--config",
        str(config),
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
    ]
    with (
        (folder / "litellm.log").open("w") as log,
        subprocess.Popen(
            command, stdout=log, stderr=log, cwd=folder, env={**os.environ, **own, "PYTHONPATH": ""}
        ) as process,
    ):
        try:
            wait_for(f"http://127.0.0.1:{port}/health/liveliness", process, folder / "litellm.log")
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            process.terminate()


def wait_for(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Until it answers, it ends, or nobody would wait longer."""
    until = time.monotonic() + START_S
    while time.monotonic() < until and process.poll() is None:
        try:
            urllib.request.urlopen(address, timeout=5).close()  # noqa: S310 - loopback
        except OSError:
            time.sleep(0.5)
        else:
            return
    raise SystemExit(f"the proxy did not start:\n{log.read_text()[-2000:]}")


def outcome(call: Callable[[], Answer]) -> tuple[Answer | RadgenError, str]:
    """What came of a request, and in words."""
    try:
        answer = call()
    except RadgenError as error:
        return error, f"{type(error).__name__}: {error}"
    return answer, f"{answer.image.shape[1]}x{answer.image.shape[0]}, {answer.usage}"


def told(address: str, bills: Mapping[str, Bill], drawn: FakeBackend) -> bool:
    """Ask for everything, and say what came; whether all of it was understood."""
    good, fine = get_backend(f"{address}?local&timeout_s=60#good"), True
    for name, request in WORKS.items():
        found, words = outcome(lambda request=request: good.run(request))  # type: ignore[misc]
        arrived = drawn.requests[-1] if drawn.requests else None
        fine &= isinstance(found, Answer) and same(request, arrived)
        print(f"{name:22} {words}", flush=True)
    variation = VariationRequest(prompt=PROMPT, image=RAMP)
    found, words = outcome(lambda: good.run(variation))
    print(f"{'variation':22} {words}")
    for name, kinds in MEANT.items():
        backend, before = get_backend(f"{address}?local&timeout_s=60#{name}"), bills[name].calls
        found, words = outcome(lambda backend=backend: backend.run(WORKS["generate"]))  # type: ignore[misc]
        understood = isinstance(found, kinds)
        fine &= understood
        calls = bills[name].calls - before
        print(f"{name:12} {calls} calls  {'' if understood else 'NOT UNDERSTOOD '}{words[:230]}", flush=True)
    return fine


def same(asked: ImageRequest, arrived: ImageRequest | None) -> bool:
    """Whether what the proxy handed on is what was sent."""
    if not isinstance(asked, EditRequest):
        return isinstance(arrived, GenerateRequest) and arrived.size == asked.size
    if not isinstance(arrived, EditRequest) or len(arrived.references) != len(asked.references):
        return False
    masks = [None if edit.mask is None else edit.mask.tobytes() for edit in (asked, arrived)]
    return np.array_equal(asked.image, arrived.image) and masks[0] == masks[1]


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument(
        "--litellm", type=Path, required=True, help="Python of an environment with litellm[proxy]."
    )
    options = parser.parse_args()
    key = f"sk-{secrets.token_hex(24)}"
    os.environ["RADGEN_SERVER_KEY"] = key
    able = Capabilities(
        verbs={"generate", "edit", "variation"},
        mask="pixels",
        max_references=15,
        remote=False,
        price=FlatPrice(0.0),
    )
    drawn, bills = FakeBackend(capabilities=able), {name: Bill() for name in ("good", *FAULTS)}
    with tempfile.TemporaryDirectory() as temporary, ExitStack() as running:
        folder = Path(temporary)
        (folder / "models.json").write_text(json.dumps(MODELS))
        os.environ["RADGEN_MODELS"] = str(folder / "models.json")
        upstream = {name: running.enter_context(served(name, drawn, bill)) for name, bill in bills.items()}
        address = running.enter_context(proxied(options.litellm, folder, upstream, key))
        return 0 if told(address, bills, drawn) else 1


if __name__ == "__main__":
    sys.exit(main())
