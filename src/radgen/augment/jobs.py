"""Jobs: one variant on one source, one copy. Pure: the same plan and sources give the same jobs and ids."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from radgen.augment.mask_spec import parts_of
from radgen.augment.plan import (
    AugmentPlan,
    DifferenceMask,
    FileMask,
    IntersectionMask,
    MaskSpec,
    RandomMask,
    SourceMask,
    UnionMask,
    Variant,
    Where,
)
from radgen.augment.references import Album, Reference, identity_of
from radgen.drive import AttemptKey, seed_for
from radgen.errors import InputError
from radgen.image import ImageInfo
from radgen.io import Scan, Source
from radgen.prompt import ImageSpec, parse
from radgen.protocol import Capabilities
from radgen.terms import LabelValue, Operation, Verb

__all__ = ["Job", "expand", "matches", "require_able"]

UNKNOWN = ImageInfo()
ID_SCHEMA = 1
"""Raised when the meaning of an id changes; ids are pinned by tests."""
FINISH_OPTIONS = frozenset({"feather_px"})
"""Options that only `finish` reads. No request depends on them, so no seed may: kept answers still fit."""
_KINDS_WITHOUT_WORD = {"box", "ellipse", "random"}
"""Kinds that the first ids did not spell out; their options tell them apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One image to be made.

    Parameters
    ----------
    id : str
        Hash of everything that determines the image; 32 hexadecimal digits.
    ordinal : int
        Place in the run.
    rank : int
        Place within its variant.
    variant : Variant
        What to do.
    source : Source, optional
        What to do it to; ``None`` for ``generate``.
    copy : int
        Which of the copies.
    drawn_as : str
        Id that seeds and random masks follow from: that of the job with every option at its default that only
        `finish` reads. Jobs that differ in those make the same requests.
    references : tuple of Reference
        Further images that the model is to see.
    """

    id: str
    ordinal: int
    rank: int
    variant: Variant
    source: Source | None
    copy: int
    drawn_as: str
    references: tuple[Reference, ...] = ()

    def seed_for(self, key: AttemptKey) -> int:
        """The seed of one of the job's requests."""
        return seed_for(replace(key, job_id=self.drawn_as))

    @property
    def spec(self) -> ImageSpec | None:
        """The description of what is to be generated; ``None`` for other operations."""
        return self.variant.described(self.copy)


def expand(plan: AugmentPlan, scan: Scan, *, backend: str) -> Iterator[Job]:
    """List the jobs of a plan, lazily and always in the same order.

    Parameters
    ----------
    plan : AugmentPlan
        What to make.
    scan : Scan
        What there is to make it from.
    backend : str
        Name of the backend; another backend makes other images.

    Yields
    ------
    Job
        Source by source, so that neighbours share their source; generated images last.

    Examples
    --------
    >>> from radgen.augment.plan import default_plan
    >>> from pathlib import Path
    >>> films = Scan(sources=(Source(uri="a.png", path=Path("a.png"), digest="00"),))
    >>> [(job.variant.name, job.source.uri) for job in expand(default_plan(), films, backend="procedural")]
    [('mild', 'a.png')]
    """
    ranks = dict.fromkeys((variant.name for variant in plan.variants), 0)
    digests = {variant.name: _file_digests(variant) for variant in plan.variants}
    album = Album({item.name: item.references for item in plan.variants if item.references}, scan)
    sources: list[Source | None] = [*scan.sources, None]
    ordinal = 0
    for source in sources:
        for variant in plan.variants:
            generates = variant.operation is Operation.GENERATE
            if generates != (source is None) or (source is not None and not matches(variant.where, source)):
                continue
            references = album.of(variant.name, source)
            options = _identifying(variant, source, references, digests[variant.name])
            for copy in range(variant.copies):
                job_id, drawn_as = _job_ids(plan, options, source, copy, backend)
                yield Job(
                    id=job_id,
                    ordinal=ordinal,
                    rank=ranks[variant.name],
                    variant=variant,
                    source=source,
                    copy=copy,
                    drawn_as=drawn_as,
                    references=references,
                )
                ordinal += 1
                ranks[variant.name] += 1


def matches(where: Where, source: Source) -> bool:
    """Whether a variant takes a source.

    Parameters
    ----------
    where : Where
        The variant's conditions.
    source : Source
        What the scan found.

    Returns
    -------
    bool
        A source without a split counts as training data.

    Examples
    --------
    >>> from pathlib import Path
    >>> held_out = Source(uri="a.png", path=Path("a.png"), digest="00", split="test")
    >>> matches(Where(), held_out), matches(Where(splits=("test",)), held_out)
    (False, True)
    """
    return (
        (source.split or "train") in where.splits
        and all(_same(source.labels.get(name), value) for name, value in where.labels.items())
        and (not where.modalities or source.info.modality in where.modalities)
        and (not where.views or source.info.view in where.views)
    )


