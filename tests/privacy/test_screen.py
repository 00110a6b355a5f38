"""The guard at the door: what is looked at, how often, and what may go."""

import threading
from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from numpy.typing import NDArray

from radgen.detect import TextBox
from radgen.geometry import Box, Placement, SizeRule
from radgen.image import ImageInfo, RadImage
from radgen.mask import Mask
from radgen.privacy import Action, PrivacyPolicy, Screen, Shown
from radgen.privacy.shown import on_canvas
from radgen.prompt import Prompt
from radgen.protocol import EditRequest, GenerateRequest, VariationRequest
from radgen.terms import BodyRegion, ImageOrigin, Modality

PUBLIC, REDACT = PrivacyPolicy(basis="public"), PrivacyPolicy(basis="public", text="redact")
NAME = (10, 10, 20, 60)
INK = 250


@dataclass
class Reader:
    """Finds the box of a name wherever its ink is seen, and counts how often it is asked."""

    text: str = "DOE JANE"
    asked: list[tuple[int, ...]] = field(default_factory=list)

    def __call__(self, picture: NDArray[np.uint8]) -> tuple[TextBox, ...]:
        """Look."""
        self.asked.append(picture.shape)
        rows, cols = np.nonzero(picture == INK)
        if not rows.size:
            return ()
        box = int(rows.min()), int(cols.min()), int(rows.max()) + 1, int(cols.max()) + 1
        return (TextBox(box, 0.9, self.text),)


def film(shape: tuple[int, int] = (100, 120), **info: object) -> RadImage:
    """A film with a name on it."""
    pixels = np.full(shape, 90, np.uint8)
    pixels[NAME[0] : NAME[2], NAME[1] : NAME[3]] = INK
    return RadImage(pixels, info=replace(ImageInfo(), **info))  # type: ignore[arg-type]


def shown_of(image: RadImage, crop: Box | None = None, **options: object) -> Shown:
    """A source of which a part is sent."""
    place = Placement.fit(image.shape, SizeRule())
    if crop is not None:
        place = replace(place, crop=crop, canvas=crop.shape, inner=Box(0, 0, *crop.shape))
    return replace(Shown(key="a", source=image, placement=place), **options)  # type: ignore[arg-type]


def asked_of(shown: Shown) -> EditRequest:
    """The edit that shows it."""
    pixels = shown.source.pixels.astype(np.uint8)
    return EditRequest(prompt=Prompt("Restore"), image=shown.placement.apply(pixels))


def action(screen: Screen, shown: Shown, *, remote: bool = True) -> Action:
    """What becomes of the request that shows it."""
    return screen.clear(asked_of(shown), shown, remote=remote).decision.action


def test_text_blocks_and_a_crop_without_it_goes() -> None:
    """What is found outside the crop does not count; a crop that holds a corner of it does."""
    screen = Screen(policy=PUBLIC, search=Reader())
    assert action(screen, shown_of(film())) is Action.BLOCK
    assert action(screen, shown_of(film(), Box(15, 50, 90, 110))) is Action.BLOCK
    assert action(screen, shown_of(film(), Box(20, 0, 90, 110))) is Action.ALLOW
    assert action(screen, shown_of(film(), Box(0, 60, 90, 110))) is Action.ALLOW


def test_what_is_erased_is_not_sent() -> None:
    """Text wholly inside what was erased does not count; text that sticks out does."""
    screen = Screen(policy=PUBLIC, search=Reader())
    whole = Mask.box((100, 120), top=8, left=8, bottom=22, right=62)
    part = Mask.box((100, 120), top=8, left=8, bottom=22, right=40)
    assert action(screen, shown_of(film(), hidden=whole)) is Action.ALLOW
    assert action(screen, shown_of(film(), hidden=part)) is Action.BLOCK


