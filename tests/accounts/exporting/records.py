"""Random records, made of the registry: rows of every target by its fields, that name each other."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from hypothesis import strategies as st

from accounts.imports.cells import Field
from accounts.imports.reading import HIDDEN
from accounts.imports.targets import TARGETS, Target
from config.text import UNSTORABLE, is_long
from tests.factories import DAY

Row = dict[str, Any]

# What is called by whom; the ids are such as a spreadsheet would run or cut.
IDS: Final[dict[str, list[str]]] = {
    "customers": ["C1", "=C2", "'s 3", "00７"],
    "contracts": ["K1", "+K2", "K 3"],
    "contacts": ["P1", "@P2", "-P3"],
    "objectives": ["O1", "O;2"],
    "features": ["map", "=sum(1)"],
    "users": ["mara@demo.example", "o'tto@demo.example"],
}
KEYS: Final = {"features": "key", "users": "email"}
NAMES: Final[dict[str, str]] = {
    "customer": "customers", "parent": "customers", "contract": "contracts", "replaces": "contracts", "contact": "contacts",
    "contacts": "contacts", "objective": "objectives", "feature": "features", "owner": "users", "author": "users",
    "user": "users", "manager": "users",
}  # fmt: skip
TEXTS: Final = [
    "Suite", "名前", "'s-Hertogenbosch", "=Formula Co", "+81 Media", "-Dash", "@Home", "'=1", "''+2", 'say "x"', "a;b", "a,b",
    "a|b", "NULL", "N/A", "Total", "合計", "1,200", "true", "ｶﾅ", "é", "#REF!", "{a}", "%(source)s", "\\", "C1", "x" * 40,
]  # fmt: skip
# Of these the record keeps that a source said it; an export says it of every row.
SAID: Final = frozenset({"auto_renews"})
LONGER: Final = ["a\nb", "=1\n+2\n", "\n-x"]
PAST: Final = st.integers(-400, 0).map(lambda number: DAY + dt.timedelta(days=number))
DAYS: Final = st.integers(-400, 200).map(lambda number: DAY + dt.timedelta(days=number))


def value_of(field: Field, target: Target) -> st.SearchStrategy[Any]:
    """A value of the field as a program gives it; rarely one that is refused."""
    if (of := NAMES.get(field.name)) and (target.name, field.name) != ("users", "email"):
        found = st.sampled_from(IDS[of])
        return st.lists(found, max_size=2, unique=True) if field.kind == "list" else found
    if field.name == "external_id":
        return st.sampled_from(IDS.get(target.name, ["1", "=2", "x 3"]))
    if field.name == "key":
        return st.sampled_from(IDS["features"])
    if field.kind == "list":
        return st.lists(st.sampled_from(list(field.choices) or TEXTS), max_size=3, unique=True)
    return st.sampled_from(field.choices) if field.choices else of_kind(field, target)


def of_kind(field: Field, target: Target) -> st.SearchStrategy[Any]:
    days = PAST if field.past else DAYS
    kinds: dict[str, st.SearchStrategy[Any]] = {
        "number": st.integers(field.least, min(field.most, 100_000)),
        "money": st.integers(0, 9_000_000).map(lambda cents: f"{cents / 100:.2f}"),
        "figure": st.sampled_from([0, 1, "0.05", "123456.78", -3]),
        "percent": st.sampled_from([0, "12.5", 100]),
        "rate": st.sampled_from([1, "0.00731", "151.25"]),
        "flag": st.booleans(),
        "date": days.map(str),
        "instant": days.map(lambda day: f"{day}T09:30:15.250000Z"),
        "email": st.sampled_from(IDS["users"] if target.name == "users" else ["ada@acme.example", "b+c@x.example"]),
        "country": st.sampled_from(["JP", "NA", "DE"]),
        "currency": st.sampled_from(["USD", "EUR", "JPY"]),
        "attributes": st.dictionaries(st.sampled_from(["plan", "=x", "地域"]), st.sampled_from(TEXTS), max_size=2),
    }
    return kinds.get(field.kind, texts(field))


def texts(field: Field) -> st.SearchStrategy[str]:
    long = LONGER if is_long(field.name) else []
    found = st.one_of(st.sampled_from([*TEXTS, *long]), st.text(max_size=6).map(lambda text: UNSTORABLE.sub("", text)))
    return found.map(lambda text: text[: field.longest])


@st.composite
def records(draw: Any) -> dict[str, list[Row]]:
    """Rows of every target by its name, in the order in which they go in; those of one id give the same fields."""
    record: dict[str, list[Row]] = {}
    for target in TARGETS.values():
        fields = [
            field
            for field in target.fields
            if (field.required or field.name in SAID or draw(st.integers(0, 2)))
            and (target.name, field.name) not in HIDDEN
        ]
        ids = IDS.get(target.name, [""] * draw(st.integers(1, 3)))
        key = KEYS.get(target.name, "external_id")
        rows = [{field.name: draw(value_of(field, target)) for field in fields} for _id in ids]
        record[target.name] = [row | {key: of} if of else row for row, of in zip(rows, ids, strict=True)]
    return record
