"""Figures as words, in both languages."""

from __future__ import annotations

import ast
import datetime as dt
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from config.ui import figures

TODAY = dt.date(2026, 11, 24)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Decimal("10.50"), "10.5"),
        ("10.25", "10.25"),
        (Decimal("1200.00"), "1,200"),
        ("-0.50", "−0.5"),
        (Decimal("-0.00"), "0"),
        (None, "–"),
    ],
)
def test_a_measured_value_keeps_its_digits(value: Decimal | str | None, shown: str) -> None:
    assert figures.exact(value) == shown


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [
        (540_000, "USD", "$540,000"),
        (Decimal("1234.50"), "EUR", "€1,234.50"),
        (-97_000, "USD", "−$97,000"),
        (54_000_000, "JPY", "¥54,000,000"),
        (10, "CHF", "CHF 10"),
        (0, "USD", "$0"),
        (None, "USD", "–"),
    ],
)
def test_money_in_full(amount: figures.Number | None, currency: str, shown: str):
    assert figures.money(amount, currency) == shown


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        (0, "$0"),
        (950, "$950"),
        (999.6, "$1k"),
        (1_500, "$1.5k"),
        (9_960, "$10k"),
        (96_400, "$96k"),
        (540_000, "$540k"),
        (999_700, "$1.00M"),
        (1_416_000, "$1.42M"),
        (2_500_000, "$2.50M"),
        (21_400_000, "$21.40M"),
        (3_000_000_000, "$3.00B"),
        (-97_000, "−$97k"),
        (None, "–"),
    ],
)
def test_money_short(amount: figures.Number | None, shown: str):
    assert figures.money_short(amount, "USD") == shown


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [
        (54_000_000, "JPY", "5,400万円"),
        (142_000_000, "JPY", "1億4,200万円"),
        (100_000_000, "JPY", "1億円"),
        (99_999_999, "JPY", "1億円"),
        (9_500, "JPY", "9,500円"),
        (-1_400_000, "JPY", "−140万円"),
        (15_000, "USD", "1.5万ドル"),
        (540_000, "USD", "54万ドル"),
    ],
)
def test_money_short_in_japanese(amount: figures.Number | None, currency: str, shown: str):
    with translation.override("ja"):
        assert figures.money_short(amount, currency) == shown


def test_money_in_full_in_japanese():
    with translation.override("ja"):
        assert figures.money(54_000_000, "JPY") == "54,000,000円"


@given(st.integers(min_value=-(10**12), max_value=10**12))
def test_short_money_keeps_its_sign_and_never_says_a_thousand_thousands(amount: int):
    shown = figures.money_short(amount, "USD")
    assert shown.startswith("−") == (amount < 0)
    assert not shown.lstrip("−$").startswith("1000")
    assert "1,000k" not in shown


def test_numbers_percent_and_sign():
    assert figures.number(11_420) == "11,420"
    assert figures.number(-3.25, 1) == "−3.2"
    assert figures.number(None) == "–"
    assert figures.percent(0.734) == "73%"
    assert figures.percent(Decimal("0.734"), 1) == "73.4%"
    assert figures.percent(-0.05) == "−5%"
    assert figures.percent(None) == "–"
    assert figures.signed(6) == "+6"
    assert figures.signed(-13) == "−13"
    assert figures.signed(-0.04, 1) == "0.0"


def test_dates_in_rows_and_heads():
    assert figures.day(dt.date(2026, 12, 2), TODAY) == "2 Dec"
    assert figures.day(dt.date(2027, 1, 31), TODAY) == "31 Jan 2027"
    assert figures.day(None, TODAY) == "–"
    assert figures.day_head(TODAY) == "Tuesday 24 November"
    assert figures.month(TODAY) == "Nov"
    with translation.override("ja"):
        assert figures.day(dt.date(2027, 1, 31), TODAY) == "2027/01/31"
        assert figures.day_head(TODAY) == "11月24日（火）"
        assert figures.month(TODAY) == "11月"


def test_days_left_and_ago():
    assert [figures.days_left(n) for n in (68, 0, -3, None)] == ["68 d", "today", "3 d late", "–"]
    assert figures.days_left_long(68) == "68 days left"
    assert figures.days_left_long(1) == "1 day left"
    assert figures.days_left_long(-1) == "1 day late"
    assert [figures.days_ago(n) for n in (0, 1, 41, None)] == ["today", "yesterday", "41 d ago", "–"]


def test_age_in_its_largest_unit():
    now = dt.datetime(2026, 11, 24, 9, 40, tzinfo=dt.UTC)
    assert figures.age(now - dt.timedelta(minutes=4), now) == "4 minutes"
    assert figures.age(now - dt.timedelta(minutes=61), now) == "1 hour"
    assert figures.age(now - dt.timedelta(days=2), now) == "2 days"
    assert figures.age(now + dt.timedelta(hours=1), now) == "under a minute"


@given(st.floats(-0.6, 0.6), st.sampled_from(["en", "ja"]), st.sampled_from(["USD", "JPY", "EUR"]))
def test_what_rounds_to_nothing_has_no_sign(value: float, language: str, currency: str):
    with translation.override(language):
        texts = [
            figures.number(value), figures.percent(value / 100), figures.signed(value), figures.money_short(value, currency),
            figures.number(value / 10, 1), figures.percent(value / 1000, 1), figures.money(round(value), currency),
        ]  # fmt: skip
    assert [text for text in texts if figures.MINUS in text and not any(digit in text for digit in "123456789")] == []


@pytest.mark.parametrize(
    ("value", "digits", "shown"), [(0.5, 0, "0"), (1.5, 0, "2"), (-0.25, 1, "−0.2"), (2.675, 2, "2.68")]
)
def test_one_rounding_half_to_even_of_the_figure_as_written(value: float, digits: int, shown: str):
    assert figures.number(value, digits) == shown
    assert figures.signed(value, digits).lstrip("+") == shown


@pytest.mark.parametrize(("events", "told"), [(None, False), (0, False), (9, False), (10, True)])
def test_an_interval_needs_ten_events(events: int | None, *, told: bool):
    assert figures.tells(events) is told


RAW = re.compile(r"(_on|_day|^day|^first|^last|^today)$")


def raw_days(tree: ast.AST) -> Iterator[str]:
    """Days put into a sentence as they are stored, and those that Django's own form is made of."""
    for node in ast.walk(tree):
        filled = None
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
            filled = node.right
        elif isinstance(node, ast.keyword) and node.arg == "params":
            filled = node.value
        for value in filled.values if isinstance(filled, ast.Dict) else []:
            name = value.attr if isinstance(value, ast.Attribute) else getattr(value, "id", "")
            if RAW.search(name):
                yield ast.unparse(node)
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("date_format") and len(node.args) == 1:
            yield ast.unparse(node)


def test_a_day_in_a_sentence_is_worded_as_on_every_page():
    """No sentence of ours says ``2026-11-29``, nor a day in a form that only it has; what a file said stays as in the file."""
    root = Path(__file__).parents[2]
    sources = [
        path for app in ("accounts", "health", "renewals", "playbooks", "config") for path in (root / app).rglob("*.py")
    ]
    sources = [path for path in sources if "imports" not in path.parts]
    assert [(path.name, said) for path in sources for said in raw_days(ast.parse(path.read_text()))] == []
