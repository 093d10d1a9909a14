"""A mapping written as text is read back as the same mapping."""

from __future__ import annotations

import datetime as dt
import tomllib
from dataclasses import fields, replace
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.imports import durations
from accounts.imports.cells import Formats
from accounts.imports.dating import NAMED
from accounts.imports.durations import SECONDS
from accounts.imports.mapping import CHOICES, SHIPPED, Reader, find
from accounts.imports.maps import LINE, FieldMap, FileMap, Join, Mapping
from accounts.imports.marked import is_factor
from accounts.imports.writing import text_of, toml

WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
NAMES = WORDS.filter(bool)
TABLES = st.dictionaries(WORDS, WORDS, max_size=3)
CONDITIONS = st.dictionaries(WORDS, st.tuples(WORDS) | st.tuples(WORDS, WORDS), max_size=2)
LISTS = st.lists(WORDS, max_size=3).map(tuple)
FOLDED = st.frozensets(WORDS.map(str.casefold), min_size=1, max_size=3)
DAYS = st.dates(dt.date(2000, 1, 1), dt.date(2040, 1, 1))
NOTATIONS = st.lists(st.sampled_from(sorted(NAMED)) | WORDS.map("%{}".format), max_size=3).map(tuple)
FORMATS = st.builds(
    Formats,
    dates=NOTATIONS,
    instants=NOTATIONS,
    true=FOLDED,
    false=FOLDED,
    decimal=st.sampled_from(".,"),
    list_separator=NAMES,
    zone=st.sampled_from(["UTC", "Asia/Tokyo", "Europe/Berlin"]).map(ZoneInfo),
    marks=st.lists(WORDS.filter(lambda word: not is_factor(word)), max_size=3).map(tuple),
    round=st.booleans(),
    null_words=FOLDED | st.just(frozenset()),
    no_end=FOLDED | st.just(frozenset()),
)
READ = {
    "join": WORDS,
    "values": TABLES,
    "last_day": st.booleans(),
    "times": st.integers(-10_000, 10_000).map(Decimal)
    | st.decimals("-99", "99", places=4).map(Decimal.normalize)
    | st.just(Decimal(1) / 12),
    "tax": st.decimals(0, 99, places=1),
    "minor_units": st.booleans(),
    "through": WORDS,
    "dates": NOTATIONS,
}
OF_COLUMNS = st.builds(
    FieldMap,
    name=WORDS,
    columns=st.lists(WORDS, min_size=1, max_size=3).map(tuple),
    by=LISTS,
    per=st.sampled_from([(), ("interval_count",)]),
    whole_term=st.booleans(),
    unit=st.sampled_from(["", durations.DAYS, durations.MONTHS]),
    first=st.booleans(),
    attributes=TABLES,
    **READ,
)
DURATIONS = st.builds(
    lambda field, after, seconds: replace(field, after=after, seconds=seconds, unit=""),
    OF_COLUMNS,
    NAMES,
    st.sampled_from(sorted(SECONDS.values())),
)
CONSTANTS = st.builds(FieldMap, name=WORDS, constant=WORDS, **READ)
# A few are enough: their texts are written as all texts are.
JOINS = st.sampled_from([
    (),
    (Join("of.csv", "of_id", "nr", "of", optional=True),),
    (Join('a "b".csv', "a\\b", called="製品"), Join("c.csv", "製品.id", called="a.b")),
])  # fmt: skip
FIELDS = st.lists(OF_COLUMNS | DURATIONS | CONSTANTS, max_size=4, unique_by=lambda field: field.name).map(tuple)
FILES = st.builds(
    FileMap,
    name=NAMES,
    into=WORDS,
    source=st.just("crm"),
    fields=FIELDS,
    formats=FORMATS,
    sheet=WORDS,
    skip_lines=st.integers(0, 100),
    encoding=st.sampled_from(["utf-8", "cp932", "utf-16"]),
    delimiter=st.sampled_from(",;\t|"),
    escape=st.sampled_from(["", "\\", "/"]),
    escaped=st.booleans(),
    ignore=st.frozensets(WORDS, max_size=3),
    optional=st.booleans(),
    core_features=LISTS,
    as_of=st.none() | DAYS,
    correction=st.booleans(),
    history=st.booleans(),
    skip=CONDITIONS,
    only=CONDITIONS,
    latest_by=st.sampled_from(["", LINE, "updated_at"]),
    joins=JOINS,
    **{name: st.sampled_from(("", *words)) for name, words in CHOICES.items()},
)
MAPPINGS = st.builds(
    Mapping,
    title=WORDS,
    source=st.just("crm"),
    day=st.none() | DAYS,
    currency=WORDS,
    files=st.lists(FILES, min_size=1, max_size=3).map(tuple),
)


def again(mapping: Mapping) -> Mapping:
    """The mapping as the reader reads its text."""
    return Reader("own.toml").mapping(tomllib.loads(text_of(mapping), parse_float=Decimal))


@given(MAPPINGS)
def test_any_mapping_is_read_back_as_it_was(mapping: Mapping) -> None:
    assert again(mapping) == mapping


@given(MAPPINGS)
def test_the_same_mapping_is_the_same_text(mapping: Mapping) -> None:
    assert text_of(again(mapping)) == text_of(mapping)


@pytest.mark.parametrize("name", sorted(path.stem for path in SHIPPED.glob("*.toml")))
def test_shipped_mappings_are_read_back_as_they_are(name: str) -> None:
    assert again(find(name)) == find(name)


def test_the_property_makes_every_setting_that_a_mapping_has() -> None:
    """A setting that the mapping language learns must be written as well: name it in the strategies above."""
    made = {FileMap: FILES, FieldMap: OF_COLUMNS, Formats: FORMATS, Mapping: MAPPINGS}
    for kind, strategy in made.items():
        given_names = set(strategy.wrapped_strategy.kwargs)  # type: ignore[attr-defined]
        own = {"constant", "after", "seconds", "of_one"} | {
            "conceded",
            "is_part",
            "by_hand",
            "of_file",
            "elsewhere",
            "is_mended",
        }  # written otherwise; what no mapping says
        assert {field.name for field in fields(kind)} - given_names - own == set()


def test_what_equals_its_default_is_left_out_and_a_column_alone_stands_bare() -> None:
    file = FileMap("a.csv", "customers", "crm", (FieldMap("name", ("顧客名",)),), Formats(), delimiter=";")
    assert text_of(Mapping("CRM", "crm", None, "EUR", (file,))) == (
        'title = "CRM"\nsource = "crm"\ncurrency = "EUR"\n\n'
        '[[file]]\nname = "a.csv"\ninto = "customers"\ndelimiter = ";"\n[file.fields]\nname = "顧客名"\n'
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"),
        (Decimal("0.01"), "0.01"),
        (Decimal("1E+3"), "1000"),
        (dt.date(2026, 7, 1), "2026-07-01"),
        (ZoneInfo("Asia/Tokyo"), '"Asia/Tokyo"'),
        ({"a b": "c"}, '{ "a b" = "c" }'),
        ({}, "{}"),
        (frozenset({"b", "a"}), '["a", "b"]'),
        ('"\\\n\x7f', '"\\"\\\\\\n\\u007f"'),
    ],
)
def test_values_as_toml_writes_them(value: object, text: str) -> None:
    assert toml(value) == text
