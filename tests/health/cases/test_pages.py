"""Cases on pages: the list, one case, the customer's panel, and every act as a form."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from accounts.models import Customer, User
from health import states
from health.cases import lists, shipped, sweep
from health.models import Case, CaseEvidence, CaseRule
from health.templatetags import cases as words
from health.words import states as state_words
from tests import factories as make
from tests.factories import DAY
from tests.health.cases.rows import case, closed, rule
from tests.health.conftest import ago, use

pytestmark = pytest.mark.usefixtures("months")


def later(days: int) -> dt.date:
    return DAY + dt.timedelta(days=days)


@pytest.fixture
def csm(db: None) -> User:
    make.organisation()
    return make.user(name="Mara")


@pytest.fixture
def customer(csm: User) -> Customer:
    return make.customer(name="Cobalt Freight", owner=csm, arr=540_000)


def signed_in(who: User, *, htmx: bool = False) -> Client:
    client = Client(headers={"hx-request": "true"} if htmx else {})
    client.force_login(who)
    return client


def page(who: User, name: str, *args: Any, htmx: bool = False, **query: Any) -> str:
    answer = signed_in(who, htmx=htmx).get(reverse(f"health:{name}", args=args), query)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def plain(text: str) -> str:
    """Without the marks of days."""
    return re.sub(r"</?time[^>]*>", "", text)


def post(who: User, name: str, pk: int, *, htmx: bool = True, **given: Any) -> Any:
    return signed_in(who, htmx=htmx).post(reverse(f"health:{name}", args=[pk]), given)


def test_fired_case_says_why_with_its_rule_and_the_figure(csm: User, customer: Customer) -> None:
    rule(name="Nobody comes", plan="Ring the admin", swept_on=ago(1))
    use(customer, [20])
    sweep.sweep(DAY)
    text = page(csm, "case", Case.objects.get().pk)
    assert "20 days without use, the last on 4 Nov" in text
    assert "Nobody comes: No use for 14 days" in text
    assert f"/customers/{customer.pk}/health/days_since_use/" in text
    assert "Suggested: Ring the admin" in text
    assert "$540,000" in text
    assert "still holds" in text
    assert "Opened" in text


def test_the_tabs_count_anew_with_the_list_and_a_row_names_its_customer(csm: User, customer: Customer) -> None:
    case(customer, None, 3, passed_on=DAY, owner=csm, value=540_000)
    assert 'data-tab="passed">1<' in page(csm, "cases", state="passed")
    anew = page(csm, "cases", state="passed", htmx=True)
    assert "<span hx-swap-oob=\"innerHTML:[data-tab='passed']\">1</span>" in anew
    on_phones = anew[anew.index('class="row fold-line"') :]
    assert on_phones.index(customer.name) < on_phones.index("$540k") < on_phones.index("due ")


def test_plan_is_late_after_three_days(csm: User, customer: Customer) -> None:
    assert "Plan late" in page(csm, "case", case(customer, rule(), 4).pk)
    assert "Plan late" not in page(csm, "case", case(customer, rule(), 3).pk)


def test_panel_shows_open_cases_first_due_first_and_those_put_off_last(csm: User, customer: Customer) -> None:
    case(customer, rule(), 4, title="Second", due_on=later(5))
    case(customer, rule(), 22, title="First", due_on=later(3), type="value", plan="Name a champion", state="working")
    case(
        customer,
        rule(),
        9,
        title="Third",
        due_on=later(-9),
        state="snoozed",
        snoozed_until=later(4),
        snooze_reason="Fair",
    )
    closed(customer, rule(), 40, "resolved", csm, title="Gone")
    case(make.customer(owner=csm), rule(), 4, title="Elsewhere")
    text = plain(page(csm, "cases_panel", customer.pk))
    assert text.index("First") < text.index("Second") < text.index("Third") < text.index("Gone")
    assert "22 days open · plan: Name a champion by 27 Nov" in text
    assert "waits until 28 Nov: Fair" in text
    assert "Elsewhere" not in text
    assert 'class="age">3<' in text


def test_panel_offers_a_viewer_nothing_to_do(csm: User, customer: Customer) -> None:
    case(customer, rule(), 4)
    viewer = make.user("viewer")
    assert "/close/" not in page(viewer, "cases_panel", customer.pk)
    assert "/close/" in page(csm, "cases_panel", customer.pk)


def test_list_sorts_by_value_and_filters(csm: User) -> None:
    small, big = make.customer(name="Small", owner=csm), make.customer(name="Big", owner=csm)
    case(small, rule(), 4, title="Dear", value=900, due_on=later(1), severity="high")
    case(big, rule(), 4, title="Cheap", value=100, due_on=ago(1), kind="opportunity")
    closed(big, rule(), 60, "not_valid", csm, title="Over")
    case(big, rule(), 4, title="Asleep", state="snoozed", snoozed_until=later(2), snooze_reason="Fair")
    text = page(csm, "cases")
    assert text.index("Dear") < text.index("Cheap")
    assert "Over" not in text
    assert "Asleep" not in text
    assert page(csm, "cases", sort="due").index("Cheap") < page(csm, "cases", sort="due").index("Dear")
    for query, shown in (
        ({"state": "late"}, {"Cheap"}), ({"state": "snoozed"}, {"Asleep"}), ({"state": "closed"}, {"Over"}),
        ({"kind": "opportunity"}, {"Cheap"}), ({"severity": "high"}, {"Dear"}), ({"q": "sMa"}, {"Dear"}),
    ):  # fmt: skip
        text = page(csm, "cases", **query)
        assert {title for title in ("Dear", "Cheap", "Asleep", "Over") if title in text} == shown, query


def test_list_is_the_scope_of_the_role(csm: User) -> None:
    boss = make.user("manager")
    csm.manager = boss
    csm.save()
    case(make.customer(owner=csm), rule(), 4, title="Hers")
    case(make.customer(owner=boss), rule(), 4, title="Boss")
    case(make.customer(owner=make.user()), rule(), 4, title="Others")
    seen = {
        str(who.role): {title for title in ("Hers", "Boss", "Others") if title in page(who, "cases")}
        for who in (csm, boss, make.user("admin"), make.user("viewer"))
    }
    assert seen == {
        "csm": {"Hers"}, "manager": {"Hers", "Boss"}, "admin": {"Hers", "Boss", "Others"},
        "viewer": {"Hers", "Boss", "Others"},
    }  # fmt: skip
    mine = page(boss, "cases", scope="mine")
    assert "Boss" in mine
    assert "Hers" not in mine
    assert "You cannot look at the scope “all”." in page(csm, "cases", scope="all")
    assert signed_in(csm).get(reverse("health:cases"), {"after": "x"}).status_code == 400


def test_list_goes_on_by_key(csm: User) -> None:
    customer, one = make.customer(owner=csm), rule()
    for number in range(53):
        fields = {"value": number, "title": f"Case-{number:02}", "reason": f"r{number}", "owner": csm}
        case(customer, one, 4, **fields)
    first = signed_in(csm).get(reverse("health:cases"))
    assert len(first.context["page"]) == 50
    rest = page(csm, "cases", after=first.context["page"].after)
    assert [f"Case-{number:02}" in rest for number in (3, 2, 1, 0)] == [False, True, True, True]


def test_statements_of_the_pages_do_not_grow(csm: User, customer: Customer) -> None:
    asked = []
    for size in (1, 3):
        for _ in range(size):
            made = case(customer, rule(), 4, owner=csm)
            for back in (1, 2):
                made.evidence.create(rule=made.rule, day=ago(back), facts={"days": 20})
                made.acts.create(act="opened", day=ago(back), by=csm)
        counted = []
        for name, args in (("cases", []), ("case", [made.pk]), ("cases_panel", [customer.pk])):
            client = signed_in(csm)
            with CaptureQueriesContext(connection) as seen:
                client.get(reverse(f"health:{name}", args=args))
            counted.append(len(seen))
        asked.append(counted)
    assert asked[0] == asked[1]
    assert asked[0][2] <= 10


def test_case_is_opened_by_hand(csm: User, customer: Customer) -> None:
    given = {"title": "Budget cut", "kind": "risk", "type": "commercial", "severity": "high", "plan": "Meet finance",
             "due_on": "2026-12-01", "note": ""}  # fmt: skip
    answer = post(csm, "case_new", customer.pk, **given | {"plan": " ", "due_on": "2026-11-23"})
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "This field is required." in text
    assert "Budget cut" in text
    answer = post(csm, "case_new", customer.pk, **given | {"due_on": "2026-11-23"})
    assert "Choose today or a day after it." in answer.content.decode()
    answer = post(csm, "case_new", customer.pk, **given)
    assert '"cases:changed": {}' in answer["HX-Trigger"]
    assert Case.objects.get().state == "working"
    answer = post(csm, "case_new", customer.pk, **given)
    assert "A case of this title is open already." in answer.content.decode()


def test_a_plan_that_was_only_suggested_gives_way_to_one_that_somebody_wrote(csm: User, customer: Customer) -> None:
    one = case(customer, rule(plan="Ring the admin"), 4, type="adoption")
    form = page(csm, "case_plan", one.pk)
    shown = re.search(r'name="shown" value="([^"]+)"', form)
    assert shown
    post(csm, "case_plan", one.pk, type="adoption", plan="Write to Bo")
    sent = {"type": "adoption", "plan": "Ring the admin", "shown": shown[1]}
    assert post(csm, "case_plan", one.pk, **sent).status_code < 400
    one.refresh_from_db()
    assert one.plan == "Write to Bo"


def test_acts_as_forms_with_a_way_back(csm: User, customer: Customer) -> None:
    one = case(customer, rule(plan="Ring the admin"), 4, type="adoption")
    assert "Ring the admin" in page(csm, "case_plan", one.pk, htmx=True)
    assert "is in progress" in post(csm, "case_plan", one.pk, type="adoption", plan="Ring").content.decode()
    answer = post(csm, "case_snooze", one.pk, until="2026-11-24", reason="Away")
    assert "Choose a day after today." in answer.content.decode()
    answer = post(csm, "case_snooze", one.pk, until="2026-11-30", reason="Away").content.decode()
    assert "waits until 30 Nov" in answer
    assert reverse("health:case_wake", args=[one.pk]) in answer
    assert "is back on the list" in post(csm, "case_wake", one.pk).content.decode()
    assert "awake already" in post(csm, "case_wake", one.pk).content.decode()
    admin = make.user("admin", name="Ren")
    assert "is Ren’s now" in post(csm, "case_hand_on", one.pk, to=admin.pk).content.decode()
    answer = post(csm, "case_close", one.pk, resolution="not_valid", note="")
    assert answer.status_code == 422
    assert "Say why it was not valid." in answer.content.decode()
    answer = post(csm, "case_close", one.pk, resolution="resolved", note="").content.decode()
    assert reverse("health:case_reopen", args=[one.pk]) in answer
    assert "is closed already" in post(csm, "case_close", one.pk, resolution="resolved", note="").content.decode()
    assert "is open again" in post(csm, "case_reopen", one.pk).content.decode()
    assert post(csm, "case_reopen", one.pk, htmx=False).status_code == 409
    one.refresh_from_db()
    assert one.state == "working"


def test_acts_without_script_go_back_to_the_page(csm: User, customer: Customer) -> None:
    one = case(customer, rule(), 4)
    back = reverse("accounts:customer", args=[customer.pk])
    answer = post(csm, "case_close", one.pk, htmx=False, resolution="resolved", note="", next=back)
    assert (answer.status_code, answer["Location"]) == (302, back)
    answer = post(csm, "case_reopen", one.pk, htmx=False, next="https://elsewhere.example/")
    assert answer["Location"] == "/"


def test_passed_state_suggests_that_it_went_by_itself(csm: User, customer: Customer) -> None:
    rule(swept_on=ago(1))
    use(customer, [20])
    sweep.sweep(DAY)
    one = Case.objects.get()
    suggested = '<option value="by_itself" selected>'
    assert suggested not in page(csm, "case_close", one.pk, htmx=True)
    use(customer, [0])
    sweep.sweep(DAY)
    assert suggested in page(csm, "case_close", one.pk, htmx=True)
    assert "has passed" in page(csm, "case", one.pk)


@pytest.mark.parametrize("detector", sorted(states.STATES))
def test_every_condition_reads_as_a_sentence(detector: str) -> None:
    asked = words.asks(CaseRule(detector=detector, values=states.defaults(detector)))
    assert asked
    assert "%(" not in asked
    assert "None" not in asked


def test_figures_stand_in_their_unit() -> None:
    facts = {"measure": "seat_use", "of": "value", "figure": 0.3, "beyond": 0.4}
    assert state_words.found("measure_below", facts, "") == "Seat use is 30%"
    assert state_words.found("measure_below", facts | {"of": "points", "figure": 39}, "") == "Seat use is 39 points"
    assert words.asks(
        CaseRule(detector="measure_below", values={"measure": "seat_use", "of": "value", "beyond": 0.4})
    ) == ("Seat use below 40%")
    assert state_words.found("usage_falling", {"change": -0.42, "days": 28}, "") == "Usage −42% in 28 days"
    assert (
        state_words.found("milestone_late", {"milestone": "habit", "due_on": "2026-11-01"}, "") == "Habit was due 1 Nov"
    )
    assert state_words.found("no_touch", {"days": 95, "last_on": None}, "") == (
        "95 days as a customer, and never a two-way touch"
    )
    assert state_words.found("", {}, "Said in the call") == "Said in the call"
    assert words.asks(CaseRule(detector="gone", values={})) == ""


def test_shipped_rules_read_as_sentences(db: None) -> None:
    shipped.install()
    for one in CaseRule.objects.all():
        assert "–" not in words.asks(one), one.key


def test_passed_case_leaves_the_open_ones_and_is_closed_by_one_press(csm: User, customer: Customer) -> None:
    quiet = rule(name="Went quiet")
    passed = case(customer, quiet, 9, title="Went quiet", passed_on=ago(2))
    CaseEvidence.objects.create(case=passed, rule=quiet, day=ago(9), facts={"days": 20, "last_on": ago(29).isoformat()})
    here = case(customer, None, 3, title="Seen by hand")
    assert lists.counts(Case.objects.all(), DAY) == {"open": 1, "late": 0, "passed": 1, "snoozed": 0, "closed": 0}
    text = page(csm, "cases")
    assert "Seen by hand" in text
    assert "Went quiet" not in text
    text = page(csm, "cases", state="passed")
    assert "Went quiet" in text
    assert "20 days without use, the last on 26 Oct, as of 15 Nov" in text
    assert 'name="resolution" value="by_itself"' in text
    assert "has passed since" in page(csm, "case", passed.pk)
    assert "has passed since" not in page(csm, "case", here.pk)
    assert "Has passed: close" in page(csm, "cases_panel", customer.pk)
    answer = post(csm, "case_close", passed.pk, resolution="by_itself", note="")
    assert answer.status_code in {200, 204, 302}
    passed.refresh_from_db()
    assert (passed.state, passed.resolution, passed.closed_by) == ("closed", "by_itself", csm)
    assert "Went quiet" not in page(csm, "cases", state="passed")


def test_evidence_of_today_carries_no_day(csm: User, customer: Customer) -> None:
    quiet = rule()
    fresh = case(customer, quiet, 0)
    CaseEvidence.objects.create(case=fresh, rule=quiet, day=DAY, facts={"days": 20, "last_on": ago(20).isoformat()})
    text = page(csm, "cases")
    assert "20 days without use, the last on 4 Nov" in text
    assert "as of" not in text


@pytest.mark.parametrize(
    ("days", "words"), [(1, "1 day without use"), (2, "2 days without use"), (14, "14 days without use")]
)
def test_sentences_have_plural_forms(days: int, words: str) -> None:
    assert state_words.found("silence", {"days": days, "last_on": "2026-11-01"}).startswith(words)
    with translation.override("ja"):
        assert state_words.found("silence", {"days": days, "last_on": "2026-11-01"}).startswith(f"{days}日間利用なし")


def test_rule_that_is_set_aside_or_off_says_so(csm: User) -> None:
    bad = rule(name="Bad", values={"days": 0})
    rule(name="At rest", is_active=False, off_reason="Needs features that name their module.")
    sweep.sweep(DAY)
    for text in (page(csm, "case_rules"), page(csm, "case_rule", bad.pk)):
        assert "cannot be evaluated" in text.lower()
    assert "Needs features that name their module." in page(csm, "case_rules")
