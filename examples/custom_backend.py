"""A backend of your own: twenty lines, no base class.

Retrying, waiting, budgets, privacy and the guarantee that nothing outside a mask changes come from radgen.
"""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import cv2
import numpy as np

from radgen import Answer, Capabilities, FlatPrice, ImageRequest, Limits, augment_dataset
from radgen.augment.demo import make_demo_source
from radgen.errors import TransientBackendError
from radgen.protocol import EditRequest


@dataclass
class HospitalBackend:
    """Talks to a (pretended) model server that fills holes and is busy at first."""

    busy: int = 1
    name: ClassVar[str] = "hospital"
    capabilities: ClassVar[Capabilities] = Capabilities(
        verbs={"edit"}, mask="alpha", remote=False, price=FlatPrice(0.01)
    )

    def run(self, request: ImageRequest, /) -> Answer:
        """Send one request and return one image."""
        assert isinstance(request, EditRequest)  # capabilities are checked before every call
        if self.busy:
            self.busy -= 1
            raise TransientBackendError("HTTP 503", retry_after_s=0.01)
        hole = np.zeros(request.size, np.uint8) if request.mask is None else request.mask.astype(np.uint8)
        filled = np.asarray(cv2.inpaint(request.image, hole, 5, cv2.INPAINT_TELEA), dtype=np.uint8)
        return Answer(image=filled, model="h-1", cost_usd=0.01)


def main() -> None:
    """Restore a hole in every film of a small folder, for at most five cents."""
    plan = {"variants": [{"name": "hole", "operation": "restore", "mask": {"kind": "random"}}]}
    with tempfile.TemporaryDirectory() as folder:
        films, out = Path(folder, "films"), Path(folder, "out")
        make_demo_source(films)
        summary = augment_dataset(films, out, plan, HospitalBackend(), limits=Limits(budget_usd=0.05))
        print(f"{summary.done} of {summary.jobs} images, {summary.cost_usd} USD, stop: {summary.stopped}")
        assert summary.done == 5
        assert summary.stopped == "budget"


if __name__ == "__main__":
    main()
