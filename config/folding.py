"""Folding texts for search: without case, accents, character width, or a difference between the two kana.

The database folds stored texts (functions of accounts 0037), ``fold`` typed ones; a test compares their results.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Any, Final

from django.contrib.postgres.fields import ArrayField
from django.db import migrations
from django.db.models import Func, Q, QuerySet, TextField

KATAKANA: Final = "".join(map(chr, range(0x30A1, 0x30F7)))
HIRAGANA: Final = "".join(map(chr, range(0x3041, 0x3097)))
# Unicode does not decompose letters with a stroke; the final sigma folds to the other one.
LETTERS: Final = ("øłđħŧıς", "oldhtiσ")
ALIKE: Final = str.maketrans(KATAKANA + LETTERS[0], HIRAGANA + LETTERS[1])
ACCENTS: Final = re.compile("[\u0300-\u036f]")
# The separators of words, after full-width signs have become ASCII.
BETWEEN: Final = re.compile(
    r"[\t-\r -/:-@\[-`{-~\u00a0-\u00a9\u00ab-\u00b4\u00b6-\u00b9\u00bb-\u00bf\u2010-\u205e\u3000-\u3003\u3008-\u301f\u30fb]+"
)
MOST: Final = 8  # further words of a search text are ignored


def fold(text: str) -> str:
    """``Ａｏｂａ・ﾌﾞﾂﾘｭｳ`` as ``aoba ぶつりゅう``: words in lower case with one space between."""
    plain = ACCENTS.sub("", unicodedata.normalize("NFKD", text))
    lower = "".join(letter.lower()[:1] for letter in unicodedata.normalize("NFC", plain))
    return BETWEEN.sub(" ", lower.translate(ALIKE)).strip(" ")


@dataclass(frozen=True)
class Wanted:
    """The words of a search; a text matches with all of them, a single character only at the beginning of a word."""

    words: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> Wanted:
        return cls(tuple(dict.fromkeys(fold(text).split(" ")))[:MOST] if fold(text) else ())

    def __bool__(self) -> bool:
        return bool(self.words)

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts that a searched text, which begins with a space, must contain."""
        return tuple(word if len(word) > 1 else f" {word}" for word in self.words)

    @property
    def grams(self) -> list[str]:
        return sorted({part[n : n + 2] for part in self.parts for n in range(len(part) - 1)})

    def fits(self, *texts: str) -> bool:
        """Whether these texts together have all the words."""
        searched = "".join(f" {fold(text)} {fold(text).replace(' ', '')}" for text in texts)
        return bool(self.words) and all(part in searched for part in self.parts)


class SearchText(Func):
    """The search text of a row: its columns folded, each also without its spaces."""

    function = "search_text"
    output_field = TextField()


class SearchGrams(Func):
    """Every two neighbouring characters of the search text; indexes of earlier migrations have them as an expression."""

    function = "search_grams"
    output_field = ArrayField(TextField())

    def __init__(self, *columns: Any, **extra: Any) -> None:
        super().__init__(SearchText(*columns), **extra)


class KeptGrams(Func):
    """``SearchGrams`` of the columns, from the column in which their table keeps them (``keep_grams``)."""

    output_field = ArrayField(TextField())

    def as_sql(self, compiler: Any, connection: Any, *_: Any, **__: Any) -> tuple[str, tuple[()]]:  # noqa: ARG002 (Django names it)
        first_column, _parameters = compiler.compile(self.get_source_expressions()[0])
        table = first_column.rpartition(".")[0]
        return f'{table}."{KEPT}"' if table else f'"{KEPT}"', ()


KEPT: Final = "searched_grams"
# An index on the expression would compute it anew for each row that moves, which takes ten times as long as the move
# itself. Standing rows take the column as a generated one, so that filling it is no change of them.
KEEP_GRAMS: Final = """
ALTER TABLE {table} ADD COLUMN {kept} text[] GENERATED ALWAYS AS ({standing}) STORED;
ALTER TABLE {table} ALTER COLUMN {kept} DROP EXPRESSION;

CREATE FUNCTION grams_of_{table}() RETURNS trigger LANGUAGE plpgsql AS $search$
BEGIN
    NEW.{kept} := {coming};
    RETURN NEW;
END $search$;

CREATE TRIGGER keep_grams BEFORE INSERT OR UPDATE OF {columns} ON {table}
FOR EACH ROW EXECUTE FUNCTION grams_of_{table}();
"""
FORGET_GRAMS: Final = """
DROP TRIGGER keep_grams ON {table};
DROP FUNCTION grams_of_{table}();
ALTER TABLE {table} DROP COLUMN {kept};
"""


def keep_grams(table: str, *columns: str) -> migrations.RunSQL:
    """The migration operation after which rows of ``table`` keep the grams of ``columns``, for ``KeptGrams``."""
    grams = "search_grams(search_text({}))"
    return migrations.RunSQL(
        KEEP_GRAMS.format(
            table=table,
            kept=KEPT,
            columns=", ".join(columns),
            standing=grams.format(", ".join(columns)),
            coming=grams.format(", ".join(f"NEW.{column}" for column in columns)),
        ),
        FORGET_GRAMS.format(table=table, kept=KEPT),
    )


def having(wanted: Wanted, text: str, grams: str) -> Q:
    """The condition that rows match; ``text`` and ``grams`` are columns, or annotations of ``searched``."""
    parts = Q(**{f"{grams}__contains": wanted.grams})
    for part in wanted.parts:
        parts &= Q(**{f"{text}__contains": part})
    return parts


def searched(rows: QuerySet[Any], *columns: str) -> QuerySet[Any]:
    """``rows`` with ``searched_text`` and ``searched_grams`` of ``columns``. Their table keeps and indexes the latter."""
    return rows.alias(searched_text=SearchText(*columns), searched_grams=KeptGrams(*columns))
