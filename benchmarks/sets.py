"""Distances between images and between sets, against others: ``python benchmarks/sets.py``.

Seconds of processor time on made-up films and features, one thread each; medians are printed:

- SSIM and MS-SSIM of two films of 1024 x 1024 pixels: scikit-image and piq;
- kernel distance (KID) of 2000 x 2048 features, 100 subsets of 1000: torch-fidelity;
- Fréchet distance (FID) of 2000 x 2048 features: the usual formula with `scipy.linalg.sqrtm`;
- precision, recall, density and coverage of 2000 x 2048 features: prdc;
- perceptual hash of 256 bits of a film of 1024 x 1024 pixels: imagehash;
- all pairs among 400,000 hashes within 32 bits: nothing that is exact to compare with, so its time alone.

scikit-image and SciPy come with radgen. The others want a place of their own: ``python -m venv peers &&
peers/bin/pip install numpy scipy torch piq torch-fidelity prdc imagehash``, and then
``--peers peers/bin/python``. Values that differ by more than is promised end the benchmark with 1; times
never do.
"""

import argparse
import contextlib
import io
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Arrays = dict[str, NDArray[Any]]
Work = Callable[[], Sequence[float]]
HASHES, PLANTED, LIMIT_BITS = 400_000, 1000, 32


@dataclass(frozen=True)
class Case:
    """One comparison: who the peer is, how many times faster radgen is to be, and how near its values."""

    peer: str
    target: float
    tolerance: float
    relative: bool = True


CASES = {
    "SSIM": Case("scikit-image", 4, 1e-4, relative=False),
    "MS-SSIM": Case("piq", 8, 1e-4, relative=False),
    "KID": Case("torch-fidelity", 15, 1e-6),
    "FID": Case("scipy sqrtm", 7, 1e-6),
    "PRDC": Case("prdc", 2, 1e-6),
    "pHash": Case("imagehash", 5, 12, relative=False),
}
"""For the hash the difference is in bits of 256: those at the median, as imagehash reduces by Lanczos."""


# -- what is measured --------------------------------------------------------------------------------


def make_arrays(folder: Path) -> None:
    """Two films, two tables of features."""
    import cv2

    rng = np.random.default_rng(0)
    film = cv2.GaussianBlur(rng.normal(128, 400, (1024, 1024)), (0, 0), 8) + rng.normal(0, 6, (1024, 1024))
    mix = rng.normal(size=(2048, 2048)) / 45
    arrays = {
        "film": np.clip(film, 0, 255).astype(np.uint8),
        "other": np.clip(film + rng.normal(0, 5, film.shape), 0, 255).astype(np.uint8),
        "features": np.maximum(rng.normal(size=(2000, 2048)) @ mix, 0),
        "others": np.maximum(rng.normal(size=(2000, 2048)) @ mix + 0.02, 0),
    }
    for name, values in arrays.items():
        np.save(folder / f"{name}.npy", values)


def radgen_work(name: str, given: Arrays) -> Work:
    """Radgen's way."""
    from radgen.quality import metrics
    from radgen.quality.copies import perceptual_hash

    film, other, features, others = (given[key] for key in ("film", "other", "features", "others"))

    def coverage() -> Sequence[float]:
        found = metrics.prdc(features, others)
        return found.precision, found.recall, found.density, found.coverage

    return {
        "SSIM": lambda: [metrics.ssim(film, other)],
        "MS-SSIM": lambda: [metrics.ms_ssim(film, other)],
        "KID": lambda: [metrics.kernel_distance(features, others).mean],
        "FID": lambda: [metrics.frechet_distance(features, others)],
        "PRDC": coverage,
        "pHash": lambda: np.unpackbits(perceptual_hash(film).view(np.uint8)).tolist(),
    }[name]


def peer_work(name: str, given: Arrays) -> Work:
    """The peer's way; raises ImportError where it is not installed."""
    return {
        "SSIM": with_skimage,
        "MS-SSIM": with_piq,
        "KID": with_torch_fidelity,
        "FID": with_sqrtm,
        "PRDC": with_prdc,
        "pHash": with_imagehash,
    }[name](given)


def with_skimage(given: Arrays) -> Work:
    """Gaussian window, population statistics."""
    from skimage.metrics import structural_similarity

    options = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "data_range": 255}
    # scikit-image tells half of its types.
    measure: Any = structural_similarity
    return lambda: [float(measure(given["film"], given["other"], **options))]


def with_piq(given: Arrays) -> Work:
    """Its defaults."""
    import piq
    import torch

    torch.set_num_threads(1)
    film, other = (torch.from_numpy(given[name])[None, None].float() for name in ("film", "other"))
    return lambda: [float(piq.multi_scale_ssim(film, other, data_range=255.0))]


def with_torch_fidelity(given: Arrays) -> Work:
    """Its defaults, on the same numbers in double precision."""
    import torch
    from torch_fidelity.metric_kid import kid_features_to_metric

    tables = [torch.from_numpy(given[name]) for name in ("features", "others")]
    options = {"kid_subsets": 100, "kid_subset_size": 1000, "verbose": False}
    return lambda: [kid_features_to_metric(*tables, **options)["kernel_inception_distance_mean"]]


def with_sqrtm(given: Arrays) -> Work:
    """The formula of Heusel et al., as everybody writes it."""
    from scipy.linalg import sqrtm

    def work() -> Sequence[float]:
        one, other = given["features"], given["others"]
        apart = one.mean(axis=0) - other.mean(axis=0)
        first, second = np.cov(one, rowvar=False), np.cov(other, rowvar=False)
        return [float(apart @ apart + np.trace(first + second - 2 * sqrtm(first @ second).real))]

    return work


