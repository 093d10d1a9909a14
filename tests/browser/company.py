"""A small company to work in: four people, one per role, and customers with a whole record.

Health, renewals and tasks are what the sweeps make of contracts, usage and touches, so the pages
show what they would show in a real installation.
"""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.test import Client
from playwright.sync_api import expect

from accounts import lifecycle, segmenting, timeline
from accounts import shipped as segments
from accounts.models import Customer, Objective, Outcome, User
from health import scoring
from health.models import Feature, FeatureDay, SurveyResponse, Ticket, UsageDay
from health.publishing import shipped as scorecards
from health.standing import milestones
from playbooks import enrolment
from playbooks import shipped as plays
from renewals import calls, forecast, pipeline, qbrs
from tests import kept
from tests.factories import DAY, contact, contract, customer, organisation, user

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page
    from pytest_django.live_server_helper import LiveServer

PASSWORD: Final = "a long password"
# Name, owner, what a year costs, days to the end of the term, uses a day long ago and lately.
BOOK: Final = (
    ("Granite Bank", "csm", 312_000, 68, 40, 40),
    ("Cobalt Freight", "csm", 540_000, 40, 60, 8),
    ("Juniper Systems", "csm", 96_000, 75, 20, 22),
    ("翠光電機", "csm", 64_000, 150, 12, 14),
    ("Fathom Labs", "other", 128_000, 55, 30, 3),
    ("Meridian Tools", "other", 72_000, 290, 15, 15),
)


def before(days: int) -> dt.date:
    return DAY - dt.timedelta(days=days)


def build() -> SimpleNamespace:
    """As ``_build`` makes it, once a worker: then its rows are written back."""
    return kept.again("company", _build)


def _build() -> SimpleNamespace:
    """The people by role, ``other`` for a second CSM of the manager's, and customers by name."""
    organisation()
    segments.install()
    scorecards.install(DAY)
    plays.install(DAY)
    company = SimpleNamespace(**_people())
    feature = Feature.objects.create(key="reports", name="Reports", is_core=True)
    for name, owner, amount, left, early, late in BOOK:
        one = customer(
            name=name, owner=getattr(company, owner), first_contract_on=before(365 - left), industry="Banking"
        )
        contract(one, amount=amount, starts_on=before(365 - left), ends_on=before(-left), auto_renews=False)
        _use(one, feature, early, late)
        _relations(one)
    night(DAY)
    company.customers = {one.name: one for one in Customer.objects.all()}
    return company


def night(day: dt.date) -> None:
    """What the daily cycle does, in its order."""
    lifecycle.sweep(day)
    segmenting.sweep(day)
    for first, last in scoring.chunks(day):
        scoring.score_range(first, last, day)
    milestones.sweep(day)
    pipeline.sweep(day)
    qbrs.sweep(day)
    forecast.refresh(day)
    enrolment.sweep(day)


def _people() -> dict[str, User]:
    manager = user("manager", name="Tomás Ferreira", email="manager@demo.example")
    return {
        "manager": manager,
        "csm": user(name="Mara Lindqvist", email="csm@demo.example", manager=manager),
        "other": user(name="Yuki Tanaka", email="other@demo.example", manager=manager),
        "admin": user("admin", name="Ada Brandt", email="admin@demo.example"),
        "viewer": user("viewer", name="Vera Okafor", email="viewer@demo.example"),
    }


def _use(of: Customer, feature: Feature, early: int, late: int) -> None:
    days = [(before(back), late if back < 28 else early) for back in range(1, 100)]  # fmt: skip
    fields: dict[str, Any] = {"active_users": 5, "features": 1, "sessions": 6}
    UsageDay.objects.bulk_create(
        UsageDay(customer=of, day=day, uses=uses, core_uses=uses, **fields) for day, uses in days
    )
    FeatureDay.objects.bulk_create(
        FeatureDay(customer=of, day=day, feature=feature, uses=uses, users=5) for day, uses in days
    )


def _relations(of: Customer) -> None:
    ana = contact(of, name="Ana Ruiz", title="Head of Operations", roles=["champion"])
    contact(of, name="Ben Okoye", roles=["sponsor"], state="left", state_on=before(12))
    said = {"kind": "call", "note": "Went through the open tickets.", "sentiment": 4}
    timeline.log(of, author=of.owner, contacts=[ana], happened_on=before(20), next_step="Send the plan", next_step_on=DAY, **said)  # fmt: skip
    goal = Objective.objects.create(customer=of, title="Close the books in three days", agreed_on=before(90))
    shown = {
        "measured": 4,
        "measured_on": before(30),
        "unit_value": 1_500,
        "confirmed_on": before(29),
        "state": "partial",
    }
    Outcome.objects.create(objective=goal, measure="Days to close", unit="days", baseline=9, target=3, **shown)
    opened = dt.datetime.combine(before(6), dt.time(9), dt.UTC)
    Ticket.objects.create(
        customer=of, source="test", external_id=str(of.pk), subject="Export fails", severity="high", opened_at=opened
    )
    answer = {"kind": "nps", "answer": 8, "answered_on": before(15), "comment": "Solid"}
    SurveyResponse.objects.create(customer=of, source="test", external_id=str(of.pk), **answer)


def sign_in(page: Page, server: LiveServer, who: User) -> None:
    """Through the real sign-in page, in whatever language it is, to the first page of that role."""
    page.goto(f"{server.url}/")
    page.locator("[name=login]").fill(who.email)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=password]").press("Enter")
    expect(page.locator("#main")).to_be_visible()
    settle(page)


def admit(context: BrowserContext, server: LiveServer, who: User) -> None:
    """As after the sign-in page, whose way one test of each role goes (test_journeys.py)."""
    client = Client()
    client.force_login(who)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": server.url}])


def enter(page: Page, server: LiveServer, who: User, path: str = "/") -> None:
    """Be on a page of one's own, without the way that leads there."""
    admit(page.context, server, who)
    page.goto(server.url + path)


def settle(page: Page) -> None:
    """Wait until every panel has come and nothing is under way."""
    page.locator(".htmx-request, [aria-busy=true]").first.wait_for(state="detached")


def call(renewal: Any, who: User, **said: Any) -> None:
    """A call that stands before anybody signs in."""
    calls.call(renewal, who, dt.datetime(2026, 11, 24, 9, tzinfo=dt.UTC), DAY, **said)
