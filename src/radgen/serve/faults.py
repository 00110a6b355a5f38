"""Faults on demand: which call goes wrong, and how. Seeded, so that the same calls fail in every run."""

import os
import random
import tomllib
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal, Self

import cv2
import numpy as np

from radgen.errors import InputError
from radgen.protocol import Pixels8
from radgen.serve.refusals import RefusedError

__all__ = ["Fault", "FaultKind", "FaultPlan"]

RetryForm = Literal["seconds", "ms", "date"]


class FaultKind(StrEnum):
    """What goes wrong."""

    RATE_LIMIT = "rate_limit"
    QUOTA = "quota"
    OVERLOADED = "overloaded"
    SERVER_ERROR = "server_error"
    MODERATION = "moderation"
    SLOW = "slow"
    HANG = "hang"
    DISCONNECT_BEFORE = "disconnect_before"
    DISCONNECT_AFTER = "disconnect_after"
    TRUNCATED_JSON = "truncated_json"
    HTML = "html"
    BAD_BASE64 = "bad_base64"
    WRONG_COUNT = "wrong_count"
    WRONG_SIZE = "wrong_size"
    MASK_IGNORED = "mask_ignored"
    SHIFTED = "shifted"
    BRIGHTENED = "brightened"

    @property
    def is_billed(self) -> bool:
        """Whether the images were made before it struck."""
        return self not in _BEFORE

    @property
    def spoils_pixels(self) -> bool:
        """Whether the image itself is not what was asked for."""
        return self in {self.WRONG_SIZE, self.MASK_IGNORED, self.SHIFTED, self.BRIGHTENED}


