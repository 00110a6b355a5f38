"""Images that an edit shows besides the one it edits: named by a plan, found, fit to the canvas."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from radgen.augment.canvas import codes_of
from radgen.augment.mask_spec import Frozen
from radgen.errors import InputError
from radgen.geometry import Placement, SizeRule, Transport
from radgen.io import Scan, Source, read_image
from radgen.protocol import Pixels8
from radgen.terms import ImageOrigin

__all__ = ["MOST_REFERENCES", "Album", "Reference", "References", "identity_of", "show"]

MOST_REFERENCES = 15
"""What the most generous model takes besides the image that it edits."""


class References(Frozen):
    """Further images that the model sees, and that stay as they are.

    Parameters
    ----------
    files : list of path
        Images of any format that radgen reads, relative to the plan's file.
    same_patient : int
        So many other images of the same patient and split, in the order of the scan. A source that has
        fewer fails, with the reason.
    """

    files: tuple[Path, ...] = ()
    same_patient: Annotated[int, Field(ge=0, le=MOST_REFERENCES)] = 0

    @field_validator("files")
    @classmethod
    def _beside_the_plan(cls, files: tuple[Path, ...], info: ValidationInfo) -> tuple[Path, ...]:
        folder = (info.context or {}).get("folder")
        return files if folder is None else tuple(Path(folder, path) for path in files)

    @model_validator(mode="after")
    def _some(self) -> Self:
        if not 1 <= self.wanted <= MOST_REFERENCES:
            raise ValueError(f"1 to {MOST_REFERENCES} images in all: name 'files', or set 'same_patient'")
        return self

    @property
    def wanted(self) -> int:
        """How many images."""
        return len(self.files) + self.same_patient


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """One image to be shown.

    Parameters
    ----------
    path : Path
        Its file.
    frame : int
        Which frame of it.
    digest : str
        SHA-256 of the file.
    """

    path: Path
    frame: int = 0
    digest: str


class Album:
    """Finds what a plan's variants want to show.

    Parameters
    ----------
    wanted : mapping of str to References
        By variant.
    scan : Scan
        Where other images of a patient are.

    Raises
    ------
    InputError
        If a file cannot be read, naming the variant.
    """

    def __init__(self, wanted: Mapping[str, References], scan: Scan) -> None:
        self._wanted = wanted
        self._files = {name: tuple(_files(name, spec)) for name, spec in wanted.items()}
        self._patients: dict[tuple[str, str], list[Source]] = {}
        if any(spec.same_patient for spec in wanted.values()):
            for source in scan.sources:
                if source.patient_key is not None:
                    self._patients.setdefault(_patient(source), []).append(source)

    def of(self, variant: str, source: Source | None) -> tuple[Reference, ...]:
        """What a variant shows with a source: its files, then as many others of the patient as there are."""
        spec = self._wanted.get(variant)
        if spec is None:
            return ()
        known = source is not None and source.patient_key is not None
        family = self._patients.get(_patient(source), []) if known and source is not None else []
        others = [
            Reference(path=other.path, frame=other.frame, digest=other.digest)
            for other in family
            if source is None or (other.uri, other.frame) != (source.uri, source.frame)
        ]
        return (*self._files[variant], *others[: spec.same_patient])


def show(
    references: Sequence[Reference], spec: References, rule: SizeRule
) -> tuple[tuple[Pixels8, ...], ImageOrigin]:
    """Read references and fit them to a backend's canvas, each by a transport of its own.

    Parameters
    ----------
    references : sequence of Reference
        What was found.
    spec : References
        What was wanted.
    rule : SizeRule
        Sizes that the backend accepts.

    Returns
    -------
    tuple of (rows, cols[, 3]) uint8, and ImageOrigin
        The images; acquired if one of them is.

    Raises
    ------
    InputError
        If there are fewer than wanted, or one cannot be read.
    """
    lacking = spec.wanted - len(references)
    if lacking:
        raise InputError(
            f"it is to be shown with {spec.same_patient} other images of its patient and split, and there "
            f"are {spec.same_patient - lacking}: lower same_patient"
        )
    shown, origins = [], set()
    for reference in references:
        image = read_image(reference.path, frame=reference.frame)
        placement = Placement.fit(image.shape, rule, aspect=image.info.aspect)
        shown.append(placement.apply(codes_of(image, Transport.fit(image))))
        origins.add(image.info.origin)
    acquired = origins - {ImageOrigin.SYNTHETIC}
    return tuple(shown), ImageOrigin.ACQUIRED if acquired else ImageOrigin.SYNTHETIC


def _patient(source: Source) -> tuple[str, str]:
    return source.patient_key or "", source.split or "train"


def _files(variant: str, spec: References) -> Iterator[Reference]:
    for path in spec.files:
        try:
            yield Reference(path=path, digest=hashlib.sha256(path.read_bytes()).hexdigest())
        except OSError as error:
            raise InputError(
                f"variant {variant!r}: reference {path} cannot be read ({error.strerror})"
            ) from error


def identity_of(references: Sequence[Reference], spec: References) -> dict[str, Any]:
    """What of references determines an image: their content, and how many were wanted."""
    return {"sha256": [[item.digest, item.frame] for item in references], "wanted": spec.wanted}
