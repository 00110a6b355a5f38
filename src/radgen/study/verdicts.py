"""From numbers to words: did it work? One sentence for each experiment and backend, and its reasons.

The limits are stated on the page. They say what can be measured; they do not say that anatomy or pathology
is right.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from radgen.study.model import Asked

__all__ = ["LIMITS", "Rating", "rate"]

Word = Literal["yes", "partly", "no", "open"]
CLEAN, USABLE = 0.9, 0.5
DRIFT_LEVELS = 3.0
"""Mean levels outside the mask: above it the model redrew the picture instead of editing it."""
GAIN_DB = 1.0
LOSS_DB = 3.0
"""What has the right texture in the wrong places errs twice as much as what has none: 3 dB."""
RESIDUALS = (0.1, 0.3)
SEAM = 0.3
SEAMS = ("ring", "normal_tangential", "noise")
CHANGE_LEVELS = 4.0
LIKENESS = 0.6
REFUSED_FRACTION = 0.1

LIMITS: dict[str, str] = {
    "generated": f"yes: at least {CLEAN:.0%} of the images fail none of radgen's checks and no two images of "
    f"one prompt are copies of each other; partly: at least {USABLE:.0%} fail none",
    "requested": f"yes: every finding gets images, and at least {CLEAN:.0%} of them fail no check; partly: "
    "some findings do",
    "restored": f"yes: {GAIN_DB:g} dB nearer to the true pixels than a smooth fill, and a drift of at most "
    f"{DRIFT_LEVELS:g} levels; partly: at most {LOSS_DB:g} dB worse, which the right texture in the wrong "
    "places is, at the same drift",
    "continued": f"yes: the seams are within {SEAM:g} of none (logarithms of the gradient across them to "
    "those beside and along them, and of the noise beyond them to that within), and the drift is at most "
    f"{DRIFT_LEVELS:g} levels; partly: one of the two",
    "removed": f"yes: at most {RESIDUALS[0]:.0%} of the planted thing is left, at a drift of at most "
    f"{DRIFT_LEVELS:g} levels; partly: at most {RESIDUALS[1]:.0%}",
    "added": f"yes: a change of at least {CHANGE_LEVELS:g} levels inside, and a drift of at most "
    f"{DRIFT_LEVELS:g} outside; partly: a change inside, at any drift",
    "refused": f"yes: nothing is refused; partly: at most {REFUSED_FRACTION:.0%}",
    "varied": f"yes: no copies, and a likeness of at least {LIKENESS:g} to the source; partly: some of them",
}
"""What the words mean, by scoring."""


@dataclass(frozen=True, slots=True)
class Rating:
    """A word and the numbers behind it.

    Parameters
    ----------
    word : {"yes", "partly", "no", "open"}
        The answer to the experiment's question; ``open`` where there is nothing to judge.
    because : str
        The measurement.
    """

    word: Word
    because: str


def rate(asked: Asked) -> Rating:
    """Answer an experiment's question for one backend.

    Parameters
    ----------
    asked : Asked
        What was measured.

    Returns
    -------
    Rating
        The answer.

    Examples
    --------
    >>> from radgen.study.experiments import EXPERIMENTS
    >>> from radgen.study.model import Answered
    >>> vary = next(item for item in EXPERIMENTS if item.scoring == "varied")
    >>> scores = {"is_copy": 1.0, "likeness": 1.0}
    >>> copy = Answered(variant="varied", file="a.png", verdict="pass", scores=scores)
    >>> rate(Asked(experiment=vary, backend="mine", answers=(copy,)))
    Rating(word='no', because='0 % varied: 100 % copies, 0 % another image')
    """
    if asked.experiment.scoring == "refused":
        return _refused(asked)
    if not asked.answers:
        if asked.not_offered and not asked.requested:
            return Rating("open", "not offered by this backend")
        if asked.requested:
            return Rating("no", f"no image of {asked.requested} requests")
        return Rating("open", "not asked yet")
    return _RATED[asked.experiment.scoring](asked)


def _generated(asked: Asked) -> Rating:
    clean = asked.share("pass", "warn", "skip") or 0.0
    made = len(asked.answers) / max(asked.requested, 1)
    said = f"{clean:.0%} of {len(asked.answers)} images fail no check"
    if made < 1:
        said += f", {1 - made:.0%} of the requests gave none"
    repeated = sum(answer.scores.get("is_copy", 0.0) for answer in asked.answers) / len(asked.answers)
    if repeated > 0:
        said += f", {repeated:.0%} are copies of one another"
    if clean >= CLEAN and made == 1 and repeated <= 1 - CLEAN:
        return Rating("yes", said)
    return Rating("partly" if clean >= USABLE and repeated < USABLE else "no", said)


def _restored(asked: Asked) -> Rating:
    gain, drift = asked.middle("gain_db") or 0.0, asked.middle("drift") or 0.0
    said = f"{gain:+.1f} dB to a smooth fill ({asked.middle('psnr_db') or 0:.1f} dB), {_drifted(drift)}"
    if drift > DRIFT_LEVELS or gain < -LOSS_DB:
        return Rating("no", said)
    return Rating("yes" if gain >= GAIN_DB else "partly", said)


def _continued(asked: Asked) -> Rating:
    seams = [abs(answer.scores[name]) for answer in asked.answers for name in SEAMS if name in answer.scores]
    drift = asked.middle("drift") or 0.0
    area = max(answer.scores.get("area_factor", 1.0) for answer in asked.answers)
    seam = max(seams, default=0.0)
    said = f"{area:.1f} times the area, worst seam {seam:.2f}, {_drifted(drift)}"
    if drift > DRIFT_LEVELS:
        return Rating("partly" if seam <= SEAM else "no", said)
    return Rating("yes" if seam <= SEAM else "partly", said)


def _removed(asked: Asked) -> Rating:
    left, drift = asked.middle("residual_fraction") or 0.0, asked.middle("drift") or 0.0
    said = f"{left:.0%} of the planted things is left, {_drifted(drift)}"
    if drift > DRIFT_LEVELS or left > RESIDUALS[1]:
        return Rating("no", said)
    return Rating("yes" if left <= RESIDUALS[0] else "partly", said)


def _added(asked: Asked) -> Rating:
    change, drift = asked.middle("change_inside") or 0.0, asked.middle("drift") or 0.0
    said = f"{change:.1f} levels of change inside, {_drifted(drift)}"
    if change < CHANGE_LEVELS:
        return Rating("no", said)
    return Rating("yes" if drift <= DRIFT_LEVELS else "partly", said)


def _refused(asked: Asked) -> Rating:
    if not asked.requested:
        return Rating("open", "not offered by this backend" if asked.not_offered else "not asked yet")
    share = asked.refused / asked.requested
    said = f"{asked.refused} of {asked.requested} requests refused"
    return Rating("yes" if share == 0 else "partly" if share <= REFUSED_FRACTION else "no", said)


def _varied(asked: Asked) -> Rating:
    count = len(asked.answers)
    copies = sum(answer.scores.get("is_copy", 0.0) for answer in asked.answers) / count
    strange = (
        sum(
            answer.scores.get("likeness", 1.0) < LIKENESS and not answer.scores.get("is_copy")
            for answer in asked.answers
        )
        / count
    )
    varied = 1.0 - copies - strange
    said = f"{_percent(varied)} varied: {_percent(copies)} copies, {_percent(strange)} another image"
    return Rating("yes" if varied >= CLEAN else "partly" if varied >= USABLE else "no", said)


def _drifted(drift: float) -> str:
    return f"drift {drift:.1f} levels"


def _percent(share: float) -> str:
    return f"{100 * abs(share):.0f} %"


_RATED: dict[str, Callable[[Asked], Rating]] = {
    "generated": _generated,
    "requested": _generated,
    "restored": _restored,
    "continued": _continued,
    "removed": _removed,
    "added": _added,
    "varied": _varied,
}
