"""Scorecards in drafts and versions: begun, saved, refused, published, gone back to."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from accounts import changes
from accounts.models import Change, User
from health import publishing
from health.measures import SHIPPED
from health.models import Purpose, Scorecard, ScorecardAct
from health.publishing import checking, shipped
from health.scorecards import Cap, Content, Group, Line, Threshold, content_of, with_content
from tests import factories as make
from tests.counting import statements
from tests.factories import DAY

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 11, 24, 9, tzinfo=dt.UTC)


def line(measure: str = "nps", **fields: Any) -> Line:
    values = {"weight": Decimal(10), "window": 180, "zero_at": Decimal(-50), "full_at": Decimal(50), "shelf_life": 180}
    return Line(measure, **values | fields)


def said(*lines: Line, **fields: Any) -> Content:
    groups = (Group("Voice", Decimal(100), lines or (line(),)),)
    return Content(**{"name": "Trial", "groups": groups} | fields)


@pytest.fixture
def admin() -> User:
    return make.user("admin")


@pytest.fixture
def standard() -> Scorecard:
    shipped.install(DAY)
    return Scorecard.objects.get(key="standard")


@pytest.fixture
def draft(admin: User) -> Scorecard:
    return publishing.begin_draft(None, admin, NOW, DAY, name="Trial")


def stored(row: Scorecard) -> Content:
    return content_of(with_content(Scorecard.objects.filter(pk=row.pk)).get())


def refusal(act: Any, *args: Any, **kwargs: Any) -> dict[str, list[str]]:
    with pytest.raises(ValidationError) as caught:
        act(*args, **kwargs)
    return caught.value.message_dict


def acts() -> list[tuple[str, int, str]]:
    return list(ScorecardAct.objects.order_by("pk").values_list("key", "version", "act"))


def test_a_draft_copies_the_version_in_use(standard: Scorecard, admin: User) -> None:
    made = publishing.begin_draft(standard, admin, NOW, DAY)
    assert (made.key, made.version, made.is_draft, made.based_on) == ("standard", 2, True, standard)
    assert stored(made) == stored(standard)
    assert acts() == [("standard", 2, "drafted")]


def test_a_key_has_one_draft(standard: Scorecard, admin: User) -> None:
    first = publishing.begin_draft(standard, admin, NOW, DAY)
    assert publishing.begin_draft(standard, admin, NOW, DAY) == first
    assert acts() == [("standard", 2, "drafted")]


def test_a_new_scorecard_is_empty_and_goes_last(standard: Scorecard, admin: User) -> None:
    made = publishing.begin_draft(None, admin, NOW, DAY, name="Standard")
    assert (made.key, made.version, made.position) == ("standard-2", 1, 3)
    assert stored(made).groups == ()
    risk = publishing.begin_draft(None, admin, NOW, DAY, name="危険", purpose=Purpose.RISK)
    assert (risk.key, risk.position) == ("scorecard", 1)


def test_a_new_scorecard_needs_a_name(admin: User) -> None:
    assert refusal(publishing.begin_draft, None, admin, NOW, DAY, name=" ") == {"name": ["Name the scorecard."]}
    assert "purpose" in refusal(publishing.begin_draft, None, admin, NOW, DAY, name="A", purpose="fame")
    assert not Scorecard.objects.exists()


def test_what_is_saved_is_what_is_read(draft: Scorecard) -> None:
    place = make.segment()
    late = (Threshold(90, Decimal(-20), Decimal(60)), Threshold(365, Decimal(0), Decimal(70)))
    new = said(
        line(by_tenure=late),
        line("touch_recency", zero_at=Decimal(90), full_at=Decimal("20.5")),
        segments=(place.pk,),
        stages=("growth", "mature"),
        position=7,
        green_from=Decimal("72.50"),
        yellow_from=Decimal(40),
        ceilings=(Cap("silent", Decimal(60)),),
    )
    publishing.save_draft(draft, new)
    kept = stored(draft)
    assert kept == replace(new, groups=(replace(new.groups[0], key="voice"),))
    draft.refresh_from_db()
    assert draft.measures == ["nps", "touch_recency"]


def test_saving_costs_the_same_for_more_measures(draft: Scorecard) -> None:
    counts = []
    for keys in (["nps"], ["nps", "stickiness", "core_depth"]):
        late = (Threshold(90, Decimal(0), Decimal(1)),)
        publishing.save_draft(draft, said(*(line(key, by_tenure=late) for key in keys)))  # both saves clear something
        with statements() as asked:
            publishing.save_draft(draft, said(*(line(key, by_tenure=late) for key in keys)))
        counts.append(len(asked))
    assert counts[0] == counts[1]


WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("weight", {"weight": Decimal(0)}, "A weight is above 0. Take the line out if it should not count."),
    ("weight", {"weight": Decimal(-1)}, "A weight is above 0. Take the line out if it should not count."),
    ("weight", {"weight": Decimal("NaN")}, "A number is needed."),
    ("weight", {"weight": Decimal(10_000)}, "At most 9999.99."),
    ("weight", {"weight": Decimal("0.001")}, "At most 2 decimals."),
    ("window", {"window": 0}, "A whole number from 1 to 400."),
    ("window", {"window": 401}, "A whole number from 1 to 400."),
    ("window", {"window": 28.5}, "A whole number from 1 to 400."),
    ("shelf_life", {"shelf_life": 0}, "A whole number from 1 to 3650."),
    ("shelf_life", {"shelf_life": 3651}, "A whole number from 1 to 3650."),
    ("full_at", {"full_at": Decimal(-50)}, "Must differ from where 0 points are: points rise from one to the other."),
    ("zero_at", {"zero_at": Decimal("Infinity")}, "A number is needed."),
    ("full_at", {"full_at": Decimal(100_000_000)}, "At most 99999999."),
    ("full_at", {"full_at": Decimal("1.00001")}, "At most 4 decimals."),
    ("measure", {"measure": "luck"}, "There is no measure “luck”."),
    (
        "by_tenure.0.from_days",
        {"by_tenure": (Threshold(0, Decimal(0), Decimal(1)),)},
        "A whole number from 1 to 3650.",
    ),
    (
        "by_tenure.1.from_days",
        {"by_tenure": (Threshold(90, Decimal(0), Decimal(1)), Threshold(90, Decimal(0), Decimal(2)))},
        "Must be later than the line above: day 90.",
    ),
    (
        "by_tenure.0.full_at",
        {"by_tenure": (Threshold(90, Decimal(1), Decimal(1)),)},
        "Must differ from where 0 points are: points rise from one to the other.",
    ),
]


@pytest.mark.parametrize(("path", "fields", "words"), WRONG)
def test_a_wrong_line_is_refused_at_its_field(draft: Scorecard, path: str, fields: dict[str, Any], words: str) -> None:
    before = stored(draft)
    found = refusal(publishing.save_draft, draft, said(replace(line(), **fields)))
    assert found == {f"groups.0.measures.0.{path}": [words]}
    assert stored(draft) == before


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("name", {"name": ""}),
        ("name", {"name": "x" * 81}),
        ("position", {"position": 0}),
        ("purpose", {"purpose": "fame"}),
        ("stages", {"stages": ("retired",)}),
        ("segments", {"segments": (987_654,)}),
        ("green_from", {"green_from": Decimal(100)}),
        ("green_from", {"green_from": Decimal("70.001")}),
        ("yellow_from", {"yellow_from": Decimal(0)}),
        ("yellow_from", {"yellow_from": Decimal(70)}),
        ("ceilings.0.at_most", {"ceilings": (Cap("silent", Decimal(101)),)}),
        ("ceilings.0.at_most", {"ceilings": (Cap("silent", Decimal(-1)),)}),
        ("ceilings.0.condition", {"ceilings": (Cap("rain", Decimal(50)),)}),
        ("ceilings.1.condition", {"ceilings": (Cap("silent", Decimal(50)), Cap("silent", Decimal(60)))}),
        ("groups.0.name", {"groups": (Group("", Decimal(1), (line(),)),)}),
        ("groups.0.weight", {"groups": (Group("A", Decimal(0), (line(),)),)}),
        ("groups.1.name", {"groups": (Group("A", Decimal(1), (line(),)), Group("a ", Decimal(1)))}),
        (
            "groups.1.measures.0.measure",
            {"groups": (Group("A", Decimal(1), (line(),)), Group("B", Decimal(1), (line(),)))},
        ),
    ],
)
def test_wrong_content_is_refused_at_its_field(draft: Scorecard, path: str, fields: dict[str, Any]) -> None:
    assert list(refusal(publishing.save_draft, draft, said(**fields))) == [path]


def test_every_mistake_is_named_at_once(draft: Scorecard) -> None:
    bad = said(line(weight=Decimal(0), window=500), line("stickiness", full_at=Decimal(-50)), name="")
    assert set(refusal(publishing.save_draft, draft, bad)) == {
        "name", "groups.0.measures.0.weight", "groups.0.measures.0.window", "groups.0.measures.1.full_at",
    }  # fmt: skip


def test_a_draft_may_be_unfinished_but_not_published(draft: Scorecard, admin: User) -> None:
    found = refusal(publishing.publish, draft, admin, NOW, DAY)
    assert found == {"groups": ["A scorecard needs at least one measure."]}
    publishing.save_draft(draft, said(groups=(Group("A", Decimal(1), (line(),)), Group("B", Decimal(1)))))
    assert refusal(publishing.publish, draft, admin, NOW, DAY) == {"groups.1.name": ["“B” has no measure."]}
    draft.refresh_from_db()
    assert (draft.is_draft, draft.is_published) == (True, False)


def test_publishing_takes_the_version_before_out_of_use(standard: Scorecard, admin: User) -> None:
    one = make.customer()
    Change.objects.all().delete()
    made = publishing.begin_draft(standard, admin, NOW, DAY)
    before = stored(standard)
    publishing.save_draft(made, said(name="Standard", position=2))
    publishing.publish(made, admin, NOW, DAY, " Voices only ")
    assert list(Scorecard.objects.filter(key="standard").order_by("version").values_list(
        "version", "is_published", "is_draft", "measures", "note"
    ))[1] == (2, True, False, ["nps"], "Voices only")  # fmt: skip
    standard.refresh_from_db()
    assert not standard.is_published
    assert stored(standard) == before
    assert acts() == [("standard", 2, "drafted"), ("standard", 2, "published")]
    newest = ScorecardAct.objects.latest("pk")
    assert (newest.by, newest.at, newest.day, newest.note) == (admin, NOW, DAY, "Voices only")
    assert list(changes.waiting("scores")) == [one.pk]


def test_rolling_back_puts_the_old_version_in_use_as_it_was(standard: Scorecard, admin: User) -> None:
    made = publishing.begin_draft(standard, admin, NOW, DAY)
    publishing.publish(made, admin, NOW, DAY)
    publishing.roll_back(standard, admin, NOW, DAY)
    assert list(Scorecard.objects.filter(is_published=True, key="standard")) == [standard]
    publishing.roll_back(made, admin, NOW, DAY)
    assert list(Scorecard.objects.filter(is_published=True, key="standard")) == [made]
    assert [act for _key, _version, act in acts()] == ["drafted", "published", "rolled_back", "rolled_back"]


def test_a_draft_in_work_survives_rolling_back(standard: Scorecard, admin: User) -> None:
    second = publishing.publish(publishing.begin_draft(standard, admin, NOW, DAY), admin, NOW, DAY)
    third = publishing.begin_draft(second, admin, NOW, DAY)
    publishing.roll_back(standard, admin, NOW, DAY)
    third.refresh_from_db()
    assert (third.version, third.is_draft) == (3, True)


def test_only_what_can_be_gone_back_to_is(standard: Scorecard, admin: User) -> None:
    with pytest.raises(ValidationError, match="Version 1 is in use already"):
        publishing.roll_back(standard, admin, NOW, DAY)
    made = publishing.begin_draft(standard, admin, NOW, DAY)
    with pytest.raises(ValidationError, match="Only a published version"):
        publishing.roll_back(made, admin, NOW, DAY)


def test_a_version_that_counts_a_lost_measure_is_not_gone_back_to(standard: Scorecard, admin: User) -> None:
    publishing.publish(publishing.begin_draft(standard, admin, NOW, DAY), admin, NOW, DAY)
    Scorecard.objects.filter(pk=standard.pk).update(measures=["nps", "own_gone"])
    with pytest.raises(ValidationError, match="no longer exists: own_gone"):
        publishing.roll_back(standard, admin, NOW, DAY)


def test_a_draft_that_is_gone_says_so(draft: Scorecard, admin: User) -> None:
    publishing.save_draft(draft, said())
    publishing.publish(draft, admin, NOW, DAY)
    for act in (publishing.publish, publishing.discard):
        with pytest.raises(ValidationError, match="This draft is gone"):
            act(draft, admin, NOW, DAY)
    with pytest.raises(ValidationError, match="This draft is gone"):
        publishing.save_draft(draft, said(name="Later"))
    assert stored(draft).name == "Trial"


def test_a_published_scorecard_keeps_its_purpose(standard: Scorecard, draft: Scorecard, admin: User) -> None:
    publishing.save_draft(draft, said(purpose="adoption"))
    made = publishing.begin_draft(standard, admin, NOW, DAY)
    assert list(refusal(publishing.save_draft, made, replace(stored(made), purpose="risk"))) == ["purpose"]


def test_discarding_leaves_what_is_in_use(standard: Scorecard, admin: User) -> None:
    made = publishing.begin_draft(standard, admin, NOW, DAY)
    publishing.discard(made, admin, NOW, DAY)
    assert list(Scorecard.objects.filter(key="standard")) == [standard]
    assert acts()[-1] == ("standard", 2, "discarded")


def test_retiring_takes_the_key_out_of_use_and_rolling_back_undoes_it(standard: Scorecard, admin: User) -> None:
    publishing.retire(standard, admin, NOW, DAY)
    assert not Scorecard.objects.filter(key="standard", is_published=True).exists()
    with pytest.raises(ValidationError, match="not in use"):
        publishing.retire(standard, admin, NOW, DAY)
    publishing.roll_back(standard, admin, NOW, DAY)
    assert Scorecard.objects.filter(key="standard", is_published=True).exists()


def test_the_last_health_scorecard_stays_in_use(standard: Scorecard, admin: User) -> None:
    publishing.retire(Scorecard.objects.get(key="onboarding"), admin, NOW, DAY)
    with pytest.raises(ValidationError, match="only health scorecard"):
        publishing.retire(standard, admin, NOW, DAY)


def test_versions_are_compared_field_by_field() -> None:
    place = make.segment(name="Enterprise")
    before = said(line(), line("stickiness", zero_at=Decimal("0.1"), full_at=Decimal("0.6")))
    late = (Threshold(90, Decimal(-20), Decimal(60)),)
    groups = (
        replace(before.groups[0], weight=Decimal(80), measures=(line(weight=Decimal(12), by_tenure=late),)),
        Group("New", Decimal(20), (line("core_depth"),)),
    )
    after = replace(before, groups=groups, segments=(place.pk,), ceilings=(Cap("silent", Decimal(60)),))
    found = [(one.about, one.what, one.before, one.after) for one in publishing.compare(before, after)]
    assert found == [
        ("", "Segments", "every one", "Enterprise"),
        ("Voice", "weight of the group", 100, 80),
        ("New", "weight of the group", None, 20),
        ("NPS", "weight", 10, 12),
        ("NPS", "0 points from day 90 at", None, -20),
        ("NPS", "100 points from day 90 at", None, 60),
        ("Stickiness", "taken out, weight", 10, None),
        ("Core work", "added, weight", None, 10),
        ("No use for 30 days", "at most", None, 60),
    ]
    assert publishing.compare(before, before) == []


figures = st.decimals() | st.decimals(-200, 200, places=2) | st.decimals(-1, 1, places=5)
days = st.integers() | st.integers(0, 410)


@given(weight=figures, zero_at=figures, full_at=figures, window=days, shelf_life=days)
def test_whatever_passes_the_check_is_kept_by_the_database(**fields: Any) -> None:
    """No figure gets through that the table refuses or rounds away."""
    new = said(line(**fields))
    if checking.problems(new, SHIPPED, whole=True):
        return
    draft = Scorecard.objects.filter(is_draft=True).first() or publishing.begin_draft(None, None, NOW, DAY, name="Any")
    publishing.save_draft(draft, new)
    assert stored(draft).lines == new.lines
