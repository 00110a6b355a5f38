"""How fast an images API is driven: radgen's driver beside the bare SDK, on a local server in the same run.

    python benchmarks/api_driving.py [--images 400] [--latency-ms 200] [--flight 8 32 64] [--rounds 3]

The server answers every request after a fixed latency with the same image (1024 x 1024, about 1.5 MB of
base64) and does nothing else, so that what is measured is the client. "Ideal" is requests in flight divided
by the latency. Four clients, all with threads:

- SDK: `client.images.generate`, and the base64 decoded: the bytes of a file, unverified;
- fetch: radgen's backend: the bytes of the file, its checksums verified;
- SDK, pixels: the same as SDK, and the file decoded by OpenCV;
- radgen: the whole driver with a journal on disk: books before and after, the file kept, read back, decoded.

The rounds are interleaved, each in a process of its own; medians are shown, and the highest memory above what
the process had after one request. At the end a limit of 250 images a minute is to be used up.
"""

import argparse
import asyncio
import base64
import json
import multiprocessing
import os
import resource
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection

import cv2
import numpy as np
import openai

from radgen.backends.openai import OpenAIBackend
from radgen.drive import AttemptKey, Driver, Throttle
from radgen.io import encode_display_png
from radgen.journal import Journal
from radgen.prompt import Prompt
from radgen.protocol import GenerateRequest

SIZE = (1024, 1024)
BODY_BYTES = 1_500_000
PER_MINUTE, PACED = 250.0, 100
AHEAD = 4
"""Threads besides those whose requests are under way, as the engine has them."""


def canned() -> bytes:
    """One HTTP response with an image of about `BODY_BYTES` in base64: grey noise in three channels."""
    rng, encoded = np.random.default_rng(0), ""
    for levels in range(16, 256, 8):  # more of them compress less
        grey = rng.integers(0, levels, SIZE).astype(np.uint8)
        encoded = base64.b64encode(encode_display_png(np.repeat(grey[..., None], 3, axis=2))).decode()
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


def measured(call: Callable[[int], object], images: int, threads: int) -> Figures:
    """Run `call` for every image in so many threads, after one that loads what is loaded on first use."""
    call(images)
    base_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    cpu, began = time.process_time(), time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        for _ in pool.map(call, range(images)):
            pass
    seconds = time.perf_counter() - began
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 - base_mb
    return Figures(images / seconds, (time.process_time() - cpu) * 1000 / images, peak_mb)


def sdk(address: str) -> openai.OpenAI:
    """A client as most people make it, without its retries."""
    return openai.OpenAI(api_key="none", base_url=address, max_retries=0)


def bare(address: str, flight: int, images: int) -> Figures:
    """The SDK as most people use it."""
    client = sdk(address)

    def call(number: int) -> object:
        found = client.images.generate(model="gpt-image-2", prompt=f"An x-ray {number}", size="1024x1024")
        return len(base64.b64decode((found.data or [])[0].b64_json or ""))

    return measured(call, images, flight)


def bare_pixels(address: str, flight: int, images: int) -> Figures:
    """The SDK, up to pixels."""
    client = sdk(address)

    def call(number: int) -> object:
        found = client.images.generate(model="gpt-image-2", prompt=f"An x-ray {number}", size="1024x1024")
        data = base64.b64decode((found.data or [])[0].b64_json or "")
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
        return None if pixels is None else pixels.shape

    return measured(call, images, flight)


def request(number: int) -> GenerateRequest:
    """What radgen is asked for."""
    return GenerateRequest(prompt=Prompt(f"An x-ray {number}"), size=SIZE)


def fetched(address: str, flight: int, images: int) -> Figures:
    """The same through radgen's backend."""
    backend = OpenAIBackend("gpt-image-2", client=sdk(address), quality="low")
    return measured(lambda number: len(backend.fetch(request(number)).file), images, flight)


def driven(address: str, flight: int, images: int, per_minute: float | None = None) -> Figures:
    """The same through radgen's driver, with a journal."""
    backend = OpenAIBackend("gpt-image-2", client=sdk(address), quality="low")
    with tempfile.TemporaryDirectory() as out, Journal.open(out) as journal:
        throttle = Throttle(most=flight, images_per_minute=per_minute)
        driver = Driver(ledger=journal.books, throttle=throttle)

        def call(number: int) -> object:
            return driver.run(backend, request(number), AttemptKey(f"{number:x}")).image.shape

        return measured(call, images, flight + AHEAD)


CLIENTS: dict[str, Callable[[str, int, int], Figures]] = {
    "SDK": bare,
    "fetch": fetched,
    "SDK, pixels": bare_pixels,
    "radgen": driven,
}


def in_process(work: Callable[[], Figures]) -> Figures:
    """Measure in a fresh process, so that no client inherits another's memory."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.Process(target=lambda: there.send(work()))
    process.start()
    found: Figures = here.recv()
    process.join()
    return found


def compared(address: str, flight: int, options: argparse.Namespace) -> None:
    """A row for each client."""
    rounds: dict[str, list[Figures]] = {name: [] for name in CLIENTS}
    for _ in range(options.rounds):  # interleaved: a noisy moment hits all
        for name, client in CLIENTS.items():
            rounds[name].append(in_process(partial(client, address, flight, options.images)))
    for name, figures in rounds.items():
        rate = float(np.median([item.per_second for item in figures]))
        cpu = float(np.median([item.cpu_ms for item in figures]))
        peak = max(item.peak_mb for item in figures)
        ideal = flight / options.latency_ms * 1000
        print(
            f"{flight:6d}  {name:11}  {rate:8.1f}  {rate / ideal:8.0%}  {cpu:12.1f}  {peak:8.0f}", flush=True
        )


def main() -> None:
    """Print a row for each number in flight and client, then memory and the use of a rate."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--images", type=int, default=400)
    parser.add_argument("--latency-ms", type=float, default=200.0)
    parser.add_argument("--flight", type=int, nargs="+", default=[8, 32, 64])
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    multiprocessing.set_start_method("fork")
    here, there = multiprocessing.Pipe()
    server = multiprocessing.Process(target=serve, args=(there, options.latency_ms / 1000), daemon=True)
    server.start()
    address = f"http://127.0.0.1:{here.recv()}/v1"
    load = ", ".join(f"{item:.1f}" for item in os.getloadavg())
    print(f"{options.images} images, {options.latency_ms:.0f} ms latency, {len(canned()) / 1e6:.1f} MB each")
    print(f"load average before: {load}")
    print("flight  client       images/s  of ideal  CPU ms/image  peak MB above base")
    for flight in options.flight:
        compared(address, flight, options)
    for images in (options.images, 4 * options.images):
        found = in_process(partial(driven, address, 8, images))
        print(f"memory, 8 in flight, {images} images: {found.peak_mb:.0f} MB above base")
    used = in_process(partial(driven, address, 8, PACED, PER_MINUTE))
    share = used.per_second / (PER_MINUTE / 60)
    print(f"a limit of {PER_MINUTE:.0f} a minute: {share:.1%} of it used over {PACED} images")
    server.kill()


if __name__ == "__main__":
    main()
