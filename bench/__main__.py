"""Every figure in one run: `make bench`. Quality on dev and on questions that tuning never saw, speed, memory, start."""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np

from bench.baselines import BASELINES, Search
from bench.burst import print_auditor, print_burst
from bench.commits import print_commits
from bench.curated import print_curated
from bench.outbox import print_outbox
from bench.postgres import print_postgres
from bench.quality import Line, intents, is_right, lines, quality
from bench.register import print_register
from bench.scale import print_scale
from bench.slack import print_slack
from bench.teams import print_teams
from knowledge.dense import load_model, read
from knowledge.document import Document
from knowledge.guide import Guide
from knowledge.lexicon import Lexicon
from knowledge.search import Search as Index
from knowledge.text import clean
from knowledge.verdict import Kinds, intent_of

UNSEEN = Path(__file__).parent / "unseen"
PARTS = 6
START = """
import time, sys
begun = time.perf_counter()
from knowledge.dense import load_model
from knowledge.guide import Guide
guide = Guide.load(load_model() if sys.argv[1] == "dense" else None)
guide.answer("Kuinka usein salasanat pitää vaihtaa?")
seconds = time.perf_counter() - begun
# VmHWM: the greatest memory of this program; ru_maxrss would tell that of the process which started it.
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
print(seconds, int(status["VmHWM"].split()[0]) / 1024, int(status["VmRSS"].split()[0]) / 1024)
"""


def main() -> None:
    """Print the figures as Markdown tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dev", type=Path, help="a folder with qa_dev.jsonl and intents_dev.jsonl")
    parser.add_argument("--misses", action="store_true", help="name the dev questions that went wrong")
    options = parser.parse_args()
    sets = {"unseen": (lines(UNSEEN / "qa.jsonl"), lines(UNSEEN / "intents.jsonl"))}
    if options.dev and options.dev.exists():
        sets["dev"] = (lines(options.dev / "qa_dev.jsonl"), lines(options.dev / "intents_dev.jsonl"))
    model = load_model()
    guides = {"with the dense model": Guide.load(model)} if model else {}
    guides["characters alone"] = Guide.load(None)
    print_quality(guides, sets, print if options.misses else None)
    print_baselines(guides["characters alone"].documents[0], {name: qa for name, (qa, _) in sets.items()})
    print_left_out(guides)
    print_curated(guides)
    print_speed(guides, sets["unseen"][0])
    print_slack([line["question"] for line in sets["unseen"][0]], ["dense", "lexical"] if model else ["lexical"])
    print_burst([line["question"] for line in sets["unseen"][0]], ["dense", "lexical"] if model else ["lexical"])
    print_auditor()
    print_commits()
    print_register()
    print_scale()
    print_outbox()
    print_start(["dense", "lexical"] if model else ["lexical"])
    print_teams()
    print_postgres()


def print_quality(
    guides: dict[str, Guide],
    sets: dict[str, tuple[list[Line], list[Line]]],
    tell: Callable[[str], None] | None,
) -> None:
    """Shares of questions: the right passage, kept in scope, refused out of scope, right intents."""
    print("| Someopas | questions | right first | in first three | kept in scope | refused out of scope | intents |")
    print("|---|---|---|---|---|---|---|")
    for name, guide in guides.items():
        for title, (qa, utterances) in sets.items():
            q = quality(guide, qa, tell if title == "dev" else None)
            right = intents(guide, utterances, tell if title == "dev" else None)
            print(
                f"| {name} | {title} ({q.in_scope} + {q.out_of_scope}) | {q.first:.3f} | {q.three:.3f} | {q.kept:.3f} "
                f"| {q.refused:.3f} | {right:.3f} |"
            )


def print_baselines(document: Document, sets: dict[str, list[Line]]) -> None:
    """The right paragraph first and among three, of what one would use instead."""
    paragraphs = list(dict.fromkeys(p.plain for p in document.paragraphs))
    print("\n| instead of it | questions | right first | in first three |\n|---|---|---|---|")
    for name, build in BASELINES.items():
        search = build(paragraphs)
        for title, qa in sets.items():
            first, three = ranked_right(search, paragraphs, [line for line in qa if line["gold"]])
            print(f"| {name} | {title} | {first:.3f} | {three:.3f} |")


def ranked_right(search: Search, paragraphs: Sequence[str], asked: Sequence[Line]) -> tuple[float, float]:
    """Shares of questions whose right paragraph came first and among the first three."""
    first = three = 0
    for line in asked:
        hits = [is_right(paragraphs[n], line["gold"]) for n in search(line["question"])[:3]]
        first += bool(hits and hits[0])
        three += any(hits)
    return first / len(asked), three / len(asked)


def print_left_out(guides: dict[str, Guide]) -> None:
    """The bank's own questions, judged by a search that never saw any question of the same passage, or a half of them."""
    print("\n| questions of the bank, left out | search | right first | in first three |\n|---|---|---|---|")
    for name, guide in guides.items():
        for title, whole in (("a passage's questions by half", False), ("whole passages' questions", True)):
            first, three = left_out(guide, whole=whole)
            print(f"| {title} | {name} | {first:.3f} | {three:.3f} |")


