"""From a folder with a label table to the list that a training loop reads.

Labels that are known to hold are taken as they are. One unverified label is taken too, by a decision that
stands in the code.
"""

import json
import tempfile
from collections import Counter
from pathlib import Path

from radgen import augment_dataset, augment_image, write_image

PLAN = """
[[variants]]
name = "mild"
operation = "vary"

[[variants]]
name = "nodule"
operation = "add_finding"
finding = { finding = "nodule" }
mask = { kind = "ellipse", center = [0.5, 0.28], radii = [0.1, 0.08] }
where = { labels = { Nodule = 0 }, views = ["PA"] }

# Negatives that were edited too, so that "edited" does not come to mean "nodule".
[[variants]]
name = "no_nodule"
operation = "restore"
mask = { kind = "ellipse", center = [0.5, 0.28], radii = [0.1, 0.08] }
where = { labels = { Nodule = 0 }, views = ["PA"] }
"""

TABLE = """file_name,patient_id,split,view,Nodule
a.png,p1,train,PA,0
b.png,p2,train,PA,0
c.png,p3,test,PA,0
"""


def make_films(folder: Path) -> None:
    """Three phantoms of three people, and their table."""
    folder.mkdir()
    for seed, name in enumerate(("a.png", "b.png", "c.png")):
        drawn = augment_image(None, {"operation": "generate", "spec": {}, "size": (256, 240)}, seed=seed)
        write_image(drawn.image, folder / name, drawn.provenance)
    (folder / "labels.csv").write_text(TABLE, encoding="utf-8")


def main() -> None:
    """Augment, read the manifest, and keep what may be trained on."""
    with tempfile.TemporaryDirectory() as folder:
        films, out, plan = Path(folder, "films"), Path(folder, "out"), Path(folder, "plan.toml")
        make_films(films)
        plan.write_text(PLAN, encoding="utf-8")
        summary = augment_dataset(films, out, plan)
        assert summary.exit_code == 0

        lines = (out / "metadata.jsonl").read_text(encoding="utf-8").splitlines()
        rows = [json.loads(line) for line in lines]
        counted: Counter[str] = Counter()
        for row in rows:
            origin = row["label_origins"]["Nodule"]
            counted[f"{row['variant']}: Nodule is {origin}, {row['labels']['Nodule']}"] += 1
        for what, count in sorted(counted.items()):
            print(f"{count} x {what}")

        training = []
        for row in rows:
            nodule = row["labels"]["Nodule"]
            if nodule is None and row["variant"] == "no_nodule":
                # radgen leaves this to us. The embedded backend fills from the surroundings and has no
                # nodules to put there: we take the source's label.
                nodule = row["unverified_labels"]["Nodule"]
            if nodule is not None:
                training.append((row["file_name"], nodule))
        print(f"{len(training)} of {len(rows)} images have a Nodule label to train on")
        assert {row["split"] for row in rows} == {"train"}  # nothing was made of the test patient


if __name__ == "__main__":
    main()
