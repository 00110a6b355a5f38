"""A folder of images, and what the privacy guard would say of each; nothing is sent or written."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from radgen.augment.engine import default_workers
from radgen.augment.shown import Surroundings, shown_of_whole, surroundings_of
from radgen.errors import InputError
from radgen.io import Frames, Source, read_image, scan
from radgen.privacy import Action, PrivacyPolicy, Screen
from radgen.prompt import Prompt
from radgen.protocol import VariationRequest

__all__ = ["GuardItem", "GuardSummary", "guard_folder"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardItem:
    """What the guard says of one file.

    Parameters
    ----------
    file : str
        Path relative to the folder; ``#frame=7`` behind it for other frames than the first.
    decision : {"allow", "redact", "block"}
        What would become of it.
    reasons : tuple of str
        Why, without any text of the image.
    """

    file: str
    decision: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardSummary:
    """What the guard says of a folder.

    Parameters
    ----------
    images : int
        How many were looked at.
    blocked : int
        How many of them would not be sent.
    items : tuple of GuardItem
        One for each image, and for each file that cannot be used.
    """

    images: int
    blocked: int
    items: tuple[GuardItem, ...]


def guard_folder(
    folder: str | os.PathLike[str],
    labels: str | os.PathLike[str] | None = None,
    *,
    policy: PrivacyPolicy | None = None,
    frames: Frames = "first",
    screen: Screen | None = None,
    on_item: Callable[[GuardItem, int], object] | None = None,
) -> GuardSummary:
    """Tell for each image of a folder whether it could go to a remote backend as a whole.

    A masked edit sends less than the whole: what a mask erases, and what lies outside the crop, does not
    count against it when a plan is carried out.

    Parameters
    ----------
    folder : path
        The images.
    labels : path, optional
        A table elsewhere.
    policy : PrivacyPolicy, optional
        What is declared. Without a basis everything is looked at as if one were declared.
    frames : {"first", "all"} or int
        Of multi-frame files.
    screen : Screen, optional
        Another way to look; its policy counts.
    on_item : callable, optional
        Called with every item and how many there will be, in the order of the files.

    Returns
    -------
    GuardSummary
        In the order of the files.

    Raises
    ------
    InputError
        If the folder holds no image that can be used.

    Examples
    --------
    >>> import tempfile, numpy as np
    >>> from pathlib import Path
    >>> from radgen.io import encode_display_png
    >>> with tempfile.TemporaryDirectory() as films:
    ...     _ = Path(films, "a.png").write_bytes(encode_display_png(np.full((64, 64), 90, np.uint8)))
    ...     found = guard_folder(films, screen=Screen(policy=PrivacyPolicy(basis="public"), search=None))
    >>> found.blocked, found.items[0].reasons
    (1, ("text in the pixels cannot be looked for, and there is no header that speaks of it: pip ...",))
    """
    if screen is None:
        policy = policy or PrivacyPolicy()
        screen = Screen(policy=policy if policy.basis else replace(policy, basis="public"))
    looked_by = screen
    found = scan(folder, labels, frames=frames)
    near, total = surroundings_of(found), len(found.sources)
    items = [
        GuardItem(file=problem.uri, decision=Action.BLOCK.value, reasons=(problem.reason,))
        for problem in found.problems
    ]
    with ThreadPoolExecutor(default_workers()) as pool:
        for item in pool.map(lambda source: _looked_at(source, looked_by, near), found.sources):
            items.append(item)
            if on_item is not None:
                on_item(item, total)
    items.sort(key=lambda item: item.file)
    blocked = sum(item.decision == Action.BLOCK for item in items)
    return GuardSummary(images=total, blocked=blocked, items=tuple(items))


def _looked_at(source: Source, screen: Screen, near: Surroundings) -> GuardItem:
    """One image, as if all of it were sent at native resolution."""
    try:
        image = read_image(source.path, frame=source.frame)
        shown = shown_of_whole(source, image, near)
        request = VariationRequest(prompt=Prompt("the same"), image=shown.placement.apply(shown.picture))
        decision = screen.clear(request, shown, remote=True).decision
    except InputError as error:
        reason = str(error).replace(str(source.path), "the file").removeprefix("the file: ")
        return GuardItem(file=source.uri, decision=Action.BLOCK.value, reasons=(reason,))
    return GuardItem(file=source.uri, decision=decision.action.value, reasons=decision.reasons)
