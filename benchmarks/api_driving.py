"""How fast an images API is driven: radgen's driver beside the bare SDK, on a local server in the same run.

    python benchmarks/api_driving.py [--images 400] [--latency-ms 200] [--flight 8 32 64]

The server answers every request after a fixed latency with the same image (1024 x 1024, about 1.5 MB of
base64) and does nothing else, so that what is measured is the client. "Ideal" is requests in flight divided
by the latency. Both clients use threads; radgen's also keeps books, checks the answer and decodes the image.
"""

import argparse
import asyncio
import base64
import json
import multiprocessing
import resource
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing.connection import Connection

import numpy as np
import openai

from radgen.backends.openai import OpenAIBackend
from radgen.drive import AttemptKey, Driver, Guard, MemoryLedger, Throttle
from radgen.io import encode_display_png
from radgen.privacy import PrivacyPolicy
from radgen.prompt import Prompt
from radgen.protocol import GenerateRequest

SIZE = (1024, 1024)
BODY_BYTES = 1_500_000


def canned() -> bytes:
    """One HTTP response with an image of about `BODY_BYTES` in base64."""
    rng = np.random.default_rng(0)
    for bits in range(4, 9):  # noise of so many bits does not compress
        image = rng.integers(0, 1 << bits, (*SIZE, 3), np.uint8)
        image[:, :, 1:] = image[:, :, :1] if bits < 8 else image[:, :, 1:]
        encoded = base64.b64encode(encode_display_png(image)).decode()
        if len(encoded) >= BODY_BYTES:
            break
    usage = {"input_tokens": 10, "output_tokens": 196, "total_tokens": 206}
    body = json.dumps({"created": 1, "data": [{"b64_json": encoded}], "usage": usage}).encode()
    head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    return head.encode() + body


def serve(pipe: Connection, latency_s: float) -> None:
    """The raw server, in a process of its own: tells its port, and serves until it is killed."""
    response = canned()

    class Canned(asyncio.Protocol):
        """Reads one request after the other off a connection."""

        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            self.transport, self.read = transport, b""

        def data_received(self, data: bytes) -> None:
            self.read += data
            head, end, body = self.read.partition(b"\r\n\r\n")
            if not end:
                return
            lines = head.lower().split(b"\r\n")
            length = next((int(line[15:]) for line in lines if line.startswith(b"content-length:")), 0)
            if len(body) >= length:
                self.read = body[length:]
                asyncio.get_running_loop().call_later(latency_s, self._answer)

        def _answer(self) -> None:
            if isinstance(self.transport, asyncio.Transport) and not self.transport.is_closing():
                self.transport.write(response)

    async def main() -> None:
        server = await asyncio.get_running_loop().create_server(Canned, "127.0.0.1", 0, backlog=512)
        pipe.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(main())


@dataclass(frozen=True)
class Figures:
    """What one client did."""

    per_second: float
    cpu_ms: float
    peak_mb: float


def measured(call: Callable[[int], object], images: int, flight: int) -> Figures:
    """Run `call` for every image, `flight` at a time."""
    base_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    cpu, began = time.process_time(), time.perf_counter()
    with ThreadPoolExecutor(flight) as pool:
        for _ in pool.map(call, range(images)):
            pass
    seconds = time.perf_counter() - began
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 - base_mb
    return Figures(images / seconds, (time.process_time() - cpu) * 1000 / images, peak_mb)


def bare(address: str) -> Callable[[int], object]:
    """The SDK as most people use it."""
    client = openai.OpenAI(api_key="none", base_url=address, max_retries=0)

    def call(number: int) -> object:
        found = client.images.generate(model="gpt-image-2", prompt=f"An x-ray {number}", size="1024x1024")
        return base64.b64decode((found.data or [])[0].b64_json or "")

    return call


def driven(address: str, flight: int) -> Callable[[int], object]:
    """The same through radgen's driver."""
    client = openai.OpenAI(api_key="none", base_url=address, max_retries=0)
    backend = OpenAIBackend("gpt-image-2", client=client, quality="low")
    driver = Driver(
        ledger=MemoryLedger(), throttle=Throttle(most=flight), guard=Guard.of(PrivacyPolicy(basis="public"))
    )

    def call(number: int) -> object:
        request = GenerateRequest(prompt=Prompt(f"An x-ray {number}"), size=SIZE)
        driver.run(backend, request, AttemptKey(f"{flight}-{number}"))
        return None

    return call


def in_process(call: Callable[[int], object], images: int, flight: int) -> Figures:
    """Measure in a fresh process, so that neither client inherits the other's memory."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.Process(target=lambda: there.send(measured(call, images, flight)))
    process.start()
    found: Figures = here.recv()
    process.join()
    return found


def main() -> None:
    """Print a row for each number in flight."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--images", type=int, default=400)
    parser.add_argument("--latency-ms", type=float, default=200.0)
    parser.add_argument("--flight", type=int, nargs="+", default=[8, 32, 64])
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    multiprocessing.set_start_method("fork")
    here, there = multiprocessing.Pipe()
    latency_s = options.latency_ms / 1000
    server = multiprocessing.Process(target=serve, args=(there, latency_s), daemon=True)
    server.start()
    address = f"http://127.0.0.1:{here.recv()}/v1"
    print(f"{options.images} images, {options.latency_ms:.0f} ms latency, {len(canned()) / 1e6:.1f} MB each")
    print("flight  client  images/s  of ideal  CPU ms/image  peak MB above base")
    for flight in options.flight:
        rounds: dict[str, list[Figures]] = {"SDK": [], "radgen": []}
        for _ in range(options.rounds):  # interleaved: a noisy moment hits both
            rounds["SDK"].append(in_process(bare(address), options.images, flight))
            rounds["radgen"].append(in_process(driven(address, flight), options.images, flight))
        for name, figures in rounds.items():
            rate = float(np.median([item.per_second for item in figures]))
            cpu = float(np.median([item.cpu_ms for item in figures]))
            peak = max(item.peak_mb for item in figures)
            ideal = flight / latency_s
            print(f"{flight:6d}  {name:6}  {rate:8.1f}  {rate / ideal:8.0%}  {cpu:12.1f}  {peak:8.0f}")
    server.kill()


if __name__ == "__main__":
    main()