_BEFORE = frozenset(
    {
        FaultKind.RATE_LIMIT, FaultKind.QUOTA, FaultKind.OVERLOADED, FaultKind.SERVER_ERROR,
        FaultKind.MODERATION, FaultKind.DISCONNECT_BEFORE,
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One kind of fault, and when it strikes.

    Parameters
    ----------
    kind : FaultKind
        What goes wrong.
    probability : float
        Share of the calls that it strikes.
    calls : tuple of int
        Numbers of calls that it strikes for certain, from 1.
    every : int
        Strike every so many calls; 0 for never.
    seconds : float
        How long ``slow`` and ``hang`` wait, and what Retry-After asks for.
    retry_after : {"seconds", "ms", "date"}, optional
        How a refusal says how long to wait; ``None``: it does not.
    status : int
        Of ``server_error``.

    Raises
    ------
    InputError
        For numbers that mean nothing.

    Examples
    --------
    >>> Fault(kind="rate_limit", every=3, retry_after="seconds", seconds=2).strikes(6, luck=0.9)
    True
    """

    kind: FaultKind
    probability: float = 0.0
    calls: tuple[int, ...] = ()
    every: int = 0
    seconds: float = 1.0
    retry_after: RetryForm | None = None
    status: int = 500

    def __post_init__(self) -> None:
        try:
            object.__setattr__(self, "kind", FaultKind(self.kind))
            object.__setattr__(self, "calls", tuple(int(number) for number in self.calls))
            sound = 0 <= self.probability <= 1 and self.every >= 0 and self.seconds >= 0
        except (TypeError, ValueError) as error:
            raise InputError(f"fault {self.kind!r}: {error}") from None
        if (
            not sound
            or not 500 <= self.status <= 599
            or self.retry_after not in {None, "seconds", "ms", "date"}
        ):
            raise InputError(
                f"fault {self.kind}: probability is 0 to 1, every and seconds are 0 or more, status is 500 "
                "to 599, retry_after is seconds, ms or date"
            )

    def strikes(self, call: int, luck: float) -> bool:
        """Whether it strikes a call; `luck` is a random number from 0 to 1."""
        regular = self.every > 0 and call % self.every == 0
        return regular or call in self.calls or luck < self.probability

    def refusal(self) -> RefusedError | None:
        """The error response of a fault that is one."""
        headers = self._headers()
        match self.kind:
            case FaultKind.RATE_LIMIT:
                return RefusedError(
                    429, "Rate limit reached.", "rate_limit_exceeded", None, "requests", headers
                )
            case FaultKind.QUOTA:
                said = "You exceeded your current quota, please check your plan and billing details."
                return RefusedError(429, said, "insufficient_quota", None, "insufficient_quota")
            case FaultKind.OVERLOADED:
                said = "The server is overloaded."
                return RefusedError(503, said, "server_is_overloaded", None, "server_error", headers)
            case FaultKind.SERVER_ERROR:
                return RefusedError(
                    self.status, "The server had an error.", "server_error", None, "server_error"
                )
            case FaultKind.MODERATION:
                said = "Your request was rejected by the safety system. safety_violations=[test]"
                return RefusedError(400, said, "moderation_blocked", None, "image_generation_user_error")
            case _:
                return None

    def _headers(self) -> dict[str, str]:
        match self.retry_after:
            case "seconds":
                return {"retry-after": f"{self.seconds:g}"}
            case "ms":
                return {"retry-after-ms": f"{self.seconds * 1000:.0f}"}
            case "date":
                now = datetime.now(UTC)
                later = now + timedelta(seconds=self.seconds)
                return {"retry-after": format_datetime(later, usegmt=True)}
            case _:
                return {}

    def spoil(self, image: Pixels8) -> Pixels8:
        """The image as a careless model would return it."""
        match self.kind:
            case FaultKind.WRONG_SIZE:
                half = (max(image.shape[1] // 2, 1), max(image.shape[0] * 2 // 3, 1))
                return np.asarray(cv2.resize(image, half, interpolation=cv2.INTER_AREA), np.uint8)
            case FaultKind.MASK_IGNORED:
                return np.asarray(~image[:, ::-1], np.uint8)
            case FaultKind.SHIFTED:
                return np.asarray(np.roll(image, (3, -2), axis=(0, 1)), np.uint8)
            case FaultKind.BRIGHTENED:
                brighter = np.clip(image.astype(np.float32) * 1.08 + 6, 0, 255)
                return np.asarray(brighter, np.uint8)
            case _:
                return image


@dataclass(frozen=True, slots=True)
class FaultPlan:
    """The faults of a server; of several that would strike a call, the first does.

    Parameters
    ----------
    faults : tuple of Fault
        In order.
    seed : int
        Another seed strikes other calls.

    Examples
    --------
    >>> plan = FaultPlan((Fault(kind="html", calls=(2,)),))
    >>> plan.pick(1) is None, plan.pick(2).kind
    (True, <FaultKind.HTML: 'html'>)
    """

    faults: tuple[Fault, ...] = ()
    seed: int = 0

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Read a TOML file: ``seed``, and one ``[[fault]]`` for each.

        Raises
        ------
        InputError
            If it cannot be read, or names what there is not.
        """
        try:
            content = tomllib.loads(Path(path).read_text(encoding="utf-8-sig"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise InputError(f"{path}: faults cannot be read from it ({error})") from error
        listed: Any = content.pop("fault", [])
        seed = content.pop("seed", 0)
        if content or not isinstance(listed, list) or not isinstance(seed, int):
            raise InputError(f"{path}: only 'seed' and [[fault]] are wanted")
        known = {field.name for field in fields(Fault)}
        for entry in listed:
            unknown = sorted(set(entry) - known)
            if unknown or "kind" not in entry:
                raise InputError(f"{path}: a fault has a kind, and {', '.join(sorted(known))}, not {unknown}")
        try:
            return cls(tuple(Fault(**entry) for entry in listed), seed)
        except (InputError, TypeError) as error:
            raise InputError(f"{path}: {error}") from error

    def pick(self, call: int) -> Fault | None:
        """The fault of a call, from 1; the same whatever threads do."""
        for number, fault in enumerate(self.faults):
            luck = random.Random(f"{self.seed}/{number}/{call}").random()
            if fault.strikes(call, luck):
                return fault
        return None
