"""Learned checks: with a stand-in classifier, and with torchxrayvision where it is installed."""

from pathlib import Path

import numpy as np
import pytest

from radgen.errors import InputError, MissingExtraError
from radgen.image import ImageInfo, RadImage
from radgen.quality import Check, Checklist, Evidence, Verdict
from radgen.quality.checks.learned import LabelAgreement, ViewAgreement
from radgen.quality.checks.xrv import model_name, xrv_findings, xrv_pixels
from radgen.terms import Finding


def test_the_least_probable_finding_counts(film: RadImage) -> None:
    """All findings that were asked for have to be seen; those without a name are left out."""
    said = {"Effusion": 0.9, "Pneumothorax": 0.2}
    check = LabelAgreement(classify=lambda _: said)
    both = Evidence(result=film, findings=(Finding.PLEURAL_EFFUSION, Finding.PNEUMOTHORAX))
    assert (check(both).value, check(both).verdict) == (0.2, Verdict.WARN)
    assert check(Evidence(result=film, findings=(Finding.PLEURAL_EFFUSION,))).verdict is Verdict.PASS
    assert check(Evidence(result=film, findings=(Finding.MASS,))).verdict is Verdict.SKIP
    assert check(Evidence(result=film)).verdict is Verdict.SKIP


def test_views(film: RadImage) -> None:
    """A lateral film that looks frontal warns; what is no chest film is skipped."""
    check = ViewAgreement(classify=lambda _: {"Frontal": 0.8, "Lateral": 0.2})
    lateral = RadImage(film.pixels, info=ImageInfo(region="CHEST", view="LL"))  # type: ignore[arg-type]
    assert check(Evidence(result=film)).verdict is Verdict.PASS
    assert check(Evidence(result=lateral)).verdict is Verdict.WARN
    assert check(Evidence(result=RadImage(film.pixels))).verdict is Verdict.SKIP


def test_they_are_checks_like_any_other(film: RadImage) -> None:
    """A checklist runs them last, under their ids."""
    check = LabelAgreement(classify=lambda _: {})
    assert isinstance(check, Check)
    assert Checklist(extra=(check,)).run(Evidence(result=film))[-1].id == "label_agreement"


def test_nothing_is_downloaded(tmp_path: Path) -> None:
    """A file that is not there, or that torchxrayvision would fetch another for, is refused."""
    with pytest.raises(InputError, match="none is downloaded"):
        xrv_findings(tmp_path / "none.pt")
    with pytest.raises(InputError, match="none of torchxrayvision's files"):
        model_name("mine.pt", {"densenet121-res224-all": {"weights_url": "https://host/all.pt"}})


def test_pixels_are_what_torchxrayvision_wants() -> None:
    """224 x 224 from the middle square, from -1024 to 1024."""
    picture = np.zeros((300, 500), np.float32)
    picture[:, 100:400] = 1
    pixels = xrv_pixels(picture)
    assert pixels.shape == (224, 224)
    assert pixels.min() == 1024
    assert xrv_pixels(np.zeros((8, 8), np.float32)).max() == -1024


def test_without_torchxrayvision_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says what to install."""
    monkeypatch.setitem(__import__("sys").modules, "torchxrayvision", None)
    (tmp_path / "some.pt").touch()
    with pytest.raises(MissingExtraError, match=r"radgen\[xrv\]"):
        xrv_findings(tmp_path / "some.pt")


def test_weights_of_noise_answer(tmp_path: Path, film: RadImage) -> None:
    """A file with torchxrayvision's name and random weights goes all the way to a verdict."""
    torch = pytest.importorskip("torch", reason="torch is not installed")
    xrv = pytest.importorskip("torchxrayvision", reason="torchxrayvision is not installed")
    told = xrv.models.model_urls["densenet121-res224-all"]
    path = tmp_path / Path(told["weights_url"]).name
    torch.manual_seed(0)
    torch.save(xrv.models.DenseNet(num_classes=len(told["labels"])), path)
    check = LabelAgreement(classify=xrv_findings(path))
    result = check(Evidence(result=film, findings=(Finding.PNEUMOTHORAX,)))
    assert result.value is not None
    assert 0 <= result.value <= 1
