"""Count CLIP's tokens of radgen's own words: ``python tools/build_clip_counts.py VOCABULARY [--check]``.

``VOCABULARY`` is the file ``bpe_simple_vocab_16e6.txt.gz`` that CLIP was released with (Radford et al. 2021,
MIT licence). The words of ``src/radgen/terms/data`` and of the sentences in ``src/radgen/prompt`` go into
``clip_tokens.csv`` with their counts: the length of radgen's own prompts is exact without the vocabulary.
"""

import gzip
import itertools
import re
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[1] / "src" / "radgen"
OUT = ROOT / "terms" / "data" / "clip_tokens.csv"
WORD = re.compile(r"[^\W\d_]+")


def clip_counter(vocabulary: Path) -> Callable[[str], int]:
    """CLIP's count of the tokens of one word, by the merges of its released vocabulary."""
    lines = gzip.decompress(vocabulary.read_bytes()).decode("utf-8").split("\n")[1 : 49152 - 256 - 2 + 1]
    ranks = {tuple(line.split()): rank for rank, line in enumerate(lines)}

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

    return pieces


def main() -> int:
    """Write the file, or check it; the exit code."""
    count = clip_counter(Path(sys.argv[1]))
    files = [*(ROOT / "terms" / "data").glob("*.csv"), *(ROOT / "prompt").glob("*.py")]
    texts = (path.read_text(encoding="utf-8") for path in files if path != OUT)
    words = sorted({word for text in texts for word in WORD.findall(text.lower()) if word.isascii()})
    table = "word,tokens\n" + "".join(f"{word},{count(word)}\n" for word in words)
    if "--check" in sys.argv[2:]:
        return int(OUT.read_text(encoding="utf-8") != table)
    OUT.write_text(table, encoding="utf-8")
    print(OUT)
    return 0


if __name__ == "__main__":
    sys.exit(main())
