"""Two folders to a `SetReport`: how synthetic images differ from real ones, as sets."""

import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radgen.errors import InputError
from radgen.quality.copies import CopyIndex, find_copies
from radgen.quality.features import FeatureSet, Pictures, as_feature_sets
from radgen.quality.metrics import ms_ssim_diversity
from radgen.quality.sets.classes import label_shortcuts, rows_by_class
from radgen.quality.sets.folder import read_set
from radgen.quality.sets.measure import Measured, Table, measure, memorisation
from radgen.quality.sets.report import SetFacts, SetReport, Similarity
from radgen.quality.sets.survey import Survey, sizes_for, survey, typical_side_px

__all__ = ["compare_sets"]

FEW_IMAGES, FEW_PATIENTS = 50, 20
CLASS_IMAGES, MOST_CLASSES, CLASS_REPEATS = 20, 30, 10
SIZE_RATIO = 1.1
MOST_SPREADS = 5.0


def compare_sets(  # noqa: PLR0913 - options of one call, all by name
    real: str | os.PathLike[str],
    synthetic: str | os.PathLike[str],
    *,
    labels: str | os.PathLike[str] | None = None,
    synthetic_labels: str | os.PathLike[str] | None = None,
    features: Iterable[str | FeatureSet | Callable[[Pictures], NDArray[Any]]] = ("handcrafted", "texture"),
    repeats: int = 20,
    seed: int = 0,
    workers: int | None = None,
    on_images: Callable[[int], object] = lambda _: None,
    on_image: Callable[[], object] = lambda: None,
) -> SetReport:
    """Compare a set of synthetic images with a set of real ones.

    Distances, fidelity and diversity, a probe that tries to tell the sets apart, and near copies; each number
    with an interval and beside the same number between two halves of the real patients. Labels that both sets
    have are compared class by class.

    Parameters
    ----------
    real : str or os.PathLike
        Folder of real images.
    synthetic : str or os.PathLike
        Folder of synthetic images; of a folder that `radgen.augment_dataset` made, the manifest counts.
    labels, synthetic_labels : str or os.PathLike, optional
        Tables of either folder, as for `radgen.scan`, which also finds them by name. A column with patients
        keeps images of one patient together.
    features : iterable of str, FeatureSet or callable
        ``"handcrafted"``, ``"texture"``, `radgen.quality.features.network_features` with weights of your own,
        or any function from (n, 512, 512) uint8 pictures to (n, d) numbers.
    repeats : int
        How many halves are drawn for intervals and floors.
    seed : int
        Of the draws: equal seeds give equal reports.
    workers : int, optional
        Images that are read at the same time; by default one per processor, eight at most.
    on_images, on_image : callable
        Called once with the number of images to read, and after each.

    Returns
    -------
    SetReport
        All of it.

    Raises
    ------
    InputError
        If a folder, a table or a feature set cannot be used, or both folders are the same.
    MissingExtraError
        If a format or feature set needs a package that is not installed.

    Examples
    --------
    >>> import tempfile
    >>> from radgen.io import encode_display_png
    >>> rng = np.random.default_rng(0)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for name in ("real", "made"):
    ...         Path(folder, name).mkdir()
    ...         for number in range(8):
    ...             noise = rng.integers(0, 256, (170, 170)).astype(np.uint8)
    ...             _ = Path(folder, name, f"{number}.png").write_bytes(encode_display_png(noise))
    ...     report = compare_sets(Path(folder, "real"), Path(folder, "made"), repeats=2)
    >>> report.real.images, len(report.copies), report.warnings[0][:22]
    (8, 0, 'too few images to tell')
    """
    if repeats < 2:
        raise InputError(f"repeats is {repeats}: at least 2 halves are needed, 20 are usual")
    if Path(real).exists() and Path(synthetic).exists() and Path(real).samefile(synthetic):
        raise InputError(f"{real}: both sets are this folder: give two")
    wanted = as_feature_sets(features)
    sets = read_set(real, labels), read_set(synthetic, synthetic_labels)
    on_images(sum(len(one.members) for one in sets))
    sizes = sizes_for(wanted, min(typical_side_px(one, workers=workers) for one in sets))
    mine, made = (survey(one, wanted, sizes, seed=seed, workers=workers, on_image=on_image) for one in sets)
    real_classes, made_classes = rows_by_class(mine.members), rows_by_class(made.members)
    classes = _shared_classes(real_classes, made_classes)
    copies = find_copies(made.prints, CopyIndex.of(mine.prints))
    must_be_near = {member.uri for member in made.members if member.of_a_source}
    return SetReport(
        real=_facts(mine),
        synthetic=_facts(made),
        features=_measured(wanted, mine, made, None, repeats, seed),
        classes={
            name: _measured(
                wanted,
                mine,
                made,
                (real_classes[name], made_classes[name]),
                min(repeats, CLASS_REPEATS),
                seed,
            )
            for name in classes
        },
        memorisation=_memorisation(mine, made, repeats, seed),
        similarity=_similarity(mine, made, seed),
        copies=tuple(copy for copy in copies if copy.name not in must_be_near),
        near_their_source=sum(copy.name in must_be_near for copy in copies),
        warnings=(*_warnings(mine, made, wanted, sizes), *label_shortcuts(real_classes, made_classes)),
        problems=tuple(
            (f"{root}: {file}", reason)
            for root, one in (("real", mine), ("synthetic", made))
            for file, reason in one.problems
        ),
    )


