"""From a folder of real images to a reference: measure each, take quantiles, count false alarms."""

import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from radgen.errors import InputError
from radgen.image import ImageInfo, RadImage
from radgen.io import Source, read_image, scan
from radgen.quality.checks import CHECKS, Evidence, Verdict
from radgen.quality.reference.likeness import LIKENESS, TEMPLATE_PX, Look, look
from radgen.quality.reference.profile import (
    ENOUGH,
    ENOUGH_PATIENTS,
    Group,
    Reference,
    Spread,
    Subject,
    kind_of,
    view_of,
)

__all__ = ["Sample", "fit_group", "fit_reference", "known_info", "measure_sample"]

FOLDS = 5
"""A reference is tried on each fifth of the patients with limits from the other four."""


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """What is kept of one image.

    Parameters
    ----------
    info : ImageInfo
        What it shows.
    patient : str
        Whose; stays in memory.
    longest_px : int
        Its longest side.
    values : mapping of str to float
        By id of the check, of those that need no other image.
    look : Look
        For those that do.
    """

    info: ImageInfo
    patient: str
    longest_px: int
    values: Mapping[str, float]
    look: Look


def fit_reference(
    folder: str | os.PathLike[str],
    *,
    labels: str | os.PathLike[str] | None = None,
    source: str = "",
    info: ImageInfo | None = None,
    on_image: Callable[[int, int], object] | None = None,
) -> Reference:
    """Learn from real images what is usual.

    Images are grouped by modality (CR and DX are one), region and view, as far as headers or the folder's
    table tell them. A group of 20 images is enough to start with; limits are wider the fewer there are, and
    each group says how sure it is. How often its own limits would raise a false alarm is found by
    cross-validation over patients, and is part of the reference.

    Parameters
    ----------
    folder : path
        Real images: DICOM, PNG, JPEG, TIFF or NIfTI, with a table if there is one.
    labels : path, optional
        A table elsewhere.
    source : str
        What to call these images, such as a name and a licence; by default the folder's name.
    info : ImageInfo, optional
        What they are, where neither header nor table tell.
    on_image : callable, optional
        Called with how many images are done, and how many there are.

    Returns
    -------
    Reference
        Numbers only; `radgen.save_reference` writes it.

    Raises
    ------
    InputError
        If no group has 20 images of 5 patients.

    Examples
    --------
    >>> import tempfile
    >>> from radgen.io import encode_display_png
    >>> rng = np.random.default_rng(0)
    >>> with tempfile.TemporaryDirectory() as films:
    ...     for number in range(20):
    ...         film = rng.integers(40, 60 + 5 * number, (80, 80)).astype(np.uint8)
    ...         _ = Path(films, f"{number}.png").write_bytes(encode_display_png(film))
    ...     ours = fit_reference(films, source="ours")
    >>> ours.groups[0].images, ours.groups[0].sureness
    (20, 'rough')
    """
    found = scan(folder, labels).sources
    grouped: dict[tuple[str, str | None, str | None], list[Sample]] = defaultdict(list)
    for number, item in enumerate(found):
        sample = _sample(item, info)
        if sample is not None:
            region = sample.info.region and sample.info.region.value
            grouped[kind_of(sample.info.modality), region, view_of(sample.info)].append(sample)
        if on_image is not None:
            on_image(number + 1, len(found))
    name = source or Path(folder).name
    groups = tuple(fit_group(samples, source=name) for _, samples in sorted(grouped.items(), key=str))
    if not any(group.is_enough for group in groups):
        most = max((group.images for group in groups), default=0)
        raise InputError(
            f"{folder}: a reference needs {ENOUGH} real images of one kind (modality, region, view) from "
            f"{ENOUGH_PATIENTS} patients, and the most of one kind are {most}: add some, or say what they are"
        )
    return Reference(made_by=f"radgen.fit_reference of {name}", groups=groups)


def known_info(read: ImageInfo, *others: ImageInfo | None) -> ImageInfo:
    """Facts of an image, what it lacks taken from others in turn.

    Parameters
    ----------
    read : ImageInfo
        Of the file.
    *others : ImageInfo, optional
        Of the table, or what the user says of all images.

    Returns
    -------
    ImageInfo
        With modality, region and view as far as anybody knows them.
    """
    for other in others:
        if other is not None:
            known = read.modality.value != "OT"
            read = replace(
                read,
                modality=read.modality if known else other.modality,
                region=read.region or other.region,
                view=read.view or other.view,
            )
    return read