def require_able(plan: AugmentPlan, able: Capabilities, *, backend: str) -> None:
    """Refuse a plan that a backend cannot carry out, before the first job.

    Parameters
    ----------
    plan : AugmentPlan
        What is asked.
    able : Capabilities
        What can be done.
    backend : str
        Name for the message.

    Raises
    ------
    InputError
        Naming the variant and what is missing.
    """
    for variant in plan.variants:
        verbs = _verbs(variant.operation)
        if not verbs & set(able.verbs):
            raise InputError(
                f"variant {variant.name!r}: {backend} cannot {variant.operation.value}: that needs "
                f"{' or '.join(sorted(verbs))}, and it offers {', '.join(sorted(able.verbs))}"
            )
        if variant.references is not None and variant.references.wanted > able.max_references:
            raise InputError(
                f"variant {variant.name!r}: {backend} takes {able.max_references} reference images, and the "
                f"variant shows {variant.references.wanted}"
            )
        if variant.prompt is not None and not able.reads_prompts and not _is_plain(variant):
            raise InputError(
                f"variant {variant.name!r}: {backend} does not read prompts: leave 'prompt' out and use "
                "restore, remove, extend or add_finding, write an edit as in 'add a nodule in the right "
                "upper lobe', or choose another backend"
            )


def _is_plain(variant: Variant) -> bool:
    """Whether a closed vocabulary is enough to know what an edit is to do."""
    if variant.operation is not Operation.EDIT or variant.prompt is None:
        return False
    found = parse(variant.prompt)
    adds = found.operation in {None, Operation.ADD_FINDING} and found.spec is not None
    return not found.unknown and (
        (adds and bool(found.spec and found.spec.findings))
        or found.operation in {Operation.REMOVE, Operation.RESTORE}
    )


def _verbs(operation: Operation) -> set[Verb]:
    """Any of these carries an operation out."""
    if operation is Operation.GENERATE:
        return {Verb.GENERATE}
    return {Verb.VARIATION, Verb.EDIT} if operation is Operation.VARY else {Verb.EDIT}


def _same(found: LabelValue, wanted: LabelValue) -> bool:
    return found == wanted or (found is not None and wanted is not None and str(found) == str(wanted))


def _file_digests(variant: Variant) -> dict[Path, str]:
    """Content of the mask files that serve every source."""
    parts = () if variant.mask is None else parts_of(variant.mask)
    digests = {}
    for path in {part.path for part in parts if isinstance(part, FileMask)}:
        try:
            digests[path] = hashlib.sha256(path.read_bytes()).hexdigest()
        except OSError as error:
            raise InputError(
                f"variant {variant.name!r}: mask {path} cannot be read ({error.strerror})"
            ) from error
    return digests


def _identifying(
    variant: Variant, source: Source | None, references: tuple[Reference, ...], digests: Mapping[Path, str]
) -> dict[str, Any]:
    """The options that determine an image, without defaults; the content of files in place of their paths."""
    options = variant.model_dump(mode="json", exclude_defaults=True)
    for not_content in ("copies", "where"):
        options.pop(not_content, None)
    if variant.spec is not None and variant.spec.kind != "radiograph":
        options["spec"]["kind"] = variant.spec.kind  # the first ids knew radiographs only
    if variant.mask is not None:
        options["mask"] = _mask_identity(variant.mask, source, digests)
        if variant.mask.kind in _KINDS_WITHOUT_WORD:
            del options["mask"]["kind"]
    if variant.references is not None:
        options["references"] = identity_of(references, variant.references)
    return options


def _job_ids(
    plan: AugmentPlan, options: Mapping[str, Any], source: Source | None, copy: int, backend: str
) -> tuple[str, str]:
    """Hashes of everything that determines the image, and of everything that determines its requests."""
    content: dict[str, Any] = {
        "schema": ID_SCHEMA,
        "backend": backend,
        "copy": copy,
        "options": options,
        "seed": plan.seed,
        "source": None if source is None else _identity(source),
    }
    asked = {name: value for name, value in options.items() if name not in FINISH_OPTIONS}
    job_id = _hashed(content)
    return job_id, job_id if asked == options else _hashed({**content, "options": asked})


def _hashed(content: Mapping[str, Any]) -> str:
    """Hash of canonical JSON."""
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode()).hexdigest()[:32]


def _mask_identity(spec: MaskSpec, source: Source | None, digests: Mapping[Path, str]) -> dict[str, Any]:
    """A mask's kind and options, defaults left out; the content of files in place of their paths."""
    identity = {**spec.model_dump(mode="json", exclude_defaults=True), "kind": spec.kind}
    match spec:
        case FileMask():
            identity["sha256"] = digests[spec.path]
            del identity["path"]
        case SourceMask():
            identity["sha256"] = _source_mask_digest(source)
        case RandomMask() if spec.within is not None:
            identity["within"] = _mask_identity(spec.within, source, digests)
        case UnionMask() | IntersectionMask() | DifferenceMask():
            identity["of"] = [_mask_identity(part, source, digests) for part in spec.of]
        case _:
            pass
    return identity


def _identity(source: Source) -> Mapping[str, Any]:
    """Content and place (two equal files are two sources), and what is known of the image if anything is."""
    image_facts = replace(source.info, window=None, lossy=False)  # these two change no image
    known = {name: value for name, value in asdict(image_facts).items() if value != getattr(UNKNOWN, name)}
    identity = {"digest": source.digest, "frame": source.frame, "uri": source.uri}
    return {**identity, "info": known} if known else identity


def _source_mask_digest(source: Source | None) -> str | None:
    if source is None or source.mask_path is None:
        return None
    try:
        return hashlib.sha256(source.mask_path.read_bytes()).hexdigest()
    except OSError:
        return "unreadable"  # the job itself will say so
