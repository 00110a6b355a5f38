"""A long run against a server at which everything goes wrong: nothing is lost, bought twice or unexplained.

    python benchmarks/faulty_run.py [--jobs 2000] [--kills 3] [--in-turn] [--keep FOLDER]

Starts `radgen serve --faults` and runs `radgen augment` against it, as a user would: first with a budget that
is too small, then with one that suffices; the process is killed (SIGKILL) several times in between, and the
same command is given again until there is nothing left to send. Then the server's bill, the journal and the
images are compared. Exits with 1 if a promise was broken. With `--in-turn` the faults strike calls by number
instead of by chance: then a short run meets all of them.
"""

import argparse
import json
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from radgen import RadImage, read_image, scan, write_image
from radgen.augment import expand, load_plan
from radgen.drive import AttemptKey, seed_for
from radgen.journal import JobState, Journal
from radgen.serve.faults import FaultKind

MODEL, SHAPE, COPIES, WORKERS = "faulty-1", (96, 112), 4, 8
MOST_RUNS = 60
VARIANTS = """
[[variants]]
name = "hole"
operation = "restore"
mask = { kind = "random" }
copies = 2

[[variants]]
name = "gone"
operation = "remove"
mask = { kind = "random", area_fraction = 0.04 }

[[variants]]
name = "mild"
operation = "vary"
"""
MODELS = {
    "models": {
        MODEL: {
            "sizes": "small",
            "rates": "small",
            "tokens": "area",
            "qualities": ["low"],
            "fields": ["seed"],
        }
    },
    "sizes": {"small": {"multiple": 16, "min_pixels": 4096, "max_edge_px": 512}},
    "rates": {"small": {"text_in": 5.0, "image_in": 8.0, "image_out": 30.0}},
}
FAULTS: tuple[dict[str, Any], ...] = (
    {"kind": "rate_limit", "retry_after": "seconds", "seconds": 0.3},
    {"kind": "rate_limit", "retry_after": "ms", "seconds": 0.2},
    {"kind": "rate_limit", "retry_after": "date", "seconds": 1.0},
    {"kind": "rate_limit"},
    {"kind": "overloaded"},
    {"kind": "server_error", "status": 500},
    {"kind": "server_error", "status": 502},
    {"kind": "moderation"},
    {"kind": "slow", "seconds": 0.5},
    {"kind": "hang", "seconds": 60.0},
    {"kind": "disconnect_before"},
    {"kind": "disconnect_after"},
    {"kind": "truncated_json"},
    {"kind": "html"},
    {"kind": "bad_base64"},
    {"kind": "wrong_count"},
    {"kind": "wrong_size"},
    {"kind": "mask_ignored"},
    {"kind": "shifted"},
    {"kind": "brightened"},
)
"""What strikes by chance; two more stop a run, and strike at given calls."""
PLUGIN = '''
"""A backend that redraws the whole image, fast: nothing outside a mask is left as it was."""
import numpy as np
from radgen import Answer, Capabilities
from radgen.protocol import FlatPrice, GenerateRequest

class Vandal:
    name = "vandal"
    capabilities = Capabilities(verbs={"generate", "edit"}, mask="pixels", max_references=15, remote=False,
                                price=FlatPrice(0.0))

    def run(self, request, /):
        rng = np.random.default_rng(request.seed)
        if isinstance(request, GenerateRequest):
            return Answer(image=rng.integers(0, 256, request.size, np.uint8), model="vandal-1", cost_usd=0.0)
        noise = rng.integers(0, 9, request.image.shape)
        image = np.clip(request.image.astype(np.int16) + noise, 0, 255).astype(np.uint8)
        if request.mask is not None:
            image[request.mask] = np.uint8(255) - image[request.mask]
        return Answer(image=image, model="vandal-1", cost_usd=0.0)
'''


