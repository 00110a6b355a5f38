"""What a backend returned, made fit for keeping.

A custom backend may return anything. What is no answer is ambiguous: it may have been billed. What is
an answer is kept even if its small print is odd: odd values become unknown, never an error.
"""

import math
from dataclasses import replace

import numpy as np

from radgen.errors import AmbiguousBackendError
from radgen.protocol import Answer, AnswerFile, Usage

__all__ = ["checked_answer"]


def checked_answer(returned: object, *, backend: str) -> Answer | AnswerFile:
    """Accept what a backend returned, with plain values throughout.

    Parameters
    ----------
    returned : object
        Whatever came.
    backend : str
        Name for the message.

    Returns
    -------
    Answer or AnswerFile
        Costs that are no amount of money are ``None``; masks are bool.

    Raises
    ------
    AmbiguousBackendError
        If it is neither.

    Examples
    --------
    >>> odd = Answer(image=np.zeros((2, 2), np.uint8), model="m", cost_usd=float("nan"))
    >>> checked_answer(odd, backend="mine").cost_usd is None
    True
    """
    if not isinstance(returned, Answer | AnswerFile):
        raise AmbiguousBackendError(
            f"{backend} returned {type(returned).__name__} instead of an Answer: its run must return "
            "Answer(image=..., model=...)"
        )
    usage = returned.usage
    plain = replace(
        returned,
        model=str(returned.model),
        usage=None
        if usage is None
        else Usage(input_tokens=_count(usage.input_tokens), output_tokens=_count(usage.output_tokens)),
        cost_usd=_amount(returned.cost_usd),
        request_id=None if returned.request_id is None else str(returned.request_id),
        emulated=bool(returned.emulated),
    )
    if isinstance(plain, AnswerFile):
        return plain
    masks = {str(name): np.asarray(mask, bool) for name, mask in plain.annotations.items()}
    return replace(plain, annotations=masks)


def _amount(value: object) -> float | None:
    """A number of dollars, or unknown."""
    try:
        amount = float(value)  # type: ignore[arg-type]  # anything may come; what is no number is unknown
    except (TypeError, ValueError):
        return None
    return amount if math.isfinite(amount) and 0 <= amount < 1e9 else None


def _count(value: object) -> int | None:
    """A number of tokens, or unknown."""
    try:
        return int(value)  # type: ignore[call-overload,no-any-return]  # likewise
    except (TypeError, ValueError, OverflowError):
        return None