def with_prdc(given: Arrays) -> Work:
    """Five neighbours; it prints, and that is not shown."""
    from prdc import compute_prdc

    def work() -> Sequence[float]:
        with contextlib.redirect_stdout(io.StringIO()):
            found = compute_prdc(given["features"], given["others"], 5)
        return [float(found[name]) for name in ("precision", "recall", "density", "coverage")]

    return work


def with_imagehash(given: Arrays) -> Work:
    """The same number of bits."""
    import imagehash
    from PIL import Image

    film = Image.fromarray(given["film"])

    def work() -> Sequence[float]:
        bits: list[float] = imagehash.phash(film, hash_size=16).hash.ravel().astype(float).tolist()
        return bits

    return work


# -- in a process of its own -------------------------------------------------------------------------


def child(who: str, name: str, folder: Path) -> None:
    """Measure one of them and print its time and values."""
    given = {path.stem: np.load(path) for path in folder.glob("*.npy")}
    try:
        work = (radgen_work if who == "radgen" else peer_work)(name, given)
    except ImportError as error:
        print(json.dumps({"missing": str(error.name or error)}))
        return
    once = timed(work)
    rounds = 1 if once > 2 else 3 if once > 0.2 else 15
    values = list(work())
    print(json.dumps({"cpu_s": statistics.median(timed(work) for _ in range(rounds)), "values": values}))


def timed(work: Work) -> float:
    """Seconds of processor time, all threads together."""
    start = time.process_time()
    work()
    return time.process_time() - start


def run_child(python: str, who: str, name: str, folder: Path) -> dict[str, Any]:
    """One of them, with one thread."""
    one = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    done = subprocess.run(
        [python, __file__, "--child", who, name, str(folder)],
        check=False, capture_output=True, text=True, env={**os.environ, **one},
    )  # fmt: skip
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines()
        return {"missing": lines[-1][:120] if lines else f"exit code {done.returncode}"}
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def search() -> tuple[float, float, int]:
    """Seconds of processor time and on the clock, and how many of the planted pairs were found."""
    from radgen.quality.copies import pairs_within

    rng = np.random.default_rng(0)
    hashes = rng.integers(0, 2**64, (HASHES, 4), dtype=np.uint64)
    chosen = rng.choice(HASHES, 2 * PLANTED, replace=False)
    for one, other in zip(chosen[:PLANTED], chosen[PLANTED:], strict=True):
        bits = np.unpackbits(hashes[one].view(np.uint8))
        bits[rng.choice(256, rng.integers(0, LIMIT_BITS + 1), replace=False)] ^= 1
        hashes[other] = np.packbits(bits).view(np.uint64)
    cpu, wall = time.process_time(), time.perf_counter()
    found = pairs_within(hashes, LIMIT_BITS)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    pairs = {(int(i), int(j)) for i, j in zip(found.first, found.second, strict=True)}
    planted = {
        (int(min(pair)), int(max(pair))) for pair in zip(chosen[:PLANTED], chosen[PLANTED:], strict=True)
    }
    return cpu, wall, len(planted & pairs)


# -- printing ----------------------------------------------------------------------------------------


def difference(case: Case, own: Sequence[float], peer: Sequence[float]) -> float:
    """The largest; for bits, how many."""
    if len(own) > 4:
        return float(sum(one != other for one, other in zip(own, peer, strict=True)))
    gaps = [
        abs(one - other) / (max(abs(other), 1e-12) if case.relative else 1)
        for one, other in zip(own, peer, strict=True)
    ]
    return max(gaps)


def main() -> None:
    """Measure, and compare the values."""
    if sys.argv[1:2] == ["--child"]:
        child(sys.argv[2], sys.argv[3], Path(sys.argv[4]))
        return
    parser = argparse.ArgumentParser(description="Distances between images and sets, against others.")
    parser.add_argument("--peers", default=sys.executable, help="a Python that has the peers")
    peers = parser.parse_args().peers
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        make_arrays(Path(folder))
        head = f"{'radgen ms':>11}{'peer ms':>11}{'faster':>9}{'target':>8}{'values differ by':>18}"
        print(f"{'':<9}{'peer':<16}{head}")
        for name, case in CASES.items():
            own = run_child(sys.executable, "radgen", name, Path(folder))
            if "missing" in own:
                sys.exit(f"{name}: radgen itself failed: {own['missing']}")
            peer = run_child(peers, "peer", name, Path(folder))
            if "missing" in peer:
                why = f"not compared, install it: {peer['missing']}"
                print(f"{name:<9}{case.peer:<16}{own['cpu_s'] * 1e3:11.2f}   {why}")
                continue
            ratio, gap = peer["cpu_s"] / own["cpu_s"], difference(case, own["values"], peer["values"])
            wrong += gap > case.tolerance
            print(
                f"{name:<9}{case.peer:<16}{own['cpu_s'] * 1e3:11.2f}{peer['cpu_s'] * 1e3:11.2f}{ratio:8.1f}x"
                f"{case.target:7g}x{gap:18.2g}{'' if ratio >= case.target else '   target missed'}"
            )
    cpu, wall, found = search()
    wrong += found < PLANTED
    print(
        f"all pairs within {LIMIT_BITS} bits among {HASHES:,} hashes: {cpu:.1f} s of processor time "
        f"(target 5), {wall:.1f} s on the clock; {found} of {PLANTED} planted pairs found"
    )
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
