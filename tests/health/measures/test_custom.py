"""Measures that an admin makes: worked figures in both forms, hostile names, dated attributes, refusals."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from accounts.models import Customer, DatedAttribute
from health import measures, scoring
from health.measures import SHIPPED, catalogue
from health.measures.custom import measure_of, numeric_attributes, record_attributes
from health.measures.custom_changes import hide_own, save_own
from health.measures.sources import Moment
from health.models import Feature, FeatureDay, OwnMeasure, Scorecard, SurveyResponse
from health.scorecards import published
from health.scoring.formula import Scope, score_query
from health.scoring.writing import organisation_zone
from tests import factories as make
from tests.examples import dear
from tests.factories import DAY
from tests.health.conftest import ago, scorecard, use

pytestmark = pytest.mark.usefixtures("months")


def feature(key: str = "reports") -> Feature:
    return Feature.objects.get_or_create(key=key, defaults={"name": key.title()})[0]


def given_own(**fields: Any) -> dict[str, Any]:
    values = {
        "name": "Reports",
        "source": "feature",
        "statistic": "sum",
        "window_days": 28,
        "zero_at": 0,
        "full_at": 50,
        "shelf_life_days": 90,
    }
    return values | fields


def own(**fields: Any) -> OwnMeasure:
    source = fields.get("source", "feature")
    more = {"feature": feature()} if source == "feature" and "feature" not in fields else {}
    return save_own(None, given_own(**more | fields), by=None, day=DAY)


def amount(customer: Customer, key: str, day: Any = DAY, *, past: bool = False) -> float | None:
    """The amount of one measure, the same in both forms."""
    Scorecard.objects.update(is_published=False)
    scorecard({"all": (1, {key: 1})})
    found = []
    for form in (Scope(first=customer.pk, last=customer.pk, past=past), Scope(ids=[customer.pk], past=past)):
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT amounts[1] FROM ({score_query(published(), Moment(day, organisation_zone()), form)}) q"
            )
            found.append(cursor.fetchall()[0][0])
    assert found[0] == found[1]
    return found[0]


def feature_days(customer: Customer, of: Feature, days: dict[int, tuple[int, int]]) -> None:
    """Days back → (uses, users)."""
    FeatureDay.objects.bulk_create(
        FeatureDay(customer=customer, day=ago(back), feature=of, uses=uses, users=users)
        for back, (uses, users) in days.items()
    )


@pytest.mark.parametrize(
    ("statistic", "expected"),
    [
        ("sum", 24.0),  # 10 + 14 + 0
        ("mean", 6.0),  # 24 in four weeks
        ("most", 5.0),
        ("days", 2.0),
        ("trend", 0.2),  # 24 against 20
    ],
)
def test_use_of_a_feature(statistic: str, expected: float) -> None:
    customer = make.customer()
    use(customer, [0])
    feature_days(customer, feature(), {0: (10, 5), 5: (0, 1), 27: (14, 3), 28: (15, 9), 55: (5, 1), 56: (99, 99)})
    feature_days(customer, feature("other"), {0: (1000, 100)})
    assert amount(customer, own(statistic=statistic).key) == pytest.approx(expected)


@pytest.mark.parametrize(("statistic", "expected"), [("sum", 0.0), ("days", 0.0), ("most", 0.0), ("trend", None)])
def test_a_customer_that_uses_other_things_counts_none_and_one_never_seen_has_no_data(
    statistic: str, expected: float | None
) -> None:
    there, never = make.customer(), make.customer()
    use(there, [3])
    made = own(statistic=statistic)
    assert (amount(there, made.key), amount(never, made.key)) == (expected, None)


def answers(customer: Customer, kind: str, *given_: tuple[int, int]) -> None:
    for back, answer in given_:
        number = SurveyResponse.objects.count()
        SurveyResponse.objects.create(
            customer=customer, kind=kind, answer=answer, answered_on=ago(back), source="t", external_id=str(number)
        )


@pytest.mark.parametrize(("statistic", "expected"), [("mean", 5.5), ("newest", 4.0)])
def test_answers_to_a_survey(statistic: str, expected: float) -> None:
    customer = make.customer()
    answers(customer, "ces", (20, 7), (3, 4), (90, 1))
    answers(customer, "csat", (1, 1))
    assert amount(customer, own(source="survey", survey="ces", statistic=statistic).key) == expected


def test_one_source_serves_several_measures_of_their_own() -> None:
    """Rows of one measure are no limit to another: uses of two features, an answer beside the shipped NPS."""
    customer = make.customer()
    use(customer, [0])
    feature_days(customer, feature("a"), {1: (3, 1)})
    feature_days(customer, feature("b"), {2: (4, 1)})
    answers(customer, "ces", (3, 6))
    answers(customer, "nps", (3, 9))
    keys = [own(name=key, feature=feature(key)).key for key in ("a", "b")]
    keys += [own(name="c", source="survey", survey="ces", statistic="mean").key, "nps"]
    scorecard({"all": (1, dict.fromkeys(keys, 1))})
    with connection.cursor() as cursor:
        for form in (Scope(first=customer.pk, last=customer.pk), Scope(ids=[customer.pk])):
            cursor.execute(
                f"SELECT amounts FROM ({score_query(published(), Moment(DAY, organisation_zone()), form)}) q"
            )
            assert cursor.fetchall()[0][0] == [3, 4, 6, 100]


def test_a_change_ends_its_window_before_though_another_measure_reads_further_back() -> None:
    customer = make.customer()
    use(customer, [0])
    feature_days(customer, feature(), {0: (24, 5), 28: (15, 9), 55: (5, 1), 56: (99, 99)})
    keys = [own(name="Change", statistic="trend").key, own(name="Sum", window_days=90).key]
    scorecard({"all": (1, dict.fromkeys(keys, 1))})
    with connection.cursor() as cursor:
        for form in (Scope(first=customer.pk, last=customer.pk), Scope(ids=[customer.pk])):
            cursor.execute(
                f"SELECT amounts FROM ({score_query(published(), Moment(DAY, organisation_zone()), form)}) q"
            )
            assert cursor.fetchall()[0][0] == pytest.approx([0.2, 143])


def test_an_attribute_is_known_from_the_day_its_measure_was_made() -> None:
    customer = make.customer(attributes={"seats sold": "120", "note": "x"})
    save_own(None, given_own(source="attribute", attribute="seats sold", statistic="newest"), by=None, day=ago(40))
    key = OwnMeasure.objects.get().key
    make.contract(customer)
    assert amount(customer, key) == 120
    assert amount(customer, key, ago(40), past=True) == 120
    assert amount(customer, key, ago(41), past=True) is None


def test_an_attribute_is_dated_by_scoring_and_only_on_change() -> None:
    one = own(source="attribute", attribute="n", statistic="newest")
    customer = make.customer(attributes={"n": 3})
    scorecard({"all": (1, {one.key: 1})})
    for back, value in ((5, 3), (4, 3), (3, "4.5"), (2, "many"), (1, None), (0, 7)):
        Customer.objects.filter(pk=customer.pk).update(attributes={} if value is None else {"n": value})
        scoring.score_customers([customer.pk], ago(back))
    rows = DatedAttribute.objects.order_by("from_day").values_list("from_day", "value")
    assert list(rows) == [(ago(5), 3), (ago(3), Decimal("4.5")), (ago(2), None), (ago(0), 7)]
    assert [amount(customer, one.key, ago(back)) for back in (4, 3, 1, 0)] == [3, 4.5, None, 7]


def test_growth_of_an_attribute() -> None:
    one = own(source="attribute", attribute="n", statistic="trend", window_days=30)
    customer = make.customer()
    for back, value in ((50, 80), (30, 100), (29, 90), (0, 120)):
        Customer.objects.filter(pk=customer.pk).update(attributes={"n": value})
        record_attributes(ago(back))
    assert amount(customer, one.key) == pytest.approx(0.2)  # 120 against 100
    assert amount(customer, one.key, ago(20)) == pytest.approx(0.125)  # 90 against 80
    assert amount(customer, one.key, ago(45)) is None


@pytest.mark.parametrize(
    "value", ["1e400", "9" * 13, "NaN", "Infinity", "", "1,200", "0x10", [1], {"a": 1}, True, None]
)
def test_what_is_no_number_is_no_data(value: object) -> None:
    customer = make.customer(attributes={"n": value})
    one = own(source="attribute", attribute="n", statistic="newest")
    assert amount(customer, one.key) is None


HOSTILE = [
    "'; DROP TABLE accounts_customer; --",
    "a'b",
    "{day}",
    "{0}",
    "<today>",
    "%s %(day)s %",
    "\\'; SELECT 1; --",
    "業種",
    "$$",
    '"',
    "a\u2028b",
]


@settings(max_examples=dear(25), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(key=st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=80))
@example(HOSTILE[0])
@example(HOSTILE[4])
def test_no_attribute_key_can_be_read_as_sql(key: str) -> None:
    """Rows written past the form, with keys that it refuses too."""
    OwnMeasure.objects.all().delete()
    made = OwnMeasure.objects.create(
        key="own_x",
        name="x",
        source="attribute",
        attribute=key,
        statistic="trend",
        zero_at=0,
        full_at=1,
        created_on=DAY,
    )
    for statistic in ("trend", "newest"):
        OwnMeasure.objects.update(statistic=statistic)
        customer = make.customer(attributes={key: 5, f"{key}x": 6})
        record_attributes(DAY)
        assert amount(customer, made.key) == (5 if statistic == "newest" else None)


@pytest.mark.parametrize("key", HOSTILE[:-1])
def test_hostile_keys_through_the_form(key: str) -> None:
    one = own(source="attribute", attribute=key, statistic="newest")
    customer = make.customer(attributes={key: 5})
    scorecard({"all": (1, {one.key: 1})})
    assert len(scoring.chunks(DAY)) == 1
    assert scoring.score_range(customer.pk, customer.pk, DAY) == 1
    assert customer.scores.get().amounts == [5]


def test_catalogue_is_one_statement_and_scoring_asks_it_only_for_own_measures() -> None:
    for number in range(3):
        own(name=f"Reports {number}")
    with CaptureQueriesContext(connection) as seen:
        found = catalogue()
    assert len(seen) == 1
    assert list(found) == [*SHIPPED, "own_reports_0", "own_reports_1", "own_reports_2"]
    with CaptureQueriesContext(connection) as seen:
        measures.resolved(["nps"])
    assert len(seen) == 0


def test_a_hidden_measure_is_offered_no_more_and_still_counts() -> None:
    customer = make.customer()
    use(customer, [0])
    one = own()
    scorecard({"all": (1, {one.key: 1})})
    hide_own(one)
    assert one.key not in measures.offered()
    assert catalogue()[one.key].hidden
    assert scoring.score_range(customer.pk, customer.pk, DAY) == 1
    assert customer.scores.get().value == 0
    hide_own(one, hidden=False)
    assert one.key in measures.offered()


def test_every_statistic_says_what_it_counts() -> None:
    made = [
        own(name="a", statistic="sum"),
        own(name="b", statistic="days"),
        own(name="c", source="attribute", attribute="n", statistic="newest"),
        own(name="d", source="survey", survey="ces", statistic="mean"),
        own(name="e", statistic="trend", about="Mine."),
    ]
    found = [(str(measure.about), measure.unit) for measure in map(measure_of, made)]
    assert found == [
        ("Uses of “Reports” in the window.", "count"),
        ("Days of the window on which “Reports” was used.", "days"),
        ("The attribute “n” of the customer.", "count"),
        ("Average answer to the survey CES in the window.", "index"),
        ("Mine.", "share"),
    ]


def refused(**fields: Any) -> dict[str, list[str]]:
    with pytest.raises(ValidationError) as problem:
        save_own(None, given_own(**{"feature": feature()} | fields), by=None, day=DAY)
    assert not OwnMeasure.objects.exists()
    return problem.value.message_dict


@pytest.mark.parametrize(
    ("fields", "at", "message"),
    [
        ({"name": " "}, "name", "Needs a name."),
        ({"name": "x" * 81}, "name", "Must not be longer than 80 characters."),
        ({"about": "x" * 301}, "about", "Must not be longer than 300 characters."),
        ({"source": "moon"}, "source", "Choose what it is taken from."),
        ({"feature": 0}, "feature", "There is no such feature."),
        ({"feature": "9" * 30}, "feature", "There is no such feature."),
        ({"feature": "1 OR 1"}, "feature", "There is no such feature."),
        ({"statistic": "newest"}, "statistic", "Does not fit this source; these do: Sum, Average, Largest, Days with any, Change against the window before."),
        ({"source": "attribute", "statistic": "newest", "attribute": ""}, "attribute", "Needs the attribute's key."),
        ({"source": "attribute", "statistic": "newest", "attribute": "a\tb"}, "attribute", "Holds a character that cannot be printed."),
        ({"source": "attribute", "statistic": "newest", "attribute": "x" * 81}, "attribute", "Must not be longer than 80 characters."),
        ({"source": "survey", "statistic": "mean", "survey": "moods"}, "survey", "There is no such survey."),
        ({"window_days": 0}, "window_days", "Must lie between 1 and 400."),
        ({"window_days": 401}, "window_days", "Must lie between 1 and 400."),
        ({"window_days": "1.5"}, "window_days", "Must be a whole number."),
        ({"window_days": ""}, "window_days", "Needs a value."),
        ({"shelf_life_days": 1001}, "shelf_life_days", "Must lie between 1 and 1000."),
        ({"zero_at": "NaN"}, "zero_at", "“NaN” is not a number."),
        ({"full_at": "Infinity"}, "full_at", "“Infinity” is not a number."),
        ({"full_at": "much"}, "full_at", "“much” is not a number."),
        ({"full_at": None}, "full_at", "Needs a value."),
        ({"full_at": "1e9"}, "full_at", "Must lie between -99999999 and 99999999."),
        ({"full_at": "0.00001"}, "full_at", "Must not have more than four decimals."),
        ({"full_at": "0.0"}, "full_at", "Must differ from the figure for 0 points."),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_at_its_field(fields: dict[str, Any], at: str, message: str) -> None:
    assert refused(**fields) == {at: [message]}


@pytest.mark.parametrize(
    ("field", "days"), [("window_days", 1), ("window_days", 400), ("shelf_life_days", 1), ("shelf_life_days", 1000)]
)
def test_days_are_taken_up_to_both_limits(field: str, days: int) -> None:
    assert getattr(own(**{field: days}), field) == days


@pytest.mark.parametrize("figure", ["99999999", "-99999999"])
def test_thresholds_are_taken_up_to_both_limits(figure: str) -> None:
    assert own(full_at=figure).full_at == int(figure)


def test_all_that_is_wrong_is_said_at_once() -> None:
    assert set(refused(name="", source="survey", statistic="sum", survey="", window_days=0, full_at=0)) == {
        "name",
        "statistic",
        "survey",
        "window_days",
        "full_at",
    }


def test_a_name_is_there_once() -> None:
    own()
    with pytest.raises(ValidationError) as problem:
        own(name="reports")
    assert problem.value.message_dict == {"name": ["There is a measure of this name already."]}


def test_keys_are_never_the_same() -> None:
    names = ["Reports", "Reports!", "reports  ", "活用", "機能"]
    keys = []
    for name in names:
        OwnMeasure.objects.update(name=f"old {OwnMeasure.objects.count()}")
        keys.append(own(name=name).key)
    assert keys == ["own_reports", "own_reports_2", "own_reports_3", "own_2", "own_3"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda: {"statistic": "mean"}, "statistic"),
        (lambda: {"feature": feature("other")}, "feature"),
        (lambda: {"source": "survey", "survey": "ces", "statistic": "mean"}, "source"),
    ],
)
def test_what_a_scorecard_counts_keeps_its_meaning(change: Callable[[], dict[str, Any]], field: str) -> None:
    one = own()
    save_own(one, given_own(feature=feature(), name="Free", statistic="days"), by=None, day=DAY)
    save_own(one, given_own(feature=feature(), name="Free"), by=None, day=DAY)
    scorecard({"all": (1, {one.key: 1})})
    with pytest.raises(ValidationError) as problem:
        save_own(one, given_own(**{"feature": feature()} | change()), by=None, day=DAY)
    assert field in problem.value.message_dict
    save_own(one, given_own(feature=feature(), name="Reports read", full_at=9), by=None, day=DAY)
    one.refresh_from_db()
    assert (one.name, one.full_at, one.key) == ("Reports read", 9, "own_reports")


def test_attributes_that_hold_a_number_are_offered() -> None:
    make.customer(attributes={"seats": "12", "industry": "Retail", "score": -1.5})
    make.customer(attributes={"seats": "x", "large": "9" * 13})
    assert numeric_attributes() == ["score", "seats"]


@pytest.mark.parametrize("source", ["feature", "attribute", "survey"])
def test_its_rows_open(source: str, client: Client) -> None:
    make.organisation()
    owner = make.user()
    customer = make.customer(owner=owner, attributes={"<b>n</b>": 7, "other": 8})
    use(customer, [0])
    feature_days(customer, feature(), {1: (3, 1)})
    feature("other")
    answers(customer, "ces", (3, 6))
    answers(customer, "csat", (3, 1))
    record_attributes(DAY)
    one = own(
        source=source,
        attribute="<b>n</b>",
        survey="ces",
        statistic={"feature": "sum", "attribute": "newest", "survey": "mean"}[source],
    )
    client.force_login(owner)
    page = client.get(reverse("health:score_part", args=[customer.pk, one.key]))
    assert len(page.context["page"].rows) == 1
    assert "<b>n</b>" not in page.content.decode()
