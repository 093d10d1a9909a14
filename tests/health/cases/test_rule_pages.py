"""Case rules on pages and over the API: their figures open to rows, admins change them, everybody reads them."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Customer, User
from config.setaside.reading import UNREADABLE
from health.models import CaseRule, CaseRuleChange
from tests.counting import statements
from tests.factories import DAY, contract, customer, organisation, user
from tests.health.cases.rows import case, closed, rule
from tests.health.conftest import ago, use

pytestmark = pytest.mark.django_db


@pytest.fixture
def mara(months: None) -> User:
    organisation()
    return user(name="Mara")


@pytest.fixture
def admin(mara: User) -> Client:
    return reading(user("admin", name="Ren"))


def reading(who: User, *, htmx: bool = False) -> Client:
    client = Client(headers={"hx-request": "true"} if htmx else {})
    client.force_login(who)
    return client


def page(client: Client, name: str, *args: int, status: int = 200, **query: object) -> str:
    answer = client.get(reverse(f"health:{name}", args=args), query)
    assert answer.status_code == status, answer.content.decode()[:2000]
    return answer.content.decode()


def quiet(owner: User, name: str, back: int = 20) -> Customer:
    made = customer(owner=owner, name=name, first_contract_on=ago(400))
    use(made, [back])
    return made


def silence(**fields: Any) -> CaseRule:
    values = {"key": "quiet", "name": "Gone quiet", "values": {"days": 14}, "swept_on": ago(1), "least_judged": 2}
    return rule(**values | fields)


def judged(one: CaseRule, mara: User) -> None:
    """Four cases of Mara's: three judged, one of them not valid; one of them before a churn, 40 days."""
    for name, resolution in (("Alder", "resolved"), ("Birch", "not_valid")):
        closed(customer(owner=mara, name=name), one, 30, resolution, mara, value=1000)
    lost = customer(owner=mara, name="Cedar", status="churned")
    contract(lost, amount=9000, starts_on=ago(400), ended_on=ago(10))
    closed(lost, one, 50, "lost", mara)
    case(customer(owner=mara, name="Douglas"), one, 2)


def test_list_shows_the_figures_of_each_rule(mara: User):
    one = silence()
    judged(one, mara)
    closed(customer(), one, 300, "resolved", mara)  # cases have been kept for long
    rule("other", name="Never fired")
    text = page(reading(mara), "case_rules")
    assert "Gone quiet" in text
    assert "No use for 14 days" in text
    assert "67%" in text  # 2 of 3 judged cases were valid
    assert "n = 3" in text
    assert "40 days" in text  # from the case of Cedar to its end
    assert "0 of 20" in text  # the other rule: not enough judged cases
    assert "$9k of $9k that one churn took" in text  # the case came 40 days before, not 60
    assert "New case rule" not in text


def test_list_and_page_cost_the_same_whatever_there_is(mara: User):
    one, counts = silence(), []
    client = reading(mara)
    page(client, "case_rules")
    for _ in range(2):
        judged(rule(), mara)
        judged(one, mara)
        CaseRuleChange.objects.create(rule=one, at="2026-11-01T00:00Z", fields={"severity": ["low", "high"]})
        with statements() as listed:
            page(client, "case_rules")
        with statements() as shown:
            page(client, "case_rule", one.pk)
        with statements() as rows:
            page(client, "case_rule_cases", rule=one.pk)
        with statements() as gone:
            page(client, "case_churns")
        counts.append([len(listed), len(shown), len(rows), len(gone)])
    assert counts[0] == counts[1]


@pytest.mark.parametrize(
    ("show", "names"),
    [
        ("fired", {"Alder", "Birch", "Cedar", "Douglas"}),
        ("acted", {"Alder", "Birch", "Cedar"}),
        ("judged", {"Alder", "Birch", "Cedar"}),
        ("not_valid", {"Birch"}),
        ("lead", {"Cedar"}),
        ("alerted", {"Alder", "Birch", "Cedar", "Douglas"}),
        ("held", set()),
    ],
)
def test_each_figure_opens_to_its_cases(mara: User, show: str, names: set[str]):
    one = silence()
    judged(one, mara)
    case(customer(owner=mara, name="Elm"), rule(), 2)
    case(customer(owner=user(), name="Ginkgo"), one, 2)
    text = page(reading(mara), "case_rule_cases", rule=one.pk, show=show)
    assert {name for name in ("Alder", "Birch", "Cedar", "Douglas", "Elm", "Ginkgo") if name in text} == names


def test_cases_of_one_person_and_of_a_shorter_period(mara: User):
    nils = user(name="Nils")
    case(customer(owner=mara, name="Of Mara"), silence(), 2)
    case(customer(owner=nils, name="Of Nils"), CaseRule.objects.get(), 40)
    client = reading(user("viewer"))
    assert "Of Mara" not in page(client, "case_rule_cases", owner=nils.pk)
    assert "Of Nils" not in page(client, "case_rule_cases", days=30)
    assert "Of Nils" in page(client, "case_rule_cases", days=90)
    for query in ({"days": "7"}, {"show": "dreams"}, {"rule": "x"}, {"after": "x"}):
        page(client, "case_rule_cases", status=400, **query)
    page(client, "case_rule_cases", status=404, rule=99_999)