def _sample(item: Source, info: ImageInfo | None) -> Sample | None:
    try:
        image = read_image(item.path, frame=item.frame)
    except InputError:
        return None  # the scan lists what cannot be read at all; a frame of it may be damaged
    image = replace(image, info=known_info(image.info, item.info, info))
    return measure_sample(image, patient=item.patient_key or item.uri)


def measure_sample(image: RadImage, *, patient: str) -> Sample:
    """What is kept of an image.

    Parameters
    ----------
    image : RadImage
        A real one.
    patient : str
        Whose it is, so that no patient is on both sides of a comparison.

    Returns
    -------
    Sample
        A few dozen numbers.
    """
    evidence = Evidence(result=image, reference=Reference(made_by=""))
    values = {}
    for rule in CHECKS:
        if rule.applies(None, image.info.modality) and rule.id not in LIKENESS:
            value = rule.measure(evidence)
            if value is not None:
                values[rule.id] = float(value)
    return Sample(image.info, patient, max(image.shape), values, look(evidence.seen))


def fit_group(samples: Sequence[Sample], *, source: str) -> Group:
    """Quantiles of images of one kind, and how often they would alarm each other.

    Parameters
    ----------
    samples : sequence of Sample
        At least one; of one modality, region and view.
    source : str
        Where they come from.

    Returns
    -------
    Group
        With false alarms if there are images enough.
    """
    group = _fitted(samples, source)
    if not group.is_enough:
        return group
    alarms: dict[str, int] = defaultdict(int)
    alarmed = judged = 0
    for kept, left_out in _folds(samples):
        # As many as there are, so that its limits are as wide as those that are tried.
        tried = replace(_fitted(kept, source), images=group.images, patients=group.patients)
        reference = Reference(made_by="", groups=(tried,))
        for sample in left_out:
            raised = list(_alarms(sample, reference))
            judged += 1
            alarmed += bool(raised)
            for check in raised:
                alarms[check] += 1
    shares = {check: round(count / judged, 4) for check, count in sorted(alarms.items())}
    return replace(group, alarms=shares, alarmed=round(alarmed / judged, 4))


def _fitted(samples: Sequence[Sample], source: str) -> Group:
    tone = np.median([sample.look[0] for sample in samples], axis=0)
    template = np.mean([sample.look[1] for sample in samples], axis=0).astype(np.float32)
    info, view = samples[0].info, view_of(samples[0].info)
    group = Group(
        source=source,
        kind=kind_of(info.modality),
        region=info.region and info.region.value,
        view=view,
        images=len(samples),
        patients=len({sample.patient for sample in samples}),
        longest_px=round(float(np.median([sample.longest_px for sample in samples]))),
        tone=tuple(round(float(value), 4) for value in tone),
        template=() if view is None else tuple(round(float(value), 3) for value in template.ravel()),
    )
    values: dict[str, list[float]] = defaultdict(list)
    for sample in samples:
        for check, value in (*sample.values.items(), *_likeness(sample, group)):
            values[check].append(value)
    spreads = {check: Spread.of(np.array(found)) for check, found in values.items()}
    return replace(group, spreads=spreads)


def _likeness(sample: Sample, group: Group) -> Iterable[tuple[str, float]]:
    template = _template(group)
    for check, measure in LIKENESS.items():
        value = measure(sample.look, group.tone, template)
        if value is not None:
            yield check, value


def _template(group: Group) -> NDArray[np.float32] | None:
    if not group.template:
        return None
    return np.array(group.template, dtype=np.float32).reshape(TEMPLATE_PX, TEMPLATE_PX)


def _alarms(sample: Sample, reference: Reference) -> Iterable[str]:
    """Checks that would warn of an image, or fail it."""
    values = {**sample.values, **dict(_likeness(sample, reference.groups[0]))}
    subject = Subject(operation=None, info=sample.info, longest_px=sample.longest_px)
    for rule in CHECKS:
        result = rule.judge(values.get(rule.id), subject, reference)
        if result.verdict in {Verdict.WARN, Verdict.FAIL}:
            yield rule.id


def _folds(samples: Sequence[Sample]) -> Iterable[tuple[list[Sample], list[Sample]]]:
    """Samples of the other patients, and those of a fifth of the patients; in no random order."""
    patients = sorted({sample.patient for sample in samples})
    for fold in range(min(FOLDS, len(patients))):
        out = set(patients[fold::FOLDS])
        kept = [sample for sample in samples if sample.patient not in out]
        if kept:
            yield kept, [sample for sample in samples if sample.patient in out]
