"""One image, without a folder: the same steps as a run, kept in memory."""

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from radgen.annotation import Annotation
from radgen.augment.finish import Outcome, finish
from radgen.augment.jobs import expand, require_able
from radgen.augment.plan import AugmentPlan, SourceMask, Variant, load_plan
from radgen.augment.prepare import Prepared
from radgen.augment.shown import shown_of, surroundings_of
from radgen.augment.steps import carry_out
from radgen.backends import get_backend
from radgen.drive import Driver, Guard, MemoryLedger
from radgen.errors import InputError
from radgen.image import RadImage
from radgen.io import Annotations, Scan, Source, read_image
from radgen.mask import Mask
from radgen.privacy import PrivacyPolicy
from radgen.protocol import Answer, ImageBackend
from radgen.quality import Checklist
from radgen.terms import LabelValue, Operation

__all__ = ["augment_image"]


def augment_image(  # noqa: PLR0913 - a door: one keyword per concern, each with a default
    image: RadImage | str | os.PathLike[str] | None,
    variant: Variant | Mapping[str, Any] | str,
    *,
    mask: Mask | None = None,
    backend: str | ImageBackend = "procedural",
    labels: Mapping[str, LabelValue] | None = None,
    annotations: Sequence[Annotation] = (),
    seed: int = 0,
    privacy: PrivacyPolicy | None = None,
    checklist: Checklist | None = None,
) -> Outcome:
    """Make one image.

    Parameters
    ----------
    image : RadImage or path or None
        What to make it from; ``None`` for ``generate``.
    variant : Variant or mapping or str
        What to do; a mapping has the options of a `Variant` (``name`` may be left out), a string is an
        operation without options.
    mask : Mask, optional
        Where it may change; needed where the variant describes no mask itself.
    backend : str or ImageBackend
        Who makes it.
    labels : mapping, optional
        The image's labels, to learn what becomes of them.
    annotations : sequence of Annotation
        Objects in the image, to learn where they are afterwards.
    seed : int
        Another seed gives another image.
    privacy : PrivacyPolicy, optional
        On which basis the image may be sent to a remote backend.
    checklist : Checklist, optional
        The checks, their limits, and the real images that these come from.

    Returns
    -------
    Outcome
        The image, its mask, labels with origins, checks and provenance. A failed check is a verdict in
        it, not an exception.

    Raises
    ------
    RadgenError
        If there is no image: wrong input, or whatever the backend raised.

    Examples
    --------
    >>> import numpy as np
    >>> film = RadImage(np.linspace(300, 3000, 4096).reshape(64, 64).astype(np.uint16), bits_stored=12)
    >>> hole = Mask.ellipse(film.shape, center=(30, 30), radii=(8, 8))
    >>> restored = augment_image(film, "restore", mask=hole)
    >>> bool((restored.image.pixels == film.pixels)[~hole.editable].all())
    True
    """
    model, wanted = get_backend(backend), _variant(variant, mask)
    plan = AugmentPlan(variants=(wanted,), seed=seed)
    able = model.capabilities
    require_able(plan, able, backend=model.name)
    generates = wanted.operation is Operation.GENERATE
    if generates != (image is None):
        what = "makes an image from nothing: pass None" if generates else "needs an image"
        raise InputError(f"{wanted.operation.value} {what}")
    loaded = read_image(image) if isinstance(image, str | os.PathLike) else image
    path = Path(image) if isinstance(image, str | os.PathLike) else Path()  # annotation files refer to it
    named = None if loaded is None else replace(_source(loaded, mask, labels or {}, annotations), path=path)
    sources = () if named is None else (named,)
    job = next(expand(plan, Scan(sources=sources), backend=model.name))
    driver = Driver(ledger=MemoryLedger(), guard=Guard.of(privacy or PrivacyPolicy()))

    near = surroundings_of(Scan(sources=sources))

    def ask(step: Prepared) -> Answer:
        return driver.run(model, step.request, step.key, shown=shown_of(job, step, near))

    judge = checklist or Checklist()
    prepared, answer = carry_out(job, ask, able=able, image=loaded, mask=mask, checklist=judge)
    return finish(job, prepared, answer, backend=model.name, able=able, checklist=judge)


def _variant(variant: Variant | Mapping[str, Any] | str, mask: Mask | None) -> Variant:
    """A complete variant from what the user gave."""
    if isinstance(variant, Variant):
        return variant
    options: dict[str, Any] = {"operation": variant} if isinstance(variant, str) else dict(variant)
    options.setdefault("name", "image")
    if mask is not None:
        options.setdefault("mask", SourceMask())
    return load_plan({"variants": [options]}).variants[0]


def _source(
    image: RadImage, mask: Mask | None, labels: Mapping[str, LabelValue], annotations: Sequence[Annotation]
) -> Source:
    """The image as a source: known by its content alone."""
    content = hashlib.sha256(image.pixels.tobytes())
    if mask is not None:
        content.update(mask.editable.tobytes())
    return Source(
        uri="",
        path=Path(),
        digest=content.hexdigest(),
        split="train",
        labels=dict(labels),
        annotations=Annotations(objects=tuple(annotations)),
        info=image.info,
    )