@dataclass(slots=True)
class Told:
    """What was seen, and what of it is wrong."""

    lines: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    def say(self, line: str) -> None:
        """A line for people."""
        self.lines.append(line)
        print(line, flush=True)

    def require(self, holds: bool, promise: str) -> None:
        """A promise, kept or broken."""
        self.say(f"{'kept  ' if holds else 'BROKEN'}  {promise}")
        if not holds:
            self.broken.append(promise)


def prepared(folder: Path, jobs: int, *, in_turn: bool) -> None:
    """Films of 8 and 16 bits, a plan, a model's facts and prices, the faults, and the plugin that draws."""
    films = folder / "films"
    films.mkdir(parents=True)
    rng = np.random.default_rng(7)
    for number in range(jobs // COPIES):
        deep = number % 3 == 0
        noise = rng.integers(25, 225, SHAPE).astype(np.float32) * (16 if deep else 1)
        smooth = np.asarray(cv2.GaussianBlur(noise, (0, 0), 1.2))
        film = RadImage(smooth.astype(np.uint16)) if deep else RadImage(smooth.astype(np.uint8))
        write_image(film, films / f"{number:04}.png")
    (folder / "plan.toml").write_text(VARIANTS)
    (folder / "models.json").write_text(json.dumps(MODELS))
    (folder / "faults.toml").write_text(faults_file(jobs, in_turn=in_turn))
    plugin = folder / "plugin"
    (plugin / "vandal-0.1.dist-info").mkdir(parents=True)
    (plugin / "vandal.py").write_text(PLUGIN)
    (plugin / "vandal-0.1.dist-info" / "METADATA").write_text("Name: vandal\nVersion: 0.1\n")
    (plugin / "vandal-0.1.dist-info" / "entry_points.txt").write_text(
        "[radgen.backends]\nvandal = vandal:Vandal\n"
    )


def faults_file(jobs: int, *, in_turn: bool) -> str:
    """Every fault: one call in a hundred each, or each at a call of its own; and two that stop the run."""
    lines = ["seed = 11"]
    stops: list[dict[str, Any]] = [
        {"kind": "quota", "calls": [jobs // 4, jobs * 3 // 4]},
        {"kind": "rate_limit", "retry_after": "seconds", "seconds": 3600.0, "calls": [jobs // 2]},
    ]
    strikes = [
        {**fault, **({"calls": [3 + 2 * place]} if in_turn else {"probability": 0.01})}
        for place, fault in enumerate(FAULTS)
    ]
    for fault in [*stops, *strikes]:
        lines += ["[[fault]]", *(f"{name} = {json.dumps(value)}" for name, value in fault.items())]
    return "\n".join(lines)


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """`radgen serve` as a process of its own; its address."""
    command = [sys.executable, "-m", "radgen.cli", "serve", "--backend", "vandal", "--model", MODEL]
    command += ["--port", "0", "--faults", str(folder / "faults.toml")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment(folder)) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().rsplit(" ", 1)[1].strip()
        finally:
            process.send_signal(signal.SIGINT)


def environment(folder: Path) -> dict[str, str]:
    """With the model's facts, and the plugin where Python finds it."""
    paths = [str(folder / "plugin"), os.environ.get("PYTHONPATH", "")]
    own = {"RADGEN_MODELS": str(folder / "models.json"), "PYTHONPATH": os.pathsep.join(filter(None, paths))}
    return {**os.environ, **own}


def billed(address: str) -> dict[str, Any]:
    """The server's own books."""
    with urllib.request.urlopen(address.removesuffix("/v1") + "/radgen/bill", timeout=30) as response:  # noqa: S310
        told: dict[str, Any] = json.load(response)
    return told


def augmented(
    folder: Path, address: str, budget_usd: float, *, kill_after: int | None = None
) -> tuple[int, Any]:
    """The command once; killed when the server has seen so many calls. Exit code and what it printed."""
    backend = f"{address}?local&timeout_s=2#{MODEL}@low"
    command = [sys.executable, "-m", "radgen.cli", "augment", str(folder / "films"), str(folder / "out")]
    command += ["--plan", str(folder / "plan.toml"), "--backend", backend, "--workers", str(WORKERS)]
    command += ["--budget-usd", f"{budget_usd:.6f}", "--json"]
    said = folder / "said.json"  # a pipe that nobody reads while waiting would hold the process up
    with (
        said.open("w") as out,
        subprocess.Popen(command, stdout=out, stderr=subprocess.DEVNULL, env=environment(folder)) as process,
    ):
        while kill_after is not None and process.poll() is None:
            if billed(address)["calls"] >= kill_after:
                process.kill()
                break
            time.sleep(0.05)
    text = said.read_text()
    return process.returncode, json.loads(text) if text.startswith("{") else None


def driven(folder: Path, address: str, jobs: int, kills: int, told: Told) -> float:
    """Run, kill and run again until nothing is left to send; the budget."""
    low_usd, high_usd = forecast_usd(folder, address)
    told.say(f"estimate  {low_usd:.4f} - {high_usd:.4f} USD for {jobs} jobs")
    small, budget = high_usd / 10, 2 * high_usd
    code, summary = augmented(folder, address, small)
    told.require(
        code == 3 and summary["cost_usd"] <= small, f"a budget of {small:.4f} USD stops the run (exit 3)"
    )
    told.require(summary["done"] > 0, f"what was finished by then is kept: {summary['done']} images")
    pending_kills = [jobs * (3 * turn + 1) // (3 * kills) for turn in range(kills)]  # not where a run stops
    began, ends = time.monotonic(), Counter[int]()
    for _ in range(MOST_RUNS):
        before = billed(address)["calls"]
        while pending_kills and pending_kills[0] <= before:
            pending_kills[0] = before + max(jobs // 20, 8)
        code, summary = augmented(
            folder, address, budget, kill_after=pending_kills[0] if pending_kills else None
        )
        if code == -signal.SIGKILL:
            pending_kills.pop(0)
        ends[code] += 1
        if code in {0, 1} and not pending_kills and billed(address)["calls"] == before:
            break
    told.say(
        f"runs      {sum(ends.values())} more in {time.monotonic() - began:.0f} s, by exit code: {dict(ends)}"
    )
    told.require(ends[-signal.SIGKILL] == kills, f"the process was killed {kills} times")
    told.require(code in {0, 1}, "in the end a run sends nothing more")
    return budget


def forecast_usd(folder: Path, address: str) -> tuple[float, float]:
    """What `--dry-run` says."""
    command = [sys.executable, "-m", "radgen.cli", "augment", str(folder / "films"), str(folder / "none")]
    command += ["--plan", str(folder / "plan.toml"), "--backend", f"{address}?local#{MODEL}@low"]
    done = subprocess.run(
        [*command, "--dry-run", "--json"], check=True, capture_output=True, env=environment(folder)
    )
    low_usd, high_usd = json.loads(done.stdout)["cost_usd"]
    return low_usd, high_usd


def audited(folder: Path, bill: dict[str, Any], jobs: int, kills: int, budget: float, told: Told) -> None:
    """Compare the bill, the journal and the images."""
    out = folder / "out"
    kept = {answer["request_id"]: answer for answer in kept_answers(out)}
    with sqlite3.connect(f"file:{out}/.radgen/journal.sqlite3?mode=ro", uri=True) as database:
        sends = database.execute("SELECT job_id, step, attempt, state, reason FROM sends").fetchall()
    unclear = Counter(seed_for(AttemptKey(*key)) for *key, state, _ in sends if state == "ambiguous")
    lost = [item for item in bill["items"] if item["request_id"] not in kept]
    told.say(f"server    {bill['calls']} calls, {bill['images']} images billed, {len(kept)} answers kept")
    for fault, count in sorted(Counter(item["fault"] or "killed meanwhile" for item in lost).items()):
        told.say(f"  billed, and no answer to keep: {count:4}  {fault}")
    explained = Counter(item["seed"] for item in lost)
    told.require(
        all(count <= unclear[seed] for seed, count in explained.items()),
        f"each of these {len(lost)} is an ambiguous send of the journal ({sum(unclear.values())} in all)",
    )
    unstruck = sum(item["fault"] is None for item in lost)
    told.require(
        unstruck <= kills * WORKERS, f"{unstruck} of them were under way at a kill, at most {WORKERS} each"
    )
    twice = Counter(item["seed"] for item in bill["items"] if item["request_id"] in kept)
    told.require(max(twice.values()) == 1, "no answer that arrived was bought again")
    with Journal.open(out, read_only=True) as journal:
        states, spent = journal.jobs.counts(), journal.books.spending()
        told.say(
            f"jobs      {', '.join(f'{count} {state.value}' for state, count in states.items() if count)}"
        )
        given_up = states[JobState.TRANSIENT] + states[JobState.FAILED]
        told.require(
            sum(states.values()) == jobs and given_up == sum(count >= 2 for count in unclear.values()),
            f"all settled, but {given_up} that were sent twice without an answer",
        )
        compared, different = outside_masks(folder, journal)
    told.require(
        different == 0, f"{different} of {compared:,} values outside the masks differ from the source"
    )
    total = spent.total_usd or 0.0
    told.say(
        f"money     {bill['usd']:.4f} billed, {spent.settled_usd:.4f} settled, {total:.4f} counted as spent"
    )
    told.require(bill["usd"] <= total <= budget, f"billed <= counted <= the budget of {budget:.4f} USD")


def kept_answers(out: Path) -> Iterator[dict[str, Any]]:
    """The facts of every answer on disk."""
    for path in (out / ".radgen" / "answers").glob("*/*.zip"):
        with zipfile.ZipFile(path) as archive:
            yield json.loads(archive.read("answer.json"))


def outside_masks(folder: Path, journal: Journal) -> tuple[int, int]:
    """Over all masked results, those put aside too: values compared with the source, and how many differ."""
    jobs = expand(load_plan(folder / "plan.toml"), scan(folder / "films"), backend=f"server:{MODEL}@low")
    sources = {job.id: job.source.path for job in jobs if job.source is not None}
    compared = different = 0
    for state in (JobState.DONE, JobState.QUARANTINED):
        for row in journal.jobs.manifest_rows(state):
            if row["mask_file_name"] is None:
                continue
            outside = read_image(folder / "out" / row["mask_file_name"]).pixels == 0
            result = read_image(folder / "out" / row["file_name"]).pixels[outside]
            compared += result.size
            different += int(np.count_nonzero(result != read_image(sources[row["id"]]).pixels[outside]))
    return compared, different


def run(folder: Path, jobs: int, kills: int, *, in_turn: bool) -> Told:
    """All of it, in a folder that is not there yet."""
    told = Told()
    prepared(folder, jobs, in_turn=in_turn)
    os.environ["RADGEN_MODELS"] = str(folder / "models.json")
    with served(folder) as address:
        budget = driven(folder, address, jobs, kills, told)
        bill = billed(address)
    told.say("faults    " + ", ".join(f"{count} {kind}" for kind, count in sorted(bill["faults"].items())))
    told.require(set(bill["faults"]) == set(FaultKind), "every kind of fault struck")
    audited(folder, bill, jobs, kills, budget, told)
    return told


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--jobs", type=int, default=2000)
    parser.add_argument("--kills", type=int, default=3)
    parser.add_argument("--in-turn", action="store_true")
    parser.add_argument("--keep", type=Path, help="a new folder for films, output and report")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or Path(temporary, "run")
        told = run(folder, options.jobs, options.kills, in_turn=options.in_turn)
    return 1 if told.broken else 0


if __name__ == "__main__":
    sys.exit(main())
