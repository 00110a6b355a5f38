"""radgen: generative augmentation of radiology images, with promises.

Everything here is loaded when it is first used: ``import radgen`` itself costs next to nothing.
"""

from importlib import import_module

TYPE_CHECKING = False  # type checkers take it for True; `typing` is most of what importing would cost
if TYPE_CHECKING:
    from radgen.annotation import Annotation
    from radgen.augment import (
        AugmentPlan,
        Event,
        Outcome,
        Summary,
        Variant,
        augment_dataset,
        augment_image,
        default_plan,
        forecast,
        load_plan,
        rejudge,
    )
    from radgen.backends import available_backends, get_backend
    from radgen.drive import Limits
    from radgen.geometry import Placement, SizeRule, Transport
    from radgen.image import DisplayMap, ImageInfo, RadImage, Rescale, Window
    from radgen.io import Scan, Source, convert, read_image, scan, write_dicom, write_image
    from radgen.mask import Mask
    from radgen.privacy import PrivacyPolicy
    from radgen.prompt import (
        CTSpec,
        DXASpec,
        FindingSpec,
        FluoroscopySpec,
        MammogramSpec,
        MRSpec,
        NuclearSpec,
        Prompt,
        RadiographSpec,
        SpecGrid,
        Style,
        UltrasoundSpec,
        prompt_from,
        prompt_from_labels,
        sample_prompts,
        write_prompt,
    )
    from radgen.protocol import (
        Answer,
        Capabilities,
        EditRequest,
        FlatPrice,
        GenerateRequest,
        ImageBackend,
        ImageRequest,
        VariationRequest,
    )
    from radgen.provenance import Provenance
    from radgen.quality import (
        Bounds,
        Check,
        Checklist,
        CheckResult,
        Evidence,
        FolderReport,
        Gate,
        Reference,
        Rule,
        Verdict,
        check_folder,
        fit_reference,
        load_reference,
        save_reference,
    )
    from radgen.quality.copies import find_copies
    from radgen.quality.sets import SetReport, compare_sets

_HOMES = {
    "radgen.annotation": ("Annotation",),
    "radgen.augment": (
        "AugmentPlan", "Event", "Outcome", "Summary", "Variant", "augment_dataset", "augment_image",
        "default_plan", "forecast", "load_plan", "rejudge",
    ),
    "radgen.backends": ("available_backends", "get_backend"),
    "radgen.drive": ("Limits",),
    "radgen.geometry": ("Placement", "SizeRule", "Transport"),
    "radgen.image": ("DisplayMap", "ImageInfo", "RadImage", "Rescale", "Window"),
    "radgen.io": ("Scan", "Source", "convert", "read_image", "scan", "write_dicom", "write_image"),
    "radgen.mask": ("Mask",),
    "radgen.privacy": ("PrivacyPolicy",),
    "radgen.prompt": (
        "CTSpec", "DXASpec", "FindingSpec", "FluoroscopySpec", "MRSpec", "MammogramSpec", "NuclearSpec",
        "Prompt", "RadiographSpec", "SpecGrid", "Style", "UltrasoundSpec", "prompt_from",
        "prompt_from_labels", "sample_prompts", "write_prompt",
    ),
    "radgen.protocol": (
        "Answer", "Capabilities", "EditRequest", "FlatPrice", "GenerateRequest", "ImageBackend",
        "ImageRequest", "VariationRequest",
    ),
    "radgen.provenance": ("Provenance",),
    "radgen.quality": (
        "Bounds", "Check", "CheckResult", "Checklist", "Evidence", "FolderReport", "Gate", "Reference",
        "Rule", "Verdict", "check_folder", "fit_reference", "load_reference", "save_reference",
    ),
    "radgen.quality.copies": ("find_copies",),
    "radgen.quality.sets": ("SetReport", "compare_sets"),
}  # fmt: skip
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "Annotation",
    "Answer",
    "AugmentPlan",
    "Bounds",
    "CTSpec",
    "Capabilities",
    "Check",
    "CheckResult",
    "Checklist",
    "DXASpec",
    "DisplayMap",
    "EditRequest",
    "Event",
    "Evidence",
    "FindingSpec",
    "FlatPrice",
    "FluoroscopySpec",
    "FolderReport",
    "Gate",
    "GenerateRequest",
    "ImageBackend",
    "ImageInfo",
    "ImageRequest",
    "Limits",
    "MRSpec",
    "MammogramSpec",
    "Mask",
    "NuclearSpec",
    "Outcome",
    "Placement",
    "PrivacyPolicy",
    "Prompt",
    "Provenance",
    "RadImage",
    "RadiographSpec",
    "Reference",
    "Rescale",
    "Rule",
    "Scan",
    "SetReport",
    "SizeRule",
    "Source",
    "SpecGrid",
    "Style",
    "Summary",
    "Transport",
    "UltrasoundSpec",
    "Variant",
    "VariationRequest",
    "Verdict",
    "Window",
    "__version__",
    "augment_dataset",
    "augment_image",
    "available_backends",
    "check_folder",
    "compare_sets",
    "convert",
    "default_plan",
    "find_copies",
    "fit_reference",
    "forecast",
    "get_backend",
    "load_plan",
    "load_reference",
    "prompt_from",
    "prompt_from_labels",
    "read_image",
    "rejudge",
    "sample_prompts",
    "save_reference",
    "scan",
    "write_dicom",
    "write_image",
    "write_prompt",
]


def __getattr__(name: str) -> object:
    """Load a public name from its room on first use."""
    if name == "__version__":
        from importlib.metadata import version  # noqa: PLC0415 - reading metadata costs more than this module

        return version("radgen")
    if name not in _HOME_OF:
        raise AttributeError(f"module 'radgen' has no attribute {name!r}")
    value = getattr(import_module(_HOME_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
