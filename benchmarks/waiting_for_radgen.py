"""How long a backend waits for radgen: a whole run beside the time that its backend alone would take.

    python benchmarks/waiting_for_radgen.py [--images 48] [--size 1024]

The films are edited with masks, composited, checked and stored by `augment_dataset`. Two backends: a service
with a latency, of which eight requests may be under way at once, and a local model that answers a batch in
the time of one (`run_many`). Shown is how much of the time they were at work. What radgen computes for an
image is shown as CPU time: if that is more than there is in the time, no order of things helps.
"""

import argparse
import os
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from radgen import (
    Answer,
    Capabilities,
    FlatPrice,
    ImageRequest,
    Limits,
    PrivacyPolicy,
    RadImage,
    augment_dataset,
    write_image,
)
from radgen.protocol import EditRequest, ImageBackend

PLAN = {"variants": [{"name": "hole", "operation": "restore", "mask": {"kind": "random"}}]}
WARM_UP = 8


def inpainted(request: ImageRequest) -> Answer:
    """What was sent, a little brighter in the hole."""
    assert isinstance(request, EditRequest)
    image = request.image.copy()
    if request.mask is not None:
        image[request.mask] //= 2
    return Answer(image=image, model="timed", cost_usd=0.0)


@dataclass
class Service:
    """Answers every request after a fixed time, however many there are."""

    latency_s: float
    name: str = "service"
    capabilities: Capabilities = field(
        default_factory=lambda: Capabilities(verbs={"edit"}, mask="pixels", price=FlatPrice(0.0))
    )
    spans: list[tuple[float, float]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self, request: ImageRequest, /) -> Answer:
        """Wait, answer."""
        began = time.perf_counter()
        time.sleep(self.latency_s)
        with self._lock:
            self.spans.append((began, began + self.latency_s))
        return inpainted(request)


@dataclass
class Model:
    """A local model: one batch at a time."""

    batch_s: float
    batch_size: int = 4
    name: str = "model"
    capabilities: Capabilities = field(
        default_factory=lambda: Capabilities(
            verbs={"edit"}, mask="pixels", price=FlatPrice(0.0), remote=False
        )
    )
    spans: list[tuple[float, float]] = field(default_factory=list)

    def run(self, request: ImageRequest, /) -> Answer:
        """One alone."""
        raise AssertionError(request)

    def run_many(self, requests: Sequence[ImageRequest], /) -> Sequence[Answer | Exception]:
        """A batch, in the time of one."""
        began = time.perf_counter()
        time.sleep(self.batch_s)
        self.spans.append((began, began + self.batch_s))
        return [inpainted(request) for request in requests]


def busy(spans: list[tuple[float, float]], at_once: int, skipped: int) -> float:
    """Share of the time, after the first ones and until the last began, in which all places were in use."""
    ordered = sorted(spans)[skipped:]
    begin, end = ordered[0][0], ordered[-1][0]
    used = sum(min(stop, end) - start for start, stop in ordered)
    return used / ((end - begin) * at_once)


def films(folder: Path, images: int, size: int) -> None:
    """Smooth 16-bit films."""
    rng = np.random.default_rng(0)
    for number in range(images):
        small = rng.integers(200, 3900, (size // 16, size // 16)).astype(np.float32)
        film = np.asarray(cv2.resize(small, (size, size), interpolation=cv2.INTER_CUBIC))
        write_image(RadImage(film.clip(0, 4095).astype(np.uint16)), folder / f"{number:03}.png")


def timed(folder: Path, backend: ImageBackend, workers: int | None) -> float:
    """Run it; CPU milliseconds for each image."""
    cpu = time.process_time()
    with tempfile.TemporaryDirectory() as out:
        limits = Limits(workers=workers)
        privacy = PrivacyPolicy(basis="public", text="allow", acknowledged=True)
        summary = augment_dataset(folder, out, PLAN, backend, limits=limits, privacy=privacy)
    return (time.process_time() - cpu) * 1000 / summary.jobs


def main() -> None:
    """Print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--images", type=int, default=48)
    parser.add_argument("--size", type=int, default=1024)
    parser.add_argument("--latency-s", type=float, default=4.0)
    parser.add_argument("--batch-s", type=float, default=2.0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        films(folder, options.images, options.size)
        load = ", ".join(f"{item:.1f}" for item in os.getloadavg())
        print(f"{options.images} films of {options.size} x {options.size}, load average before {load}")
        service = Service(options.latency_s)
        cpu_ms = timed(folder, service, 8)
        share = busy(service.spans, 8, WARM_UP)
        print(
            f"service, {options.latency_s:g} s, 8 in flight: {share:.1%} of the places in use, "
            f"{cpu_ms:.0f} CPU ms/image"
        )
        model = Model(options.batch_s)
        cpu_ms = timed(folder, model, None)
        share = busy(model.spans, 1, 2)
        full = options.images / len(model.spans)
        print(
            f"model, {options.batch_s:g} s for up to {model.batch_size}: at work {share:.1%} of the time, "
            f"{full:.1f} in a batch, {cpu_ms:.0f} CPU ms/image"
        )


if __name__ == "__main__":
    main()
