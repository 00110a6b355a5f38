"""``radgen serve``: a process that says where it is, serves, and ends with the bill."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import openai
import pytest

from radgen import cli

COMMAND = [sys.executable, "-m", "radgen.cli", "serve", "--port", "0"]
pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])  # this machine, and no other


@contextmanager
def served(*arguments: str, key: str | None = None) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """The command as a process, and the lines it says before it serves."""
    environment = {name: value for name, value in os.environ.items() if name != "RADGEN_SERVER_KEY"}
    if key is not None:
        environment["RADGEN_SERVER_KEY"] = key
    with subprocess.Popen(
        [*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        try:
            yield process, list(_until_ready(process.stderr if "--json" in arguments else process.stdout))
        finally:
            process.kill()


def _until_ready(stream: IO[str] | None) -> Iterator[str]:
    assert stream is not None
    for line in stream:
        yield line.rstrip("\n")
        if line.startswith("Ctrl-C"):
            return


def ended(process: subprocess.Popen[str], how: signal.Signals) -> tuple[str, str]:
    """What it says when it is told to end; it ends well."""
    process.send_signal(how)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    return out, err


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_it_is_told_to_end(how: signal.Signals) -> None:
    """The address that it prints works at once; Ctrl-C and SIGTERM end it with the bill and nothing else."""
    with served("--model", "gpt-image-2") as (process, said):
        assert said[0].startswith("serving  gpt-image-2 at http://127.0.0.1:")
        address = said[0].rsplit(" ", 1)[1]
        assert said[1] == f"radgen   --backend '{address}?local#gpt-image-2'"
        assert said[2] == f"openai   OPENAI_BASE_URL={address} OPENAI_API_KEY=none"
        client = openai.OpenAI(api_key="none", base_url=address, max_retries=0)
        assert [model.id for model in client.models.list()] == ["gpt-image-2"]
        with pytest.raises(openai.BadRequestError, match="Invalid size"):
            client.images.generate(prompt="x", model="gpt-image-2", size="256x256")
        client.close()
        assert ended(process, how) == ("1 calls, 0 images, 0 tokens, 0.0000 USD billed\n", "")


def test_faults_a_key_and_a_bill_for_machines(tmp_path: Path) -> None:
    """The file's faults strike, the environment's key is asked for, and stdout holds one JSON object."""
    path = tmp_path / "faults.toml"
    path.write_text("seed = 3\n[[fault]]\nkind = 'truncated_json'\ncalls = [1]\n")
    with served("--faults", str(path), "--json", key="sesame") as (process, said):
        assert "OPENAI_API_KEY=YOUR_KEY" in said[2]
        assert said[4] == "faults   truncated_json (seed 3)"
        assert "sesame" not in "".join(said)
        address = said[0].rsplit(" ", 1)[1]
        wrong = openai.OpenAI(api_key="wrong", base_url=address, max_retries=0)
        with pytest.raises(openai.AuthenticationError):
            wrong.models.list()
        right = wrong.with_options(api_key="sesame")
        with pytest.raises(json.JSONDecodeError):
            right.images.generate(prompt="An x-ray of chest", size="256x256")
        wrong.close()
        told = json.loads(ended(process, signal.SIGINT)[0])
    assert [item["fault"] for item in told["items"]] == ["truncated_json"]
    assert (told["calls"], told["images"]) == (1, 1)


def test_a_request_that_hangs_does_not_keep_it_alive(tmp_path: Path) -> None:
    """Told to end while a client waits for ever, it ends."""
    path = tmp_path / "faults.toml"
    path.write_text("[[fault]]\nkind = 'hang'\ncalls = [1]\nseconds = 3600\n")
    with served("--faults", str(path)) as (process, said):
        client = openai.OpenAI(api_key="x", base_url=said[0].rsplit(" ", 1)[1], max_retries=0, timeout=1.0)
        with pytest.raises(openai.APITimeoutError):
            client.images.generate(prompt="An x-ray of chest", size="256x256")
        client.close()
        out, _ = ended(process, signal.SIGINT)
    assert out.startswith("1 calls, 1 images")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--host", "0.0.0.0"], "0.0.0.0 can be reached by other machines: set a key"),  # noqa: S104
        (["--backend", "openai:gpt-image-2"], "openai:gpt-image-2 is not on this machine"),
        (["--backend", "procedral"], "no backend is called 'procedral'"),
        (["--faults", "none.toml"], "none.toml: faults cannot be read"),
        (["--port", "70000"], "--port"),
        (["--host", "nowhere.invalid", "--key", "k"], "nowhere.invalid:8400 cannot be listened on"),
    ],
)
def test_what_cannot_be_served_is_a_clear_message(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    """Exit code 2, nothing on stdout, and what to do."""
    monkeypatch.delenv("RADGEN_SERVER_KEY", raising=False)
    monkeypatch.setattr(sys, "argv", ["radgen", "serve", *arguments])
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    printed = capsys.readouterr()
    assert (stopped.value.code, printed.out) == (2, "")
    assert said in printed.err
