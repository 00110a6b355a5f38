"""A run that is killed at any moment is finished by the same call: same bytes, nothing asked twice."""

import importlib.util
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

from radgen.drive import AttemptKey, seed_for
from radgen.journal import Journal

SCRIPT = Path(__file__).with_name("killed_augment.py")
KILLS = 10
FILMS = 12


def _script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("killed_augment", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


RUN = _script()


def kept_seeds(out: Path) -> set[int]:
    """Seeds of the requests whose answers are on disk, by the name of their file alone."""
    found = set()
    for path in (out / ".radgen" / "answers").glob("*/*.zip"):
        job_id, step, attempt = path.stem.rsplit("-", 2)
        found.add(seed_for(AttemptKey(job_id, int(step), int(attempt))))
    return found


def asked(log: Path) -> list[int]:
    """Seeds of all requests that reached the backend, in order."""
    lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
    return [int(line.split()[1]) for line in lines]


def killed(films: Path, out: Path, log: Path, luck: random.Random) -> bool:
    """Run in a process that is killed after some requests and a moment; whether it was still at it."""
    until = len(asked(log)) + luck.randint(0, 3)
    command = [sys.executable, str(SCRIPT), str(films), str(out), str(log), "0.03"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"started\n"
        while len(asked(log)) < until and process.poll() is None:
            time.sleep(0.002)
        time.sleep(luck.uniform(0.0, 0.06))
        process.send_signal(signal.SIGKILL)
        return process.wait(60) == -signal.SIGKILL


def test_killed_ten_times(
    make_films: Callable[..., Path], tmp_path: Path, tree: Callable[[Path], dict[str, str]]
) -> None:
    """Ten kills and a rerun give what a run in peace gives, and no kept answer is asked for again."""
    films, calm, killed_out = make_films(FILMS), tmp_path / "calm", tmp_path / "killed"
    with Journal.open(calm):
        pass  # draws the key of the pseudonyms
    shutil.copytree(calm, killed_out)
    assert RUN.run(films, calm, tmp_path / "calm.log", 0.0).done == 2 * FILMS

    luck, log = random.Random(2023), tmp_path / "killed.log"
    kills = 0
    for _ in range(KILLS):
        before, kept = len(asked(log)), kept_seeds(killed_out)
        kills += killed(films, killed_out, log, luck)
        assert not kept & set(asked(log)[before:])
    before, kept = len(asked(log)), kept_seeds(killed_out)
    summary = RUN.run(films, killed_out, log, 0.0)

    assert kills >= KILLS // 2
    assert kept
    assert (summary.done, summary.exit_code) == (2 * FILMS, 0)
    assert not kept & set(asked(log)[before:])
    # Only what was under way when the process died was asked for more than once.
    twice = Counter(asked(log))
    assert sum(count - 1 for count in twice.values()) <= 2 * kills
    assert set(twice) == set(asked(tmp_path / "calm.log"))
    assert tree(killed_out) == tree(calm)
    assert [path for path in killed_out.rglob("*tmp*") if path.is_file()] == []
    assert kept_seeds(killed_out) == kept_seeds(calm)