def test_cases_are_paged(mara: User):
    one = silence()
    for n in range(53):
        case(customer(owner=mara, name=f"Customer {n:02}"), one, n + 1)
    client = reading(mara)
    text = page(client, "case_rule_cases", rule=one.pk)
    assert ("Customer 49" in text, "Customer 50" in text) == (True, False)
    following = text.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")
    assert "Customer 52" in client.get(following).content.decode()


def test_churns_say_who_was_seen_coming(mara: User):
    one = silence()
    for name, opened in (("Seen", 70), ("Surprise", 69)):
        of = customer(owner=mara, name=name, status="churned")
        contract(of, amount=6000, starts_on=ago(400), ended_on=ago(10))
        closed(of, one, opened, "lost", mara, closed_on=ago(10))
    closed(customer(), one, 300, "resolved", mara)
    text = page(reading(mara), "case_churns")
    assert text.index("a surprise") < text.index("seen coming")  # the later number first
    assert "50%" in text
    page(reading(mara), "case_churns", status=400, after="x~y")


def test_dry_run_names_whom_a_case_would_open_for(mara: User):
    one = silence()
    quiet(mara, "Willow")
    quiet(user(), "Yew")
    whole = page(reading(mara), "case_rule_trial", one.pk)
    part = page(reading(mara, htmx=True), "case_rule_trial", one.pk)
    for text in (whole, part):
        assert "Willow" in text
        assert "20 days without use, the last on 4 Nov" in text
        assert "Yew" not in text
    assert "<h1>" in whole
    assert "<h1>" not in part


def test_why_names_each_condition_and_what_the_customer_has(mara: User):
    one = silence(audience=[{"field": "arr", "test": "at_least", "value": 5000}])
    quiet(mara, "Willow", 3)
    text = page(reading(mara), "case_rule_why", one.pk, customer="willow")
    assert "no case would open: 2 conditions fail." in text
    assert "Days since last use 3 days" in text or "3 days" in text
    assert "ARR is at least 5,000" in text
    assert "No customer of yours is called" in page(reading(user()), "case_rule", one.pk, customer="Willow")
    fit = quiet(mara, "Poplar")
    Customer.objects.filter(pk=fit.pk).update(arr=9000)
    assert "a case would open today." in page(reading(mara), "case_rule", one.pk, customer="Poplar")


# Changing rules


def body(**changes: str) -> dict[str, str]:
    data = {
        "name": "Gone quiet", "about": "", "plan": "", "type": "adoption", "severity": "medium", "due_days_high": "3",
        "due_days_low": "7", "due_days_tech": "14", "mode": "alert", "precision_floor": "30", "least_judged": "2",
        "is_active": "on", "v-days": "14", "c-0-field": "",
        "c-0-test": "is", "c-0-value": "",
    }  # fmt: skip
    return data | changes


def test_admin_changes_a_rule_sees_the_change_and_takes_it_back(admin: Client):
    one = silence()
    edit = reverse("health:case_rule_edit", args=[one.pk])
    assert 'value="14"' in admin.get(edit).content.decode()
    audience = {"c-0-field": "arr", "c-0-test": "at_least", "c-0-value": "5000"}
    saved = admin.post(edit, body(**{"v-days": "21"}, severity="high", precision_floor="45", **audience))
    assert saved.status_code == 302
    one.refresh_from_db()
    assert (one.values, one.severity, str(one.precision_floor)) == ({"days": 21}, "high", "0.450")
    assert one.audience == [{"field": "arr", "test": "at_least", "value": 5000}]
    text = page(admin, "case_rule", one.pk)
    assert "For (days): 14 → 21" in text
    assert "Severity: Medium → High" in text
    assert "Least precision: 30% → 45%" in text
    assert "Audience: everybody → ARR is at least 5,000" in text
    assert "Ren" in text
    change = one.changes.get()
    undo = reverse("health:case_rule_undo", args=[one.pk, change.pk])
    assert undo in text
    assert admin.post(undo).status_code == 302
    one.refresh_from_db()
    assert (one.values, one.severity, one.audience) == ({"days": 14}, "medium", [])
    assert one.changes.count() == 2


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"v-days": "0"}, "id_v-days_error", "greater than or equal to 1"),
        ({"v-days": "soon"}, "id_v-days_error", "whole number"),
        ({"v-days": ""}, "id_v-days_error", "required"),
        ({"due_days_low": "366"}, "id_due_days_low_error", "less than or equal to 365"),
        ({"precision_floor": "101"}, "id_precision_floor_error", "less than or equal to 100"),
        ({"name": ""}, "id_name_error", "required"),
        ({"c-0-field": "arr", "c-0-test": "at_least", "c-0-value": "lots"}, "id_c-0-value_error", "needs a number"),
    ],
)
def test_bad_values_come_back_with_a_message_at_the_field(
    admin: Client, changes: dict[str, str], field: str, words: str
):
    one = silence()
    answer = admin.post(reverse("health:case_rule_edit", args=[one.pk]), body(plan="Kept", **changes))
    text = answer.content.decode()
    assert (answer.status_code, field in text, words in text, "Kept" in text) == (422, True, True, True)
    assert not CaseRuleChange.objects.exists()


