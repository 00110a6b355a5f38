"""Start the server and keep it running until it is stopped."""

import ipaddress
import socket
from collections.abc import Callable
from typing import Any

from radgen.drive import Guard
from radgen.errors import InputError, MissingExtraError, PrivacyError
from radgen.protocol import ImageBackend
from radgen.serve.app import make_app
from radgen.serve.bill import Bill
from radgen.serve.faults import FaultPlan

try:
    import uvicorn
except ImportError as error:  # pragma: no cover - the test environment has it
    raise MissingExtraError("the server", "serve") from error

__all__ = ["serve"]

GRACE_S = 3
"""Requests that are under way when it is stopped get this long."""


def serve(  # noqa: PLR0913 - one keyword per concern, each with a default
    backend: ImageBackend,
    *,
    host: str = "127.0.0.1",
    port: int = 8400,
    models: tuple[str, ...] = (),
    key: str | None = None,
    faults: FaultPlan | None = None,
    bill: Bill | None = None,
    on_start: Callable[[str], object] | None = None,
    guard: Guard | None = None,
) -> None:
    """Serve a backend until Ctrl-C or SIGTERM.

    Parameters
    ----------
    backend : ImageBackend
        Who draws.
    host : str
        Loopback by default; anything else needs a key.
    port : int
        0 takes any that is free.
    models, key, faults, bill, guard
        See `make_app`.
    on_start : callable, optional
        Called with the address, ``http://HOST:PORT/v1``, once connections are accepted.

    Raises
    ------
    InputError
        If other machines could reach it without a key, or the port is taken.
    PrivacyError
        If the backend is remote and no guard says what may go there: whoever sends images here could not know
        that they leave this machine.
    """
    if backend.capabilities.remote and guard is None:
        raise PrivacyError(
            f"{backend.name} is not on this machine, and a server would hand on to it whatever it is sent: "
            "let clients ask it themselves, or declare a server of your own with '?local'"
        )
    if key is None and not _is_loopback(host):
        raise InputError(f"{host} can be reached by other machines: set a key, or serve on 127.0.0.1")
    listening = _listening(host, port)
    address = f"http://{host}:{listening.getsockname()[1]}/v1"
    app = make_app(backend, models=models, key=key, faults=faults, bill=bill, guard=guard)
    config = uvicorn.Config(
        app,
        log_level="warning",
        timeout_keep_alive=75,
        timeout_graceful_shutdown=GRACE_S,
        http="h11",
        lifespan="off",
    )
    if on_start is not None:
        on_start(address)
    with listening:
        uvicorn.Server(config).run(sockets=[listening])


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _listening(host: str, port: int) -> socket.socket:
    """A socket that already accepts connections: whoever is told the address may use it at once."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    found = socket.socket(family)
    address: Any = (host, port)
    try:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind(address)
        found.listen(2048)
    except (OSError, OverflowError) as error:
        found.close()
        raise InputError(f"{host}:{port} cannot be listened on: {error}") from error
    return found
