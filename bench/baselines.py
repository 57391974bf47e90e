"""What one would use instead, on the same paragraphs: ready search engines with Finnish stemming, or without."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Sequence

import bm25s
import Stemmer
import tantivy

Search = Callable[[str], list[int]]
"""From a question to the numbers of the paragraphs, best first."""
WORD = re.compile(r"\w+")


def whitespace_bm25(paragraphs: Sequence[str]) -> Search:
    """BM25 on lower-cased words as they are parted by white space."""
    index = bm25s.BM25()
    index.index([p.casefold().split() for p in paragraphs], show_progress=False)
    return lambda question: _best(index, question.casefold().split(), len(paragraphs))


def snowball_bm25(paragraphs: Sequence[str]) -> Search:
    """bm25s on the stems of Snowball's Finnish stemmer."""
    stemmer = Stemmer.Stemmer("finnish")

    def stems(text: str) -> list[str]:
        return list(stemmer.stemWords(WORD.findall(text.casefold())))

    index = bm25s.BM25()
    index.index([stems(p) for p in paragraphs], show_progress=False)
    return lambda question: _best(index, stems(question), len(paragraphs))


def fts5_trigram(paragraphs: Sequence[str]) -> Search:
    """SQLite's full-text search on trigrams, any of the question's words."""
    db = sqlite3.connect(":memory:")
    db.execute("create virtual table p using fts5(text, tokenize = 'trigram')")
    db.executemany("insert into p (rowid, text) values (?, ?)", enumerate(paragraphs))

    def search(question: str) -> list[int]:
        grams = {w[i : i + 3] for w in WORD.findall(question.casefold()) for i in range(len(w) - 2)}
        if not grams:
            return []
        wanted = " OR ".join(f'"{g}"' for g in sorted(grams))
        return [row[0] for row in db.execute("select rowid from p where p match ? order by rank limit 3", (wanted,))]

    return search


def tantivy_finnish(paragraphs: Sequence[str]) -> Search:
    """Tantivy with its Finnish stemmer."""
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("text", stored=False, tokenizer_name="finnish")
    builder.add_integer_field("n", stored=True)
    index = tantivy.Index(builder.build())
    analyser = (
        tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
        .filter(tantivy.Filter.lowercase())
        .filter(tantivy.Filter.stemmer("finnish"))
        .build()
    )
    index.register_tokenizer("finnish", analyser)
    writer = index.writer()
    for n, text in enumerate(paragraphs):
        writer.add_document(tantivy.Document(text=text, n=n))
    writer.commit()
    index.reload()
    searcher = index.searcher()

    def search(question: str) -> list[int]:
        words = " ".join(WORD.findall(question.casefold()))
        hits = searcher.search(index.parse_query(words, ["text"]), 3).hits if words else []
        return [searcher.doc(address)["n"][0] for _, address in hits]

    return search


BASELINES: dict[str, Callable[[Sequence[str]], Search]] = {
    "BM25 on whitespace": whitespace_bm25,
    "SQLite FTS5 trigram": fts5_trigram,
    "bm25s with Snowball": snowball_bm25,
    "Tantivy, Finnish stemmer": tantivy_finnish,
}


def _best(index: bm25s.BM25, tokens: list[str], size: int) -> list[int]:
    if not tokens:
        return []
    found, scores = index.retrieve([tokens], k=min(3, size), show_progress=False)
    return [int(n) for n, score in zip(found[0], scores[0], strict=True) if score > 0]
