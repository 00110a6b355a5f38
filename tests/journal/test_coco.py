"""The COCO file of an output folder: what is listed in it, and when there is none."""

import json
from pathlib import Path
from typing import Any

from radgen.journal import JobState, Journal, PlannedJob, export_objects


def told(*boxes: list[float], **more: list[Any]) -> dict[str, Any]:
    """Objects as the manifest has them."""
    count = len(boxes)
    listed = {"bbox": list(boxes), "categories": ["nodule"] * count, "area": [1.0] * count}
    return {**listed, "segmentation": [[]] * count, "rle": [""] * count, **more}


def settle(journal: Journal, *rows: dict[str, Any]) -> None:
    """Jobs that are done, with these rows."""
    journal.jobs.seed(
        PlannedJob(id=str(number), ordinal=number, source=None, variant="v") for number in range(len(rows))
    )
    for number, row in enumerate(rows):
        image = {"file_name": f"images/v/{number}.png", "rows": 4, "cols": 6, "split": "train"}
        journal.jobs.settle(str(number), JobState.DONE, row={**image, **row})


def test_only_images_whose_objects_hold_are_listed(tmp_path: Path) -> None:
    """An image without objects is a true negative; one with a doubtful object would be a false one."""
    with Journal.open(tmp_path) as journal:
        settle(
            journal,
            {"objects": told([1.0, 1.0, 1.0, 1.0]), "unverified_objects": told()},
            {"objects": told([1.0, 1.0, 1.0, 1.0]), "unverified_objects": told([2.0, 2.0, 1.0, 1.0])},
            {"objects": told(), "unverified_objects": told()},
            {},  # of an earlier version
            {
                "objects": told([0.0, 0.0, 6.0, 1.0], categories=["rib"], rle=["01"]),
                "unverified_objects": told(),
            },
        )
        path = export_objects(journal)
    assert path is not None
    content = json.loads(path.read_text(encoding="utf-8"))
    assert [image["file_name"][-5] for image in content["images"]] == ["0", "2", "3", "4"]
    assert [(item["image_id"], item["category_id"]) for item in content["annotations"]] == [(1, 1), (4, 2)]
    assert content["annotations"][1]["segmentation"] == {"size": [4, 6], "counts": "01"}
    assert content["categories"] == [{"id": 1, "name": "nodule"}, {"id": 2, "name": "rib"}]


def test_without_objects_there_is_no_file(tmp_path: Path) -> None:
    """A file of an earlier run that would no longer be true is removed."""
    with Journal.open(tmp_path) as journal:
        (tmp_path / "annotations.json").write_text("{}")
        settle(journal, {"objects": told(), "unverified_objects": told()})
        assert export_objects(journal) is None
    assert not (tmp_path / "annotations.json").exists()
