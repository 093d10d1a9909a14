"""The catalogue says each term of docs/words.md in its one way."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from tests.config import extraction

ROOT = Path(__file__).resolve().parents[2]
WORDS, TEMPLATES = ROOT / "docs" / "words.md", ROOT / "templates"


class Term(NamedTuple):
    english: str
    japanese: str
    never: tuple[str, ...]


def terms(text: str) -> list[Term]:
    """The rows of the table; raises ValueError where a row does not have four cells."""
    rows = [line.strip("|").split("|") for line in text.splitlines() if line.startswith("| ")][1:]
    made = []
    for row in rows:
        english, japanese, never, _means = (cell.strip() for cell in row)
        made.append(Term(english, japanese, tuple(filter(None, re.split(r"[、,]\s*", never)))))
    return made


def texts(message: Message) -> Sequence[str]:
    return message.string if isinstance(message.string, tuple) else (message.string,)


def wrong(catalogue: Catalog, table: Sequence[Term]) -> list[str]:
    """What the catalogue says otherwise than the table."""
    found = []
    known = {term.english.lower(): term for term in table}
    for message in (one for one in catalogue if one.id):
        source = message.id[0] if isinstance(message.id, tuple) else message.id
        term = known.get(source.lower())
        if term and not message.context and any(text != term.japanese for text in texts(message)):
            found.append(f"{source}: {' '.join(texts(message))}, not {term.japanese}")
        found += [
            f"{source}: “{word}” in {text}"
            for term in table
            for word in term.never
            for text in texts(message)
            if word in text
        ]
    return found


@pytest.fixture(scope="module")
def catalogue() -> Catalog:
    with extraction.CATALOGUE.open("rb") as file:
        return read_po(file, locale="ja")


def test_each_term_has_its_one_rendering(catalogue: Catalog):
    assert wrong(catalogue, terms(WORDS.read_text())) == []


def test_each_term_stands_once_in_the_table_and_somewhere_on_a_page(catalogue: Catalog):
    names = [term.english.lower() for term in terms(WORDS.read_text())]
    sources = " ".join((one.id[0] if isinstance(one.id, tuple) else one.id).lower() for one in catalogue if one.id)
    assert len(names) > 50
    assert len(set(names)) == len(names)
    assert [name for name in names if name not in sources] == []


def test_no_paragraph_or_heading_begins_with_a_particle(catalogue: Catalog):
    """English may go on from the heading above; Japanese that begins with は says of nothing what it says."""
    opened = re.compile(r'<(?:p|h\d|li|dd|td|th|div)\b[^>]*>\s*{% translate "([^"]+)" %}')
    shown = {text for page in TEMPLATES.rglob("*.html") for text in opened.findall(page.read_text())}
    said = {text: str(found.string) for text in shown if (found := catalogue.get(text))}
    assert len(said) > 100
    assert [text for text in said.values() if re.match(r"は(?!い|じ)|[がをの]", text)] == []


def test_another_rendering_and_a_word_that_is_not_said_are_found():
    catalogue = Catalog(locale="ja")
    catalogue.add("milestone", "節目")
    catalogue.add("Cover", "代わる", context="verb")
    catalogue.add(("%(n)s seat", "%(n)s seats"), ("%(n)s席数",))
    table = terms(
        "| term | Japanese | not | means |\n|---|---|---|---|\n| Milestone | マイルストーン | 節目 | |\n| Cover | 代理 | 代行 | |\n| Seats | ライセンス数 | 席数 | |"
    )
    assert wrong(catalogue, table) == [
        "milestone: 節目, not マイルストーン", "milestone: “節目” in 節目", "%(n)s seat: “席数” in %(n)s席数",
    ]  # fmt: skip