def test_a_source_is_read_once() -> None:
    """For all requests that show it, by threads at the same time too, and at its own resolution."""
    reader = Reader()
    screen = Screen(policy=PUBLIC, search=reader)
    shown = shown_of(film(), Box(20, 0, 90, 110))
    threads = [threading.Thread(target=action, args=(screen, shown)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert reader.asked == [(100, 120)]
    action(screen, replace(shown, key="b"))
    assert len(reader.asked) == 2


def test_a_reader_that_fails_is_asked_again() -> None:
    """An error is nobody's answer."""
    calls: list[int] = []

    def failing(_: NDArray[np.uint8]) -> tuple[TextBox, ...]:
        calls.append(1)
        raise MemoryError

    screen = Screen(policy=PUBLIC, search=failing)
    for _ in range(2):
        with pytest.raises(MemoryError):
            action(screen, shown_of(film()))
    assert len(calls) == 2


def test_nobody_looks_where_nobody_has_to() -> None:
    """Local backends, synthetic pixels, requests without pixels, and what is blocked anyway."""
    reader = Reader()
    screen = Screen(policy=PUBLIC, search=reader)
    assert action(screen, shown_of(film()), remote=False) is Action.ALLOW
    assert action(screen, shown_of(film(origin=ImageOrigin.SYNTHETIC))) is Action.ALLOW
    drawn = GenerateRequest(prompt=Prompt("An x-ray"), size=(8, 8))
    assert screen.clear(drawn, None, remote=True).decision.action is Action.ALLOW
    assert action(Screen(policy=PrivacyPolicy(), search=reader), shown_of(film())) is Action.BLOCK
    assert reader.asked == []


def test_redaction_fills_the_upload_only() -> None:
    """The name is gone from what is sent, its surroundings and the source stay as they are."""
    shown = shown_of(film())
    asked = asked_of(shown)
    cleared = Screen(policy=REDACT, search=Reader()).clear(asked, shown, remote=True)
    assert cleared.decision.action is Action.REDACT
    assert isinstance(cleared.request, EditRequest)
    assert cleared.boxes == ((3, 3, 27, 67),)
    assert (cleared.request.image == 90).all()
    assert (asked.image == INK).any()
    assert (shown.source.pixels == INK).any()


def test_what_is_left_after_redaction_blocks() -> None:
    """If the reader still sees something, nothing is sent."""
    shown = shown_of(film())
    stubborn = TextBox(NAME, 0.9, "DOE JANE")
    cleared = Screen(policy=REDACT, search=lambda _: (stubborn,)).clear(asked_of(shown), shown, remote=True)
    assert cleared.decision.action is Action.BLOCK
    assert cleared.decision.reasons[-1] == "text is left after redaction"


def test_what_shows_once_other_text_is_gone_is_filled_too() -> None:
    """A fainter text is filled in a second round; what is sent was looked at last."""
    faint = 200
    pixels = film().pixels.copy()
    pixels[60:66, 20:50] = faint
    shown = shown_of(RadImage(pixels))

    def search(picture: NDArray[np.uint8]) -> tuple[TextBox, ...]:
        if (picture == INK).any():
            return (TextBox(NAME, 0.9, "DOE JANE"),)
        return (TextBox((60, 20, 66, 50), 0.9, "WARD 4"),) if (picture == faint).any() else ()

    screen = Screen(policy=REDACT, search=search)
    cleared = screen.clear(asked_of(shown), shown, remote=True)
    assert (cleared.decision.action, len(cleared.boxes)) == (Action.REDACT, 2)
    assert isinstance(cleared.request, EditRequest)
    assert set(np.unique(cleared.request.image)) == {90}


def test_redaction_is_looked_at_once_for_all_that_show_the_source() -> None:
    """Another crop of the same source is not read again, and text beyond it is not counted."""
    reader = Reader()
    screen = Screen(policy=REDACT, search=reader)
    for crop in (None, Box(15, 50, 90, 110), Box(12, 0, 90, 110)):
        shown = shown_of(film(), crop)
        cleared = screen.clear(asked_of(shown), shown, remote=True)
        assert isinstance(cleared.request, EditRequest)
        assert len(cleared.boxes) == 1
        assert not (cleared.request.image == INK).any()
    assert len(reader.asked) == 2


def test_markers_stay() -> None:
    """They are neither redacted nor a reason to block."""
    shown = shown_of(film())
    screen = Screen(policy=REDACT, search=Reader(text="AP SUPINE"))
    cleared = screen.clear(asked_of(shown), shown, remote=True)
    assert (cleared.decision.action, cleared.boxes) == (Action.ALLOW, ())


def test_a_marker_that_is_the_patients_name_is_none() -> None:
    """Identifiers of the table come before the list of markers."""
    shown = shown_of(film(), identifiers=("LEFT",))
    screen = Screen(policy=PUBLIC, search=Reader(text="LEFT"))
    decision = screen.clear(asked_of(shown), shown, remote=True).decision
    assert decision.action is Action.BLOCK
    assert "matches" in decision.reasons[0]


def test_pixels_without_a_source_and_references_are_read_too() -> None:
    """What a client uploads is looked at as it is; text in a reference cannot be redacted."""
    screen = Screen(policy=REDACT, search=Reader())
    written, clean = film().pixels.astype(np.uint8), np.full((100, 120), 90, np.uint8)
    prompt = Prompt("Brighter")
    varied = screen.clear(VariationRequest(prompt=prompt, image=written), remote=True)
    assert varied.decision.action is Action.REDACT
    beside = screen.clear(EditRequest(prompt=prompt, image=clean, references=(written,)), remote=True)
    assert beside.decision.action is Action.BLOCK
    alone = screen.clear(EditRequest(prompt=prompt, image=clean), remote=True)
    assert alone.decision.action is Action.ALLOW


def test_no_reader_blocks() -> None:
    """Nobody knows what is written, and unknown is no."""
    shown = shown_of(film())
    decision = Screen(policy=PUBLIC, search=None).clear(asked_of(shown), shown, remote=True).decision
    assert decision.action is Action.BLOCK
    assert "radgen[ocr]" in decision.reasons[0]


def test_without_the_packages_there_is_no_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    """A screen asks for the extra when it is made."""
    monkeypatch.setattr("radgen.privacy.screen.can_find_text", lambda: False)
    assert Screen(policy=PUBLIC).search is None


def test_heads_are_known_by_modality_and_region() -> None:
    """CT of a head is one, a skull film and CT of a chest are none."""
    assert shown_of(film(modality=Modality.CT, region=BodyRegion.HEAD)).is_head
    assert not shown_of(film(modality=Modality.DX, region=BodyRegion.SKULL)).is_head
    assert not shown_of(film(modality=Modality.CT, region=BodyRegion.CHEST)).is_head


@pytest.mark.parametrize("scale", [0.5, 1.0, 2.3])
def test_every_pixel_of_a_text_lies_in_its_box_on_the_canvas(scale: float) -> None:
    """Whatever the crop, the scale and the offset: what is painted in the box is nowhere else when sent."""
    rng = np.random.default_rng(3)
    for _ in range(40):
        down, right = int(rng.integers(0, 30)), int(rng.integers(0, 30))
        base = np.zeros((130 + down, 140 + right), np.uint8)
        top, left = int(rng.integers(0, 80)), int(rng.integers(0, 80))
        box = (top, left, top + int(rng.integers(1, 20)), left + int(rng.integers(1, 40)))
        base[down + box[0] : down + box[2], right + box[1] : right + box[3]] = 255
        crop = Box(int(rng.integers(0, 60)), int(rng.integers(0, 60)), 110, 120)
        size = round(crop.shape[0] * scale), round(crop.shape[1] * scale)
        inner = Box(3, 2, 3 + size[0], 2 + size[1])
        place = Placement(base.shape, crop, (size[0] + 6, size[1] + 4), inner)
        source = RadImage(np.zeros((130, 140), np.uint8))
        found = on_canvas(box, Shown(key="a", source=source, placement=place, offset=(down, right)))
        sent = place.apply(base)[place.inner.slices].copy()
        if found is not None:  # resampling spreads an edge by two pixels
            rows = slice(max(found[0] - 5, 0), found[2] - 1)
            sent[rows, max(found[1] - 4, 0) : found[3]] = 0
        assert int(sent.max(initial=0)) <= 24
