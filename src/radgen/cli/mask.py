"""``radgen mask``."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, cast

import typer

from radgen.cli.terminal import OUT, AsJson, print_json

__all__ = ["mask"]


def mask(
    image: Annotated[Path, typer.Argument(help="A DICOM, PNG, JPEG, TIFF or NIfTI image.")],
    out: Annotated[Path | None, typer.Argument(help="PNG file for the mask.")] = None,
    *,
    file: Annotated[Path | None, typer.Option("--from", help="SEG, RTSTRUCT, NIfTI, COCO, CSV, PNG.")] = None,
    select: Annotated[list[str] | None, typer.Option(help="Name in that file (repeatable).")] = None,
    box: Annotated[list[str] | None, typer.Option(help="TOP,LEFT,BOTTOM,RIGHT in pixels.")] = None,
    ellipse: Annotated[list[str] | None, typer.Option(help="ROW,COLUMN,ROWS,COLUMNS: centre, radii.")] = None,
    polygon: Annotated[list[str] | None, typer.Option(help="'ROW,COLUMN ROW,COLUMN ...' in pixels.")] = None,
    anatomy: Annotated[list[str] | None, typer.Option(help="A structure, such as 'left lung'.")] = None,
    random: Annotated[float | None, typer.Option(help="Share of the image of a random shape.")] = None,
    shape: Annotated[str, typer.Option(help="Random shape: blob, ellipse, polygon or strokes.")] = "blob",
    within: Annotated[str | None, typer.Option(help="Structure the random shape does not leave.")] = None,
    seed: Annotated[int, typer.Option(help="Another seed, another random shape.", min=0)] = 0,
    fill_holes: Annotated[bool, typer.Option("--fill-holes", help="Take in what is enclosed.")] = False,
    largest: Annotated[bool, typer.Option("--largest", help="Keep the largest connected part.")] = False,
    grow_px: Annotated[float, typer.Option(help="Grow, or shrink if negative, in pixels.")] = 0.0,
    grow_mm: Annotated[float, typer.Option(help="The same in mm.")] = 0.0,
    invert: Annotated[bool, typer.Option("--invert", help="Everything else.")] = False,
    polarity: Annotated[str, typer.Option(help="radgen, or an endpoint's: alpha, white, black.")] = "radgen",
    overlay: Annotated[Path | None, typer.Option(help="PNG file for the mask over the image.")] = None,
    view: Annotated[str | None, typer.Option(help="PA, AP ..., where the image does not say it.")] = None,
    frame: Annotated[int, typer.Option(help="Of a multi-frame image, from 0.", min=0)] = 0,
    list_names: Annotated[bool, typer.Option("--list", help="Say what the file --from holds.")] = False,
    as_json: AsJson = False,
) -> None:
    """Make a mask of one image: what the options name, united; then filled, reduced, grown, inverted."""
    from radgen.augment import MaskOptions, draw_mask, list_masks

    if list_names:
        found = list_masks(image, file, frame=frame)
        content: Any = {name: asdict(facts) for name, facts in found.items()}
        lines = [f"{name}: {facts}" for name, facts in found.items()] or ["nothing in it lies on this image"]
    else:
        options = MaskOptions(
            file=file, select=select or (), boxes=box or (), ellipses=ellipse or (), polygons=polygon or (),
            anatomy=anatomy or (), random_fraction=random, random_shape=shape, within=within, largest=largest,
            fill_holes=fill_holes, grow_px=grow_px, grow_mm=grow_mm, invert=invert, view=view,
        )  # fmt: skip
        drawn = draw_mask(
            image, options, out=out, picture=overlay, polarity=cast("Any", polarity), frame=frame, seed=seed
        )
        content, lines = {"out": out, "overlay": overlay, **asdict(drawn)}, [str(drawn)]
    if as_json:
        print_json(content)
    else:
        OUT.print(*lines, sep="\n", soft_wrap=True)