def left_out(guide: Guide, *, whole: bool) -> tuple[float, float]:
    """Rank every ninth question of the bank unseen."""
    document = guide.documents[0]
    topics = {t.id for t in document.silent}
    asked = [s for s in guide.samples if s.label in document.passages]
    order = {label: i for i, label in enumerate(dict.fromkeys(s.label for s in asked))}
    chance = np.random.default_rng(7).integers(2, size=len(asked))
    first = three = total = 0
    for part in range(PARTS if whole else 2):
        out = np.array([order[s.label] % PARTS == part for s in asked]) if whole else chance == part
        samples = [s for s, o in zip(asked, out, strict=True) if not o]
        index = Index(
            samples, guide.passage_texts(), lambda label: intent_of(label, topics), Lexicon.load(), guide.vectors
        )  # fmt: skip
        kinds = Kinds(index.labels, topics, {s.label for s in samples}, index.intents)
        for s in [s for s, o in zip(asked, out, strict=True) if o][::9]:
            text = [clean(s.text)]
            best = three_paragraphs(document, kinds, kinds.rank(index.look(text, read(guide.vectors, text))))
            right = document.paragraph_of[s.label].text
            first, three, total = first + (best[0] == right), three + (right in best), total + 1
    return first / total, three / total


def three_paragraphs(document: Document, kinds: Kinds, scores: Iterable[float]) -> list[str]:
    """The paragraphs of the best passages, three different ones."""
    order = np.argsort(-np.asarray(list(scores)), kind="stable")
    return list(dict.fromkeys(document.paragraph_of[kinds.passages[i]].text for i in order))[:3]


def print_speed(guides: dict[str, Guide], asked: Sequence[Line]) -> None:
    """Milliseconds for one question, in process, each question once."""
    print("\n| one question, in process | p50 ms | p99 ms |\n|---|---|---|")
    for name, guide in guides.items():
        taken = []
        for line in asked:
            begun = time.perf_counter()
            guide.answer(line["question"], context=line["context"])
            taken.append((time.perf_counter() - begun) * 1000)
        print(f"| {name} | {np.percentile(taken, 50):.1f} | {np.percentile(taken, 99):.1f} |")


def print_start(modes: Sequence[str]) -> None:
    """Seconds from the start of a process to its first answer, and its greatest memory; the middle of five."""
    print("\n| from start to first answer | seconds | MB at most | MB then |\n|---|---|---|---|")
    for mode in modes:
        runs = sorted(
            tuple(map(float, subprocess.check_output([sys.executable, "-c", START, mode], text=True).split()))
            for _ in range(5)
        )
        print(f"| {mode} | {runs[2][0]:.2f} | {runs[2][1]:.0f} | {runs[2][2]:.0f} |")


if __name__ == "__main__":
    main()
