"""Memory and time over the number of images: ``python benchmarks/dataset_scale.py [SMALL LARGE]``.

Runs `augment_dataset` with two variants on SMALL (default 1,000) and LARGE (default 10,000) tiny films,
each in a process of its own, then the same call again. Prints peak memory, time per image, and how long
the second call takes to find out that nothing is left to do.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

PLAN = {
    "variants": [
        {"name": "mild", "operation": "vary"},
        {"name": "stronger", "operation": "vary", "strength": 0.8},
    ]
}


def one_run(folder: Path, count: int) -> dict[str, float]:
    """Make tiny films, augment them twice, and measure this process."""
    from radgen import Event, augment_dataset
    from radgen.io import encode_display_png

    films = folder / "films"
    films.mkdir()
    rng = np.random.default_rng(0)
    ramp = np.add.outer(np.arange(16), np.arange(16)) * 6 + 30
    for number in range(count):
        film = np.clip(ramp + rng.normal(0, 4, ramp.shape), 0, 255).astype(np.uint8)
        (films / f"{number:06}.png").write_bytes(encode_display_png(film))
    planned: list[float] = []
    start = time.perf_counter()

    def note(event: Event) -> None:
        if event.kind == "planned":
            planned.append(time.perf_counter() - start)

    summary = augment_dataset(films, folder / "out", PLAN, on_event=note)
    took = time.perf_counter() - start
    start = time.perf_counter()
    again = augment_dataset(films, folder / "out", PLAN)
    resumed = time.perf_counter() - start
    made_or_aside = summary.done + summary.quarantined  # now and then a tiny film comes back unchanged
    assert made_or_aside == 2 * count, summary
    assert (again.done, again.quarantined) == (summary.done, summary.quarantined), again
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"peak_mb": peak_mb, "plan_s": planned[0], "total_s": took, "resume_s": resumed}


def main() -> None:
    """Compare two sizes."""
    counts = [int(word) for word in sys.argv[1:3]] or [1_000, 10_000]
    results = []
    print(f"{'films':>8} {'images':>8} {'peak MB':>8} {'plan s':>8} {'ms/image':>9} {'resume s':>9}")
    for count in counts:
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, __file__, "--one", folder, str(count)]
            measured = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        results.append(measured)
        per_image = 1000 * (measured["total_s"] - measured["plan_s"]) / (2 * count)
        print(
            f"{count:8} {2 * count:8} {measured['peak_mb']:8.0f} {measured['plan_s']:8.2f} "
            f"{per_image:9.2f} {measured['resume_s']:9.2f}"
        )
    if len(results) == 2:
        print(f"peak memory grows by {results[1]['peak_mb'] - results[0]['peak_mb']:.0f} MB")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(one_run(Path(sys.argv[2]), int(sys.argv[3]))))
    else:
        main()
