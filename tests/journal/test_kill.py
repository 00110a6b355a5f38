"""A process that dies at any step loses no answer, and asks for none again that arrived."""

import importlib.util
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from radgen.drive import Driver
from radgen.errors import AmbiguousBackendError, StoreError
from radgen.journal import Journal

SCRIPT = Path(__file__).with_name("killed_run.py")


def _script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("killed_run", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


RUN = _script()


def killed_at(out: Path, step: str, price_usd: float) -> int:
    """Run a process that dies at a step; how many requests have been sent in all."""
    sent = out.parent / "sent.log"
    process = subprocess.run(
        [sys.executable, str(SCRIPT), str(out), step, str(price_usd), str(sent)],
        check=False,
        capture_output=True,
        timeout=60,
    )
    assert process.returncode == -signal.SIGKILL, process.stderr.decode()
    return len(sent.read_text().splitlines()) if sent.exists() else 0


def rerun(out: Path, price_usd: float) -> tuple[int, Journal]:
    """Do the same in this process; how many requests were sent now, and the closed journal."""
    sent = out.parent / "again.log"
    with Journal.open(out) as journal:
        answer = Driver(ledger=journal.books).run(RUN.Counting(sent, price_usd), RUN.REQUEST, RUN.KEY)
        assert answer.image.tolist() == [[5] * 8] * 8
    return len(sent.read_text().splitlines()) if sent.exists() else 0, journal


@pytest.mark.parametrize("price_usd", [0.04, 0.0])
@pytest.mark.parametrize(
    ("step", "sent", "again", "lost"),
    [
        ("before intend", 0, 1, 0),
        ("after intend", 0, 1, 1),
        ("during run", 1, 1, 1),
        ("before keep", 1, 1, 1),
        ("while the file is written", 1, 1, 1),
        ("between file and commit", 1, 0, 0),
        ("after keep", 1, 0, 0),
    ],
)
def test_killed_at_any_step(
    tmp_path: Path, step: str, sent: int, again: int, lost: int, price_usd: float
) -> None:
    """A rerun sends only what has no answer on disk, and charges what may have been billed."""
    out = tmp_path / "out"
    assert killed_at(out, step, price_usd) == sent
    sent_again, journal = rerun(out, price_usd)
    assert sent_again == again
    assert journal.books.spending().total_usd == pytest.approx(price_usd * (lost + 1))
    assert journal.recovery.ambiguous == (lost if price_usd else 0)
    assert journal.recovery.free == (0 if price_usd else lost)
    assert journal.recovery.adopted == (step == "between file and commit")
    assert [path for path in out.rglob("*.tmp") if path.is_file()] == []
    assert rerun(out, price_usd)[0] == again  # the log is appended to: nothing was added


def test_killed_twice_is_not_sent_a_third_time(tmp_path: Path) -> None:
    """Two sends that may have been billed are enough, whoever was interrupted."""
    out = tmp_path / "out"
    assert killed_at(out, "during run", 0.04) == 1
    assert killed_at(out, "during run", 0.04) == 2
    with pytest.raises(AmbiguousBackendError, match="sent 2 times"):
        rerun(out, 0.04)
    with Journal.open(out) as journal:
        assert journal.books.spending().total_usd == pytest.approx(0.08)


HOLDER = """
import sys, time
from radgen.journal import Journal
with Journal.open(sys.argv[1]) as journal:
    journal.facts.remember("held", True)
    print("locked", flush=True)
    time.sleep(60)
"""


def test_the_lock_goes_with_the_process(tmp_path: Path) -> None:
    """While another process works on the folder it is refused at once; killed, it lets go."""
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"locked\n"
        for read_only in (False, True):
            with pytest.raises(StoreError, match="another radgen is working on"):
                Journal.open(tmp_path, read_only=read_only)
        os.kill(holder.pid, signal.SIGKILL)
        holder.wait()
    with Journal.open(tmp_path, read_only=True) as journal:
        assert journal.facts.value("held") is True
    with Journal.open(tmp_path) as journal:
        assert journal.facts.value("held") is True
