"""Where customers stand, on pages: what shows, how it pages, who sees it, how many statements it costs."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Customer, User
from health.models import Standing
from health.standing import journey, ladder, milestones, motions, onboarding, retention
from renewals.models import Renewal
from tests import factories as make
from tests.counting import statements
from tests.factories import DAY
from tests.health.conftest import ago, use
from tests.health.standing.standings import answered, running, used
from tests.health.standing.test_motions import case
from tests.markup import tight

pytestmark = pytest.mark.usefixtures("months")
HTMX = {"HX-Request": "true"}


@pytest.fixture
def owner() -> User:
    make.organisation()
    return make.user(name="Mara Own")


@pytest.fixture
def browser(client: Client, owner: User) -> Client:
    client.force_login(owner)
    return client


def sweep() -> None:
    for one in (milestones, onboarding, journey, retention, ladder, motions):
        one.sweep(DAY)  # type: ignore[attr-defined]


def owned(owner: User, since: int = 200, **fields: Any) -> Customer:
    """A customer of ``owner`` that renews by itself, with flat use: passive."""
    customer = running(since, auto_renews=True)
    Customer.objects.filter(pk=customer.pk).update(**{"owner": owner, "name": f"Alder {customer.pk}"} | fields)
    used(customer, 1000, 1000)
    customer.refresh_from_db()
    return customer


def text(client: Client, name: str, *args: Any, query: str = "", **headers: str) -> str:
    answer = client.get(reverse(f"health:{name}", args=args) + query, headers=headers or None)
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_panel_says_motion_state_rung_stage_and_steps(browser: Client, owner: User) -> None:
    customer = owned(owner, band="green", score=80, stage="growth")
    answered(customer, "nps", 9, back=20)
    sweep()
    page = tight(text(browser, "standing", customer.pk))
    for words in (
        "Get back in touch</b> Health is green, and nobody has ever been in touch.", "Log touch", "Disengaged",
        "usage is flat, renews by itself", "Loyalty", "NPS 9, 4 Nov", "Growth", "Activation", "in it since",
    ):  # fmt: skip
        assert words in page, words


def test_panel_shows_the_first_90_days_while_they_are_looked_for(browser: Client, owner: User) -> None:
    young, old = owned(owner, 20), owned(owner, 200)
    young.milestones.create(key="activation", due_on=ago(13), missed_on=ago(12))
    young.milestones.create(key="habit", due_on=ago(-8), reached_on=ago(2))
    young.milestones.create(key="value", due_on=ago(1))
    old.milestones.create(key="activation", due_on=ago(193), missed_on=ago(192))
    motions.sweep(DAY)
    page = text(browser, "standing", young.pk)
    assert page.index("First 90 days") < page.index("late") < page.index(">11 Nov") < page.index("reached")
    assert "not known: no use was reported up to" in page
    assert "First 90 days" not in text(browser, "standing", old.pk)


def test_panel_of_who_is_no_customer_says_so(browser: Client, owner: User) -> None:
    assert "It stands nowhere yet" in text(browser, "standing", make.customer(owner=owner, status="prospect").pk)


@pytest.mark.parametrize(
    ("state", "words"),
    [("save", "Start playbook"), ("find_out", "Log touch"), ("prepare", "Open the renewal"), ("nurture", "")],
)
def test_the_button_does_what_the_motion_asks(browser: Client, owner: User, state: str, words: str) -> None:
    customer = owned(owner)
    facts = {"rule": "healthy", "opportunity": False, "expansion": None}
    Standing.objects.create(customer=customer, kind="motion", state=state, since=DAY, facts=facts)
    contract = customer.contracts.get()
    Renewal.objects.create(customer=customer, contract=contract, term_number=1, due_on=contract.ends_on, arr=1)
    page = text(browser, "standing", customer.pk)
    assert [label for label in ("Start playbook", "Log touch", "Open the renewal") if label in page] == [words] * bool(
        words
    )


def test_a_viewer_gets_no_button(client: Client, owner: User) -> None:
    customer = owned(owner)
    sweep()
    client.force_login(make.user("viewer"))
    assert "Log touch" not in text(client, "standing", customer.pk)


def test_why_holds_every_rule_against_the_customer(browser: Client, owner: User) -> None:
    customer = owned(owner, band="yellow", score=50, next_renewal_on=ago(-30), next_prep_on=ago(60))
    case(customer, "opportunity")
    sweep()
    page = text(browser, "why_motion", customer.pk)
    assert page.count('class="good"') + page.count('class="calm"') >= len(motions.RULES)
    for words in (
        "Health is yellow, and the customer is disengaged.",
        "An opportunity is there",
        "24 Dec",
        "from 25 Sep",
    ):
        assert words in page, words
    assert "<html" not in text(browser, "why_motion", customer.pk, **HTMX)


def test_motions_count_and_list_with_reasons(browser: Client, owner: User) -> None:
    owned(owner, band="red", score=20, name="Weak")
    owned(owner, status="notice", name="Going")
    owned(make.user(), status="notice", name="Foreign")
    sweep()
    page = text(browser, "motions")
    assert page.index("Going") < page.index("Notice is given.")
    assert "Weak" in page
    assert "Foreign" not in page
    assert "No customer has this next action" in text(browser, "motions", query="?motion=expand")


@pytest.mark.parametrize("query", ["motions?motion=dance", "coverage?band=blue", "motions?after=x", "ladder?after=~"])
def test_an_address_that_cannot_be_read_is_a_400(browser: Client, owner: User, query: str) -> None:
    name, _mark, rest = query.partition("?")
    assert browser.get(reverse(f"health:{name}") + f"?{rest}").status_code == 400


def test_passive_revenue_by_contract_end(browser: Client, owner: User) -> None:
    for since, name in ((200, "Zeta"), (320, "Sooner")):
        owned(owner, since, name=name)
    sweep()
    page = text(browser, "passive")
    # Contracts of a year that began 320 and 200 days ago end in 45 and 165 days, the last day being the one before.
    assert page.index("Sooner") < page.index("45 d") < page.index("Zeta") < page.index("165 d")
    assert "$24k" in page


def test_ladder_shares_and_moves(browser: Client, owner: User) -> None:
    customer = owned(owner, 500, name="Birch")
    owned(owner, 200, name="Cedar")
    ladder.sweep(ago(9))
    answered(customer, "nps", 10, back=3)
    ladder.sweep(DAY)
    page = text(browser, "ladder")
    assert page.index("50%") < page.index("Moves")
    moves = page[page.index("Moves") :]
    assert moves.index("Loyalty") < moves.index(">up<") < moves.index("NPS 10") < moves.index(">first<")
    # Who came and has shown nothing yet has not moved.
    assert "Cedar" not in moves


def test_journey_shows_pace_and_who_is_stuck(browser: Client, owner: User) -> None:
    for number in range(10):
        quick = owned(owner, 100)
        quick.milestones.create(key="activation", due_on=ago(93), reached_on=ago(100 - number))
    slow = owned(owner, 60, name="Slow")
    slow.milestones.create(key="activation", due_on=ago(53))
    journey.sweep(DAY)
    page = text(browser, "journey")
    assert page.index("Stuck") < page.index("Slow")
    assert page.count("data-row>") == 1


def test_first_90_days_list_what_is_late_and_what_a_start_is_worth(browser: Client, owner: User) -> None:
    for since, name in ((40, "Young"), (3, "Newer")):
        Customer.objects.filter(pk=running(since).pk).update(owner=owner, name=name)
    use(running(100), [40])
    sweep()
    page = text(browser, "onboarding")
    assert page.index("The literature says") < page.index("Newer") < page.index("Young")
    late = text(browser, "onboarding", query="?late=1")
    assert "Young" in late
    assert "Newer" not in late


def test_coverage_lists_who_is_beyond_the_limit(browser: Client, owner: User) -> None:
    owned(owner, name="Quiet", band="green", score=80)
    near = owned(owner, name="Near", band="red", score=10)
    near.touchpoints.create(kind="call", happened_on=ago(5))
    page = text(browser, "coverage")
    assert "Quiet" in page
    assert "Near" not in page
    assert "Quiet" not in text(browser, "coverage", query="?band=red")


@pytest.mark.parametrize("name", ["motions", "passive", "ladder", "journey", "onboarding", "coverage"])
def test_lists_page_and_cost_the_same_whatever_their_rows(browser: Client, owner: User, name: str) -> None:
    counts = []
    for wanted in (1, 3):
        while Customer.objects.count() < wanted:
            owned(owner, 50)
        sweep()
        with statements() as asked:
            text(browser, name)
        counts.append(len(asked))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("name", ["standing", "why_motion"])
def test_panels_cost_the_same_whatever_the_history(browser: Client, owner: User, name: str) -> None:
    customer = owned(owner, 50)
    counts = []
    for back in (5, 0):
        for one in (journey, retention, ladder, motions):
            one.sweep(ago(back))  # type: ignore[attr-defined]
        with statements() as asked:
            text(browser, name, customer.pk)
        counts.append(len(asked))
        answered(customer, "nps", 10, back=1)
    assert counts[0] == counts[1]


def test_every_row_is_walked_once(browser: Client, owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("health.views.standing.pages.SIZE", 2)
    ids = [owned(owner, 200 + number, arr=number, band="", score=None).pk for number in range(5)]
    sweep()
    for name, wanted in (("motions", ids[::-1]), ("passive", ids[::-1])):
        seen: list[int] = []
        key: str | None = ""
        while key is not None:
            asked = {"motion": "find_out"} | ({"after": key} if key else {})
            page = browser.get(reverse(f"health:{name}"), asked).context["page"]
            seen += [row.pk for row in page]
            key = page.after
        # The greatest ARR comes first; the contract that began first, of the same customer, ends first.
        assert seen == wanted


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("", ""),
        ("?motion=find_out", "?motion=find_out"),
        ("passive/", "disengaged/"),
        ("ladder/?rung=trust", "loyalty/?rung=trust"),
        ("first-90-days/", "first-90-days/"),
        ("nonsense/", "nonsense/"),
    ],
)
def test_addresses_from_before_lead_to_the_page_as_it_is_named_now(client, old, new):
    client.force_login(make.user())
    answer = client.get(f"/motions/{old}")
    assert (answer.status_code, answer["Location"]) == (301, f"/next-actions/{new}")
