"""Conditions as sentences in both languages, and verdicts as lines."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import translation

from accounts import conditions
from accounts.conditions import fields, words
from tests.accounts.conditions.trees import different_customers
from tests.factories import DAY


def leaf(field: str, test: str, value: Any = None) -> dict[str, Any]:
    return {"field": field, "test": test, "value": value}


@pytest.mark.parametrize(
    ("stored", "english", "japanese"),
    [
        (leaf("arr", "at_least", 50_000), "ARR is at least 50,000", "ARRが50,000以上"),
        (leaf("score", "at_most", "7.50"), "Health score is at most 7.5", "ヘルススコアが7.5以下"),
        (leaf("stage", "is_in", ["growth", "mature"]), "Stage is one of Growth, Mature", None),
        (leaf("next_renewal", "within_next", 1), "Next renewal within the next 1 day", None),
        (leaf("next_renewal", "within_next", 90), "Next renewal within the next 90 days", "次回更新が今後90日以内"),
        (leaf("last_touch", "more_than_ago", 1), "Last two-way touch more than 1 day ago", None),
        (leaf("last_touch", "more_than_ago", 30), "Last two-way touch more than 30 days ago", None),
        (leaf("next_renewal", "before", "2026-12-01"), "Next renewal before 1 Dec", "次回更新が2026/12/01より前"),
        (leaf("next_renewal", "from", "2027-12-01"), "Next renewal on or after 1 Dec 2027", None),
        (leaf("industry", "missing"), "Industry is missing", "業種が未設定"),
        (leaf("has_champion", "is", "yes"), "Has an active champion: yes", None),
        ({"any": [leaf("arr", "at_least", 1), {"none": [leaf("country", "is", "JP")]}]},
         "at least one of (ARR is at least 1; none of (Country is JP))", None),
    ],
)  # fmt: skip
def test_condition_reads_as_a_sentence(stored: Any, english: str, japanese: str | None) -> None:
    assert words.phrases([stored], DAY) == [english]
    if japanese:
        with translation.override("ja"):
            assert words.phrases([stored], DAY) == [japanese]


def test_every_test_of_every_field_has_words_in_both_languages() -> None:
    for field in fields.registered():
        for test in field.tests:
            value: Any = {"before": "2026-01-01", "from": "2026-01-01", "is_in": ["yes"]}.get(test, "1")
            said = []
            for language in ("en", "ja"):
                with translation.override(language):
                    said += words.phrases([leaf(field.key, test, value)], DAY)
            assert said[0] != said[1], (field.key, test)


def test_everybody_and_conditions_in_one_line() -> None:
    assert words.listed([], DAY) == "everybody"
    assert (
        words.listed([leaf("arr", "at_least", 1), leaf("country", "is", "JP")], DAY)
        == "ARR is at least 1; Country is JP"
    )


def test_what_is_no_longer_known_is_shown_by_its_key() -> None:
    assert words.phrases([leaf("gone", "is", "x")], DAY) == ["gone is x"]


@pytest.mark.django_db
def test_lines_show_what_the_customer_has() -> None:
    full, empty, *_rest = different_customers()
    stored = [
        leaf("arr", "at_least", 100), leaf("stage", "is", "mature"), leaf("tags", "has", "vip"),
        leaf("has_champion", "is", "yes"), leaf("next_renewal", "within_next", 30), leaf("industry", "is", "Bank"),
        {"any": [leaf("score", "at_least", 100), leaf("contacts", "at_least", 4)]},
    ]  # fmt: skip
    lines = words.lines(conditions.explain(stored, full, DAY), DAY)
    assert [(line.actual, line.holds) for line in lines] == [
        ("100", True), ("Mature", True), ("vip, Basic", True), ("yes", True), ("4 Mar 2027", False), ("Bank", True),
        ("", False),
    ]  # fmt: skip
    assert lines[-1].words == "At least one of these holds"
    assert [(line.actual, line.holds) for line in lines[-1].members] == [("99.99", False), ("3", False)]
    assert words.lines(conditions.explain([leaf("industry", "is", "Bank")], empty, DAY), DAY)[0].actual == "none"


@pytest.mark.django_db
def test_what_cannot_be_told_of_an_earlier_day_says_so() -> None:
    full = different_customers()[0]
    explained = conditions.explain([leaf("industry", "is", "Bank")], full, DAY.replace(day=1), today=DAY)
    (line,) = words.lines(explained, DAY)
    assert (line.actual, line.holds) == ("cannot be told", None)