def _facts(found: Survey) -> SetFacts:
    patients = len(np.unique(found.patients)) if found.patients_known else None
    return SetFacts(len(found.members), patients, int(np.median(found.sides_px)))


def _shared_classes(real: dict[str, NDArray[np.int64]], made: dict[str, NDArray[np.int64]]) -> list[str]:
    """Classes with enough images in both sets, the largest first if there are many."""
    shared = [name for name in real if name in made and min(len(real[name]), len(made[name])) >= CLASS_IMAGES]
    largest = sorted(shared, key=lambda name: -min(len(real[name]), len(made[name])))[:MOST_CLASSES]
    return sorted(largest)


_Rows = tuple[NDArray[np.int64], NDArray[np.int64]]


def _measured(
    wanted: Sequence[FeatureSet], mine: Survey, made: Survey, rows: _Rows | None, repeats: int, seed: int
) -> dict[str, dict[str, Measured]]:
    """Every feature set, of all images or of some rows of both sets."""
    found = {}
    for item in wanted:
        first, second = mine.tables[item.name], made.tables[item.name]
        if item.standardise:
            first, second = _standardised(first, second)
        tables = Table(first, mine.patients), Table(second, made.patients)
        if rows is not None:
            tables = tables[0].rows(rows[0]), tables[1].rows(rows[1])
        found[item.name] = measure(*tables, repeats=repeats, seed=seed)
    return found


def _standardised(
    real: NDArray[np.float64], synthetic: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Both in spreads of the real set, at most 5 from its mean: one odd image must not decide."""
    mean, spread = real.mean(axis=0), real.std(axis=0)
    scaled = ((table - mean) / np.where(spread > 0, spread, 1) for table in (real, synthetic))
    first, second = (np.clip(table, -MOST_SPREADS, MOST_SPREADS) for table in scaled)
    return first, second


def _memorisation(mine: Survey, made: Survey, repeats: int, seed: int) -> Measured | None:
    """On small pictures without brightness and contrast: features see grain, which a copy need not share."""
    tables = (Table(_small(one), one.patients) for one in (mine, made))
    found = measure(*tables, repeats=repeats, seed=seed, metrics=memorisation)
    return found.get("memorisation_ratio")


def _small(one: Survey) -> NDArray[np.float64]:
    """(n, 1024): pictures of 32 x 32 pixels with a mean of 0 and a norm of 1."""
    thumbs = np.stack([item.thumb for item in one.prints]).astype(np.float64)
    count, side, _ = thumbs.shape
    rows = thumbs.reshape(count, side // 2, 2, side // 2, 2).mean(axis=(2, 4)).reshape(count, -1)
    rows -= rows.mean(axis=1, keepdims=True)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(lengths > 0, lengths, 1))


def _similarity(mine: Survey, made: Survey, seed: int) -> Similarity | None:
    values = []
    for one in (mine, made):
        patients = one.patients[one.pictured]
        if len(np.unique(patients)) < 2:
            return None
        values.append(ms_ssim_diversity(one.pictures, groups=patients, seed=seed))
    real, synthetic = values
    return Similarity(float(real.mean()), float(real.std()), float(synthetic.mean()), float(synthetic.std()))


# -- what to bear in mind --------------------------------------------------------------------------


def _warnings(mine: Survey, made: Survey, wanted: Sequence[FeatureSet], sizes: dict[str, int]) -> list[str]:
    found = []
    counts = len(mine.members), len(made.members)
    if min(counts) < FEW_IMAGES:
        found.append(
            f"too few images to tell anything for sure: {counts[0]} real and {counts[1]} synthetic, "
            f"and at least {FEW_IMAGES} of each are needed"
        )
    patients = len(np.unique(mine.patients))
    if not mine.patients_known:
        found.append(
            "the patients of the real images are not known: images of one patient may lie in both halves, "
            "and then the floor is too low; give a table with a column patient_id"
        )
    elif patients < FEW_PATIENTS:
        found.append(f"too few patients: {patients}, and at least {FEW_PATIENTS} are needed")
    found += [
        f"few images for {mine.tables[item.name].shape[1]} features ({item.name}): "
        "the Fréchet distance is mostly chance; go by the kernel distance"
        for item in wanted
        if min(counts) // 2 <= mine.tables[item.name].shape[1]
    ]
    return found + _size_warnings(mine, made, sizes) + _made_warnings(made)


def _size_warnings(mine: Survey, made: Survey, sizes: dict[str, int]) -> list[str]:
    real, synthetic = int(np.median(mine.sides_px)), int(np.median(made.sides_px))
    found = []
    if max(real, synthetic) > SIZE_RATIO * min(real, synthetic):
        found.append(
            f"the images differ in size (shorter side {real} px real, {synthetic} px synthetic): sharpness, "
            "noise and spectrum then tell of the resampling; bring both sets to one size in one way"
        )
    smallest = max(sizes.values())
    enlarged = int(sum((one.sides_px < smallest).sum() for one in (mine, made)))
    if enlarged:
        found.append(f"{enlarged} images are smaller than {smallest} px and were enlarged")
    return found


def _made_warnings(made: Survey) -> list[str]:
    count = sum(member.of_a_source for member in made.members)
    if not count:
        return []
    sentence = (
        f"{count} synthetic images were made from images of patients: they are near them by construction, "
        "so the memorisation ratio and near copies say nothing of these"
    )
    return [sentence]