def test_trying_a_change_saves_nothing(admin: Client, mara: User):
    one = silence()
    quiet(mara, "Willow", 20)
    answer = admin.post(reverse("health:case_rule_edit", args=[one.pk]), body(**{"v-days": "10"}, **{"try": "1"}))
    text = answer.content.decode()
    assert "Willow" in text
    assert 'A case would open for <b class="num">1</b> customer' in text
    assert 'value="10"' in text
    one.refresh_from_db()
    assert (one.values, CaseRuleChange.objects.count()) == ({"days": 14}, 0)


def test_new_rule_rests_until_it_is_put_in_use(admin: Client):
    silence()
    made = admin.post(reverse("health:case_rule_new"), {"name": "Quiet weeks", "detector": "silence", "kind": "risk"})
    one = CaseRule.objects.get(name="Quiet weeks")
    assert made["Location"] == reverse("health:case_rule_edit", args=[one.pk])
    assert not one.is_active
    text = page(admin, "case_rule", one.pk)
    assert "At rest" in text
    assert "Made: Quiet weeks" in text
    assert "Take back" not in text
    refused = admin.post(reverse("health:case_rule_undo", args=[one.pk, one.changes.get().pk]))
    assert (refused.status_code, "cannot be taken back" in refused.content.decode()) == (409, True)
    assert admin.post(reverse("health:case_rule_new"), {"name": "", "detector": "moon"}).status_code == 422


def test_demoted_rule_says_so_and_is_put_back(admin: Client):
    one = silence(mode="digest", demoted_on=ago(3))
    change = CaseRuleChange.objects.create(
        rule=one, at="2026-11-21T01:00Z", fields={"mode": ["alert", "digest"], "because": [2, 30]}
    )
    text = page(admin, "case_rule", one.pk)
    assert "2 of 30 judged cases were valid" in text
    assert "by itself" in text
    assert "come in the digest only" in text
    admin.post(reverse("health:case_rule_undo", args=[one.pk, change.pk]))
    one.refresh_from_db()
    assert (one.mode, one.judged_from) == ("alert", DAY)
    assert "Put back to alert" in page(admin, "case_rule", one.pk)


def test_others_read_and_may_not_change(mara: User):
    one = silence()
    for who in (mara, user("viewer"), user("manager")):
        client = reading(who)
        assert "Take back" not in page(client, "case_rule", one.pk)
        assert client.get(reverse("health:case_rule_edit", args=[one.pk])).status_code == 403
        assert client.post(reverse("health:case_rule_edit", args=[one.pk]), body()).status_code == 403
        assert client.post(reverse("health:case_rule_new"), {}).status_code == 403


# Over the API


def test_api_tells_rules_with_their_figures(mara: User):
    one = silence()
    judged(one, mara)
    client = reading(mara)
    told = client.get("/api/v1/case-rules/").json()["results"][0]
    row = told["figures"]
    assert (told["key"], row["fired"], row["acted"], row["judged"], row["not_valid"]) == ("quiet", 4, 3, 3, 1)
    assert (round(row["precision"], 4), row["lead_days"], row["lead_churns"]) == (0.6667, 40.0, 1)
    # Wilson 2 of 3: middle (0.66667 + 0.64024) / 2.28048 = 0.57309, reach 0.36526.
    assert (round(row["low"], 3), round(row["high"], 3)) == (0.208, 0.939)
    assert client.get(f"/api/v1/case-rules/{one.pk}/?days=1").json()["figures"]["fired"] == 0
    assert reading(user()).get(f"/api/v1/case-rules/{one.pk}/").json()["figures"]["precision"] is None
    assert client.get("/api/v1/case-rules/?days=0").status_code == 400


def test_api_costs_the_same_for_one_rule_and_three(mara: User):
    client, counts = reading(mara), []
    client.get("/api/v1/case-rules/")
    for _ in range(2):
        judged(rule(), mara)
        with statements() as asked:
            client.get("/api/v1/case-rules/")
        counts.append(len(asked))
    assert counts[0] == counts[1]


@pytest.mark.parametrize(
    "stored",
    [
        {"values": {"days": 10**30}},
        {"values": "x"},
        {"audience": {"all": None}},
        {"audience": "zz"},
    ],
)
def test_what_is_stored_wrongly_opens_to_be_mended(admin: Client, stored: dict[str, Any]) -> None:
    one = silence()
    CaseRule.objects.update(**stored)
    assert str(UNREADABLE) in page(admin, "case_rules") + page(admin, "case_rule", one.pk)
    page(admin, "case_rule_edit", one.pk)
    page(admin, "case_rule_trial", one.pk)
    page(admin, "case_rule", one.pk, customer=customer(name="Ash").name)
