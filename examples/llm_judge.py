"""Let a vision model judge every image: a check of your own is any object with `id`, `sentence` and a call.

The judge here is a stand-in that needs no network, so that the example runs anywhere: replace `ask_model`
by a call of your provider. `radgen.augment_dataset` takes the same checklist, and a gate that asks again
where a check failed. What leaves your machine then is yours to decide: radgen's privacy guard looks at what
goes to a backend, not at what your own check sends.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from radgen import Checklist, CheckResult, Evidence, Verdict, augment_image
from radgen.terms import Operation

QUESTION = "Is this a chest radiograph with plausible anatomy? Answer with a number from 0 to 10."


def ask_model(question: str, png: bytes) -> str:
    """A vision model's answer; the stand-in likes pictures that are not black."""
    picture = np.asarray(cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_GRAYSCALE))
    return str(round(min(float(picture.mean()) / 10, 10), 1)) if question else ""


@dataclass(frozen=True)
class Judge:
    """Fails an image that the model finds implausible; an answer that is no number is no verdict."""

    least: float = 5.0
    id: str = "judge"
    sentence: str = "A vision model finds it implausible."
    hint: str = "Plausible anatomy."  # said in the prompt when the gate asks again

    def __call__(self, evidence: Evidence, /) -> CheckResult:
        """Ask about images that were made from nothing; skip the others."""
        if evidence.operation is not Operation.GENERATE:
            return CheckResult(self.id, None, Verdict.SKIP)
        _, png = cv2.imencode(".png", evidence.seen.grey)
        try:
            score = float(ask_model(QUESTION, png.tobytes()))
        except ValueError:
            return CheckResult(self.id, None, Verdict.SKIP)
        return CheckResult(self.id, score, Verdict.PASS if score >= self.least else Verdict.FAIL)


def main() -> None:
    """Draw a film, and have it judged."""
    wanted = {"operation": "generate", "spec": {}, "size": [256, 224]}
    outcome = augment_image(None, wanted, checklist=Checklist(extra=(Judge(),)))
    judged = next(check for check in outcome.checks if check.id == "judge")
    print(f"the judge gives {judged.value} of 10: {judged.verdict.value}")
    assert judged.verdict is Verdict.PASS


if __name__ == "__main__":
    main()
