"""The alert budget: the most severe and valuable alert, the rest wait; settled twice is settled once."""

from __future__ import annotations

import pytest

from accounts.models import Organisation
from health.cases import budget
from health.models import Case
from tests.counting import statements
from tests.factories import DAY, customer, organisation, user
from tests.health.cases.rows import case, rule
from tests.health.conftest import ago

pytestmark = pytest.mark.django_db


def alerted() -> set[str]:
    return set(Case.objects.filter(alerted=True).values_list("title", flat=True))


def test_most_severe_then_most_valuable_alert():
    organisation(alerts_per_day=2)
    mara, nils = user(), user()
    one = rule()
    rows = [("low", 900), ("urgent", 1), ("high", 10), ("high", 20), ("medium", 999)]
    for severity, value in rows:
        case(customer(owner=mara), one, 0, severity=severity, value=value, title=f"{severity} {value}")
    case(customer(owner=nils), one, 0, severity="low", title="of Nils")
    assert budget.settle(DAY) == 3
    assert alerted() == {"urgent 1", "high 20", "of Nils"}
    assert Case.objects.filter(held_back=True).count() == 3
    assert budget.settle(DAY) == 0


def test_digest_rules_never_alert_and_cost_nothing():
    organisation(alerts_per_day=1)
    mara = user()
    quiet, loud = rule(mode="digest"), rule()
    case(customer(owner=mara), quiet, 0, severity="urgent", title="quiet")
    case(customer(owner=mara), loud, 0, severity="low", title="loud")
    case(customer(owner=mara), None, 0, title="by hand")
    assert budget.settle(DAY) == 1
    assert alerted() == {"loud", "by hand"}
    assert not Case.objects.filter(held_back=True).exists()


def test_cases_of_other_days_stay_as_they_were():
    organisation(alerts_per_day=1)
    mara, one = user(), rule()
    for back in (0, 1, 1):
        case(customer(owner=mara), one, back)
    assert budget.settle(DAY) == 0
    assert budget.settle(ago(1)) == 1


def test_budget_is_five_before_there_is_an_organisation():
    Organisation.objects.all().delete()
    one = rule()
    for _ in range(7):
        case(customer(), one, 0)
    budget.settle(DAY)
    assert Case.objects.filter(alerted=True).count() == 5


def test_settling_is_one_statement_and_a_new_case_makes_the_order_anew():
    organisation(alerts_per_day=1)
    mara, one = user(), rule()
    case(customer(owner=mara), one, 0, title="first")
    with statements() as asked:
        budget.settle(DAY)
    assert len(asked) == 1
    case(customer(owner=mara), one, 0, severity="urgent", title="worse")
    assert budget.settle(DAY) == 1
    assert alerted() == {"worse"}


def test_load_by_person():
    organisation(alerts_per_day=2)
    mara, nils = user(name="Mara"), user(name="Nils")
    one, other = rule(), rule()
    for back, cases in ((0, 3), (1, 2), (2, 1)):
        for _ in range(cases):
            case(customer(owner=mara), one, back)
    case(customer(owner=nils), other, 0)
    case(customer(), one, 0)  # nobody's
    case(customer(owner=nils), None, 0)  # by hand
    for back in range(3):
        budget.settle(ago(back))
    heavy, light = budget.load(Case.objects.all(), DAY, 10)
    # Mara: 2 + 2 + 1 alerts in the 3 days since the first, one held back on one day: 5 / 3 a day.
    assert (heavy.owner, heavy.alerts, heavy.most, heavy.held_back, heavy.over) == (mara, 5, 2, 1, 1)
    assert (heavy.days, heavy.mean) == (3, 5 / 3)
    assert (light.owner, light.alerts, light.over) == (nils, 1, 0)
    assert [row.owner for row in budget.load(Case.objects.all(), DAY, rule=other.pk)] == [nils]
    assert [row.owner for row in budget.load(Case.objects.visible_to(nils), DAY)] == [nils]
    with statements() as asked:
        budget.load(Case.objects.all(), DAY)
    assert len(asked) == 2
