"""Instants are read on the day they fall on where the reader is."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest
from django.template import Context, Template
from django.test import RequestFactory

from config.ui import context
from tests.factories import organisation, user

pytestmark = pytest.mark.django_db

# 00:30 on 24 November in Tokyo.
MORNING = dt.datetime(2026, 11, 23, 15, 30, tzinfo=dt.UTC)


def shown(text: str, person: object = None) -> str:
    request = RequestFactory().get("/")
    request.user = person  # type: ignore[assignment]
    context.shell(request)
    try:
        return Template("{% load ui %}" + text).render(Context({"at": MORNING}))
    finally:
        context.forget_rendering()


@pytest.mark.parametrize(
    ("own", "company", "day"),
    [
        ("Asia/Tokyo", "UTC", "2026-11-24"),
        ("", "Asia/Tokyo", "2026-11-24"),
        ("America/New_York", "Asia/Tokyo", "2026-11-23"),
        ("", "UTC", "2026-11-23"),
    ],
)
def test_a_morning_in_tokyo_is_that_day_to_who_reads_there(own, company, day):
    organisation(time_zone=company)
    assert f'datetime="{day}"' in shown("{{ at|day }}", user(time_zone=own))


@pytest.mark.parametrize(
    ("own", "company", "moment"),
    [
        ("Asia/Tokyo", "UTC", "24 Nov 00:30"),
        ("", "Asia/Tokyo", "24 Nov 00:30"),
        ("America/New_York", "UTC", "23 Nov 10:30"),
    ],
)
def test_a_moment_is_told_by_the_readers_day_and_clock(own, company, moment):
    organisation(time_zone=company)
    assert shown("{{ at|instant }}", user(time_zone=own)) == moment


def test_no_page_tells_the_time_by_another_clock():
    templates = Path("templates").rglob("*.html")
    other = re.compile(r"\|(time\b|date:['\"][^'\"]*[GgHh]:i)")
    assert not [path.name for path in templates if other.search(path.read_text())]


def test_days_ago_counts_from_the_readers_day():
    organisation(time_zone="Asia/Tokyo")
    assert shown("{{ at|days_ago }}", user()) == "today"
    assert shown("{{ at|days_ago }}", user(time_zone="UTC")) == "yesterday"


def test_outside_a_request_the_organisations_zone_holds():
    assert context.local_day(MORNING) == dt.date(2026, 11, 23)
    organisation(time_zone="Asia/Tokyo")
    assert context.local_day(MORNING) == dt.date(2026, 11, 24)


def test_no_template_shows_an_instant_by_another_filter():
    """Django's own ``date`` and ``time`` read UTC where a person has no zone; a machine's ISO form may stay."""
    found = [
        f"{path.name}: {match}"
        for path in Path("templates").rglob("*.html")
        for match in re.findall(r"\{\{[^}]*_at\|(?:date|time|timesince)\b[^}]*\}\}", path.read_text())
        if 'date:"c"' not in match
    ]
    assert found == []
