"""What people carry, for programs and spreadsheets: the figures of the team's page."""

from __future__ import annotations

import csv
import datetime as dt
import io

import pytest

from accounts import staffing
from accounts.models import Cover, User
from playbooks.models import Task
from tests import factories as make
from tests.counting import statements
from tests.factories import DAY

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def company() -> None:
    make.organisation()


@pytest.fixture
def boss() -> User:
    return make.user("manager", name="Lena")


def loaded(boss: User, name: str) -> User:
    csm = make.user(name=name, manager=boss, weekly_hours=10)
    of = make.segment(name=f"Of {name}", customers_per_csm=4, arr_per_csm=1_200)
    one = make.customer(owner=csm, segment=of, arr=300, last_touch_on=DAY, next_renewal_on=DAY + dt.timedelta(days=30))
    one.touchpoints.create(kind="call", happened_on=DAY)
    Task.objects.create(customer=one, title="T", assignee=csm, assigned_as="owner", due_on=DAY - dt.timedelta(days=1))
    return csm


def test_a_row_says_what_the_page_says(client, boss):
    csm = loaded(boss, "Mara")
    Cover.objects.create(owner=csm, by=boss, starts_on=DAY + dt.timedelta(days=7), ends_on=DAY + dt.timedelta(days=14))
    client.force_login(boss)
    rows = {row["name"]: row for row in client.get("/api/v1/loads/").json()["results"]}
    assert rows.keys() == {"Lena", "Mara"}
    assert rows["Mara"] | {"weeks": None} == {
        "id": csm.pk, "person": csm.email, "name": "Mara", "customers": 1, "weighted": 0.25,
        "segments": [{"segment": "Of Mara", "customers": 1, "limit": 4}], "arr": "300.00", "arr_untold": 0,
        "weighted_arr": 0.25, "weighted_renewals_90_days": None,
        "renewals_90_days": 1, "renewals_90_days_arr": "300.00", "open_cases": 0, "open_tasks": 1, "late_tasks": 1,
        "planned_minutes": 30, "there_minutes": 3 * 480, "weeks": None, "in_cadence": 1, "in_cadence_share": 1.0,
        "in_cadence_arr_share": 1.0, "away_from": "2026-12-01", "away_until": "2026-12-08", "covered_by": boss.email,
    }  # fmt: skip
    assert rows["Mara"]["weeks"][:2] == [
        {"first": "2026-11-24", "planned_minutes": 30, "there_minutes": 480},
        {"first": "2026-12-01", "planned_minutes": 0, "there_minutes": 0},
    ]
    assert (rows["Lena"]["covered_by"], rows["Lena"]["in_cadence_share"]) == (None, None)


def test_everybody_sees_those_below_and_is_walked_by_cursor(client, boss):
    loaded(boss, "Mara")
    csm = loaded(make.user("manager", name="Else"), "Nils")
    admin = make.user("admin", name="Zoe")
    for who, names in (
        (boss, ["Lena", "Mara"]), (csm, ["Nils"]), (admin, ["Else", "Lena", "Mara", "Nils", "Zoe"]), (make.user("viewer"), []),
    ):  # fmt: skip
        client.force_login(who)
        assert [row["name"] for row in client.get("/api/v1/loads/").json()["results"]] == names
    client.force_login(admin)
    first = client.get("/api/v1/loads/?page_size=3").json()
    second = client.get(first["next"]).json()
    assert [row["name"] for row in second["results"]] == ["Nils", "Zoe"]
    assert client.get("/api/v1/loads/?nonsense=1").status_code == 400


@pytest.mark.parametrize("number", [1, 3])
def test_the_same_statements_for_one_person_and_for_three(client, boss, number):
    for at in range(number):
        loaded(boss, f"Mara {at}")
    client.force_login(boss)
    with statements() as asked:
        client.get("/api/v1/loads/")
    assert len(asked) <= 21


def test_the_same_rows_as_csv(client, boss):
    loaded(boss, "=Mara")
    client.force_login(boss)
    answer = client.get("/team/load.csv")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    rows = {row["name"]: row for row in csv.DictReader(io.StringIO(text))}
    assert rows.keys() == {"Lena", "'=Mara"}
    mine = rows["'=Mara"]
    assert tuple(mine) == staffing.EXPORTED
    shown = (
        "customers",
        "weighted",
        "weighted_arr",
        "weighted_renewals_90_days",
        "planned_hours",
        "there_hours",
        "week_1",
        "week_2",
        "late_tasks",
        "in_cadence_share",
        "away_from",
    )
    assert [mine[name] for name in shown] == ["1", "0.25", "0.25", "", "0.5", "32.0", "0.5", "0.0", "1", "1.0", ""]
    client.force_login(make.user())
    assert client.get("/team/load.csv").status_code == 404
