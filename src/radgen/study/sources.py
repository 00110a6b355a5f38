"""Source films of an experiment as a folder that `augment_dataset` takes."""

import csv
import io
from collections.abc import Iterable, Mapping
from pathlib import Path

from radgen.errors import StoreError
from radgen.io import encode_mask_png, encode_png, write_atomically
from radgen.study.experiments import Experiment
from radgen.study.samples import Film, Sample, erased, planted

__all__ = ["grouped", "samples_of", "write_samples"]


def samples_of(experiment: Experiment, films: Mapping[str, Film]) -> tuple[Sample, ...]:
    """The films that an experiment works on, each with what is known of it.

    Parameters
    ----------
    experiment : Experiment
        Which.
    films : mapping of str to Film
        What there is.

    Returns
    -------
    tuple of Sample
        Empty for what is made from text alone.
    """
    whole = {name: Sample(name=name, film=film) for name, film in films.items()}
    match experiment.films:
        case "none":
            return ()
        case "erased":
            return tuple(erased(films))
        case "planted":
            return tuple(planted(films))
        case "start":
            return (whole["knee"] if "knee" in whole else next(iter(whole.values())),)
        case "chest":
            return (whole["chest"],) if "chest" in whole else tuple(whole.values())
        case "films":
            return tuple(whole.values())


def grouped(samples: Iterable[Sample]) -> dict[str, tuple[Sample, ...]]:
    """Samples by group, each a folder of its own: two masks on one film are two sources of equal content.

    Parameters
    ----------
    samples : iterable of Sample
        What an experiment works on.

    Returns
    -------
    dict of str to tuple of Sample
        In the order of first appearance; without any sample one group, without a name.

    Examples
    --------
    >>> grouped(())
    {'': ()}
    """
    found: dict[str, tuple[Sample, ...]] = {}
    for sample in samples:
        found[sample.group] = (*found.get(sample.group, ()), sample)
    return found or {"": ()}


def write_samples(samples: Iterable[Sample], folder: Path) -> None:
    """Write films, masks and a table; files that are there with the same content stay as they are.

    Parameters
    ----------
    samples : iterable of Sample
        What to write.
    folder : Path
        Made if it is not there.

    Raises
    ------
    StoreError
        If it cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{folder} cannot be written: {error.strerror}") from error
    table = io.StringIO(newline="")
    writer = csv.DictWriter(table, fieldnames=["file_name", "split", "mask"], lineterminator="\n")
    writer.writeheader()
    samples = tuple(samples)
    for sample in samples:
        _write(folder / f"{sample.name}.png", encode_png(sample.film.image, sample.film.provenance))
        mask = ""
        if sample.mask is not None:
            mask = f"{sample.name}_mask.png"
            _write(folder / mask, encode_mask_png(sample.mask))
        writer.writerow({"file_name": f"{sample.name}.png", "split": "train", "mask": mask})
    if samples:
        _write(folder / "metadata.csv", table.getvalue().encode())


def _write(path: Path, data: bytes) -> None:
    if not (path.is_file() and path.read_bytes() == data):
        write_atomically(path, data)
