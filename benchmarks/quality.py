"""CPU time of all default checks of an image of 1024 x 1024, against one call of scikit-image's SSIM.

    python benchmarks/quality.py

Peers and checks take turns; what is compared is the median CPU time of the whole process, so that other
work on the machine does not matter. Text and learned checks are not among the default ones.
"""

import sys
import time
from collections.abc import Callable
from functools import partial

import cv2
import numpy as np
from skimage.metrics import structural_similarity

from radgen.composite import composite
from radgen.geometry import Placement, SizeRule, Transport
from radgen.image import ImageInfo, RadImage
from radgen.mask import Mask
from radgen.quality import Checklist, Evidence
from radgen.terms import BodyRegion, Modality, Operation, View

SIDE_PX, TURNS = 1024, 15
AIM = 0.25


def film() -> RadImage:
    """A smooth picture with noise."""
    rng = np.random.default_rng(0)
    smooth = cv2.GaussianBlur(rng.normal(0, 1, (SIDE_PX, SIDE_PX)).astype(np.float32), (0, 0), 40)
    smooth = (smooth - smooth.min()) / (smooth.max() - smooth.min())
    pixels = np.clip(30 + 190 * smooth + rng.normal(0, 4, smooth.shape), 0, 255).astype(np.uint8)
    return RadImage(pixels, info=ImageInfo(modality=Modality.DX, region=BodyRegion.CHEST, view=View.PA))


def cpu_s(call: Callable[[], object]) -> float:
    """Of one call, all threads together."""
    begin = time.process_time()
    call()
    return time.process_time() - begin


def evidences(image: RadImage) -> dict[str, Callable[[], Evidence]]:
    """Fresh evidence each time: nothing of the last turn is known."""
    grey = image.pixels.astype(np.uint8)
    turned = np.ascontiguousarray(grey[:, ::-1])
    other = RadImage(turned, info=image.info)
    rgb = np.stack([grey] * 3, axis=2)
    mask = Mask.ellipse(image.shape, center=(500, 520), radii=(150, 120))
    placement, transport = Placement.fit(image.shape, SizeRule()), Transport.fit(image)
    sent = placement.apply(transport.to_uint8(image.pixels))
    pasted = composite(image, sent, turned, mask=mask, placement=placement, transport=transport)
    result = image.with_pixels(pasted.pixels)
    return {
        "found": lambda: Evidence(result=RadImage(image.pixels, info=image.info)),
        "generated, answer in RGB": lambda: Evidence(
            result=RadImage(image.pixels, info=image.info),
            operation=Operation.GENERATE,
            answer=rgb,
            asked=image.shape,
        ),
        "varied": lambda: Evidence(
            result=other, operation=Operation.VARY, source=image, sent=sent, answer=turned
        ),
        "edited": lambda: Evidence(
            result=result,
            operation=Operation.EDIT,
            source=image,
            mask=mask,
            sent=sent,
            sent_mask=placement.apply_mask(mask).editable,
            answer=turned,
            pasted=pasted,
        ),
    }


def run_on(checklist: Checklist, make: Callable[[], Evidence]) -> None:
    """All checks on fresh evidence."""
    checklist.run(make())


def main() -> int:
    """Print the ratios; the exit code says whether the aim is met."""
    image, checklist = film(), Checklist()
    second = np.ascontiguousarray(image.pixels[:, ::-1])
    calls: dict[str, Callable[[], object]] = {
        "skimage structural_similarity": partial(structural_similarity, image.pixels, second)
    }
    for name, make in evidences(image).items():
        calls[name] = partial(run_on, checklist, make)
    times: dict[str, list[float]] = {name: [] for name in calls}
    for turn in range(TURNS + 1):
        for name, call in calls.items():
            taken = cpu_s(call)
            if turn:  # the first fills caches and loads modules
                times[name].append(taken)
    medians = {name: float(np.median(taken)) for name, taken in times.items()}
    peer, *ours = medians
    print(f"{peer:32} {1000 * medians[peer]:8.1f} ms CPU")
    for name in ours:
        part = medians[name] / medians[peer]
        print(f"all checks, {name:28} {1000 * medians[name]:6.1f} ms CPU  {part:.3f} of it")
    worst = max(medians[name] for name in ours) / medians[peer]
    print(f"aim: at most {AIM} of it; worst {worst:.3f}")
    return 0 if worst <= AIM else 1


if __name__ == "__main__":
    sys.exit(main())
