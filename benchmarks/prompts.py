"""Sample 500 descriptions over all kinds of images: ``python benchmarks/prompts.py [--clip VOCABULARY]``.

Prints how many are invalid, over a limit, the same, or read back as something else, and what it costs. With
``--clip`` (the file ``bpe_simple_vocab_16e6.txt.gz`` that CLIP was released with) the count of tokens is held
against CLIP's own.
"""

import gzip
import itertools
import re
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from radgen.prompt import (
    CLIP,
    CTSpec,
    ImageSpec,
    PromptLimit,
    Style,
    clip_tokens,
    draw_specs,
    parse,
    prompt_from_labels,
    render,
    validate,
    write_prompt,
)
from radgen.terms import Operation, label_sets

COUNT = 500
LIMITS = (PromptLimit("32,000 characters", chars=32_000), PromptLimit("1,000 characters", chars=1000), CLIP)


def stated(spec: ImageSpec) -> ImageSpec:
    """A description as far as its sentence says it: nothing is said twice."""
    whole = spec.laterality
    said = (replace(item, laterality=None) if item.laterality is whole else item for item in spec.findings)
    spec = replace(spec, findings=tuple(said))
    if isinstance(spec, CTSpec) and spec.phase is not None:
        return replace(spec, contrast=None)
    return spec


def main() -> None:
    """Print the figures."""
    start = time.process_time()
    specs = draw_specs(COUNT, seed=1)
    drawn = time.process_time() - start
    print(f"{COUNT} descriptions drawn in {drawn:.2f} s of CPU: {dict(Counter(spec.kind for spec in specs))}")
    print(f"with an error or a warning: {sum(bool(validate(spec)) for spec in specs)}")
    for style in (Style.PAPER, Style.CONCISE, Style.DETAILED):
        start = time.process_time()
        texts = [render(Operation.GENERATE, spec.modality, spec, style=style) for spec in specs]
        each = (time.process_time() - start) / COUNT
        longest = max(texts, key=len)
        print(
            f"{style.value:9} {len(set(texts))} different, longest {len(longest)} characters and "
            f"{max(map(clip_tokens, texts))} tokens, {each * 1e6:.0f} us each"
        )
    for limit in LIMITS:
        written = [write_prompt(spec, limit=limit) for spec in specs]
        over = sum(limit.excess(item.text) is not None for item in written)
        shorter = Counter(item.style.value for item in written)
        print(f"limit of {limit.model}: {over} over it; written as {dict(shorter)}")
    for style in (Style.CONCISE, Style.DETAILED):
        start = time.process_time()
        wrong = sum(
            parse(render(Operation.GENERATE, spec.modality, spec, style=style)).spec != stated(spec)
            for spec in specs
        )
        each = (time.process_time() - start) / COUNT
        print(f"read back from {style.value}: {wrong} differ, {each * 1e3:.2f} ms each")
    labels = [(name, label) for name, item in label_sets().items() for label in item.labels]
    made = {pair: prompt_from_labels({pair[1]: 1}, pair[0]).text for pair in labels}
    print(f"{len(made)} labels of {len(label_sets())} sets have a prompt")
    if "--clip" in sys.argv:
        compare(specs, clip_counter(Path(sys.argv[sys.argv.index("--clip") + 1])))


def compare(specs: list[ImageSpec], real: Callable[[str], int]) -> None:
    """Print how the count of tokens relates to CLIP's own."""
    texts = [
        render(Operation.GENERATE, spec.modality, spec, style=style)
        for spec in specs
        for style in (Style.PAPER, Style.CONCISE, Style.DETAILED)
    ]
    ratios = sorted(clip_tokens(text) / real(text) for text in texts)
    short = sum(ratio < 1 for ratio in ratios)
    print(
        f"tokens counted over CLIP's own, {len(texts)} prompts: median {ratios[len(ratios) // 2]:.2f}, "
        f"{ratios[0]:.2f} to {ratios[-1]:.2f}; too few in {short}"
    )


def clip_counter(vocabulary: Path) -> Callable[[str], int]:
    """CLIP's count of tokens, by the merges in its released vocabulary (Radford et al. 2021)."""
    lines = gzip.decompress(vocabulary.read_bytes()).decode("utf-8").split("\n")[1 : 49152 - 256 - 2 + 1]
    ranks = {tuple(line.split()): rank for rank, line in enumerate(lines)}
    words = re.compile(r"'s|'t|'re|'ve|'m|'ll|'d|[^\W\d_]+|\d|[^\s\w]+|_+")

    def pieces(word: str) -> int:
        parts = [*word[:-1], word[-1] + "</w>"]
        while len(parts) > 1:
            known = [ranks.get(pair, len(ranks)) for pair in itertools.pairwise(parts)]
            best = min(known)
            if best == len(ranks):
                break
            place = known.index(best)
            parts[place : place + 2] = [parts[place] + parts[place + 1]]
        return len(parts)

    return lambda text: 2 + sum(pieces(word) for word in words.findall(text.lower()))


if __name__ == "__main__":
    main()
