"""Two people edit one customer: the second sees both versions, chooses by keyboard, and nothing is lost."""

from __future__ import annotations

import os
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from accounts import customers
from accounts.models import Customer, User
from config import clock
from config.history.actors import acting
from config.history.models import Entry
from renewals import calls
from tests.browser.company import enter
from tests.factories import DAY, customer, organisation, user
from tests.playbooks import rows

if TYPE_CHECKING:
    from playwright.sync_api import Page
    from pytest_django.live_server_helper import LiveServer

    from tests.browser.conftest import Watch

pytestmark = pytest.mark.browser

WIDE = "document.documentElement.scrollWidth <= innerWidth"


def test_both_versions_stand_side_by_side(watched_page: tuple[Page, Watch], live_server: LiveServer) -> None:
    page, watch = watched_page
    organisation()
    mara, jonas = user("admin", name="Mara Lindqvist"), user("admin", name="Jonas Weber")
    one = customer(name="Harbor Energy", owner=mara, industry="Energy", use_case="Reports", tags=["energy"])
    page.set_viewport_size({"width": 1440, "height": 900})
    enter(page, live_server, mara, reverse("accounts:customer_edit", args=[one.pk]))
    _theirs(one, jonas, industry="Utilities", employees=740, tags=["energy", "reports unused"])
    page.get_by_label("Industry").fill("Energy supply, wholesale and storage")
    page.get_by_label("Use case").fill("Report rollout")
    page.get_by_label("Tags").fill("energy, board contact")
    page.get_by_label("Tags").press("Enter")
    page.get_by_role("heading", name="Choose").wait_for()
    watch.allow("409")
    shots = os.environ.get("SHOTS")
    assert page.title().startswith("Harbor Energy")
    for language in ("ja", "en"):
        User.objects.filter(pk=mara.pk).update(language=language)
        page.reload()
        watch.allow("409")
        assert page.locator("html").get_attribute("lang") == language
        for width, height in ((390, 844), (1440, 900)):
            page.set_viewport_size({"width": width, "height": height})
            assert page.evaluate(WIDE), (language, width)
            last = [button.bounding_box() for button in page.locator(".save-line .button").all()]
            assert len({box["y"] for box in last if box}) == 1, (language, width)
            expect(page.locator("a[href^='/history/']:visible").last).to_be_visible()
            expect(page.get_by_role("radio").first).to_be_focused()
            for scheme in ("light", "dark") if shots else ():
                page.emulate_media(color_scheme=scheme)
                page.screenshot(path=f"{shots}/conflict-{language}-{width}-{scheme}.png", full_page=width < 500)
    mine = page.get_by_role("group", name="Industry").get_by_role("radio").first
    assert mine.is_checked()
    page.get_by_role("button", name="All theirs").press("Enter")
    assert not mine.is_checked()
    mine.focus()
    mine.press("Space")
    assert mine.is_checked()
    page.keyboard.press("Control+Enter")
    page.get_by_text("Saved.").wait_for()
    one.refresh_from_db()
    assert (one.industry, one.use_case, one.employees) == (
        "Energy supply, wholesale and storage", "Report rollout", 740,
    )  # fmt: skip
    assert one.tags == ["energy", "reports unused", "board contact"]


def test_what_is_sent_after_going_back_is_compared_with_what_was_typed_beside(
    watched_page: tuple[Page, Watch], live_server: LiveServer
) -> None:
    page, watch = watched_page
    organisation()
    mara, jonas = user("admin", name="Mara Lindqvist"), user("admin", name="Jonas Weber")
    one = customer(name="Harbor Energy", owner=mara, industry="Energy", employees=700, tags=["energy"])
    enter(page, live_server, mara, reverse("accounts:customer_edit", args=[one.pk]))
    _type(page, Industry="Rail", Tags="energy, one")
    page.get_by_text("Saved.").wait_for()
    _theirs(one, jonas, industry="Ships", tags=["energy", "one", "two"])

    page.go_back()
    expect(page.get_by_label("Industry")).to_have_value("Rail")  # as the browser puts it back
    for _again in ("from the form", "from the form behind the question"):
        _type(page, Employees="4242")
        page.get_by_role("heading", name="Choose").wait_for()
        watch.allow("409")
        one.refresh_from_db()
        assert (one.industry, one.employees, one.tags) == ("Ships", 700, ["energy", "one", "two"])
        page.go_back()
        expect(page.get_by_label("Employees")).to_have_value("4242")

    _type(page, Employees="4242")
    page.get_by_role("button", name="All theirs").click()
    page.get_by_role("button", name="Save merged").click()
    page.get_by_text("Saved.").wait_for()
    watch.allow("409")
    one.refresh_from_db()
    assert (one.industry, one.employees, one.tags) == ("Ships", 4242, ["energy", "one", "two"])


def test_the_question_about_a_cell_is_whole_in_its_dialog(
    watched_page: tuple[Page, Watch], live_server: LiveServer
) -> None:
    page, watch = watched_page
    organisation()
    mara = user(name="Mara Lindqvist")
    one = customer(name="Harbor Energy", owner=mara, arr=312_000)
    renewal = rows.renewal(one, 68, arr=312_000)
    enter(page, live_server, mara, "/forecast/?period=all")
    shots = os.environ.get("SHOTS")
    for turn, (language, width, height) in enumerate(
        [("en", 1440, 700), ("ja", 390, 844), ("en", 390, 844), ("ja", 1440, 900)]
    ):
        if turn and not shots:
            break
        User.objects.filter(pk=mara.pk).update(language=language)
        page.set_viewport_size({"width": 1440, "height": 900})
        page.goto(live_server.url + "/forecast/?period=all")
        page.locator("[data-cell] [data-edit]").first.click()
        page.locator("input.edit").wait_for()
        with acting("page", lambda: mara.pk):
            calls.call(renewal, mara, clock.now(), DAY, likelihood=Decimal(f"0.{turn + 3}"), category="")
        page.locator("input.edit").fill(f"{turn + 60}")
        page.keyboard.press("Enter")
        dialog = page.locator("#ask")
        mine = dialog.get_by_role("radio").first
        expect(mine).to_be_focused()
        watch.allow("409")
        for scheme in ("light", "dark") if shots else ():
            page.set_viewport_size({"width": width, "height": height})
            page.emulate_media(color_scheme=scheme)
            page.wait_for_timeout(400)
            page.screenshot(path=f"{shots}/cell-{language}-{width}-{scheme}.png")
        heading, box = dialog.locator("h2").first.bounding_box(), dialog.bounding_box()
        assert heading
        assert box
        assert heading["y"] >= box["y"] + 12
        tops = [(button.bounding_box() or {})["y"] for button in dialog.locator(".save-line .button").all()]
        assert tops[0] == tops[1]
        assert page.evaluate(WIDE)


def test_long_names_in_history_fit_a_phone(watched_page: tuple[Page, Watch], live_server: LiveServer) -> None:
    page, _watch = watched_page
    organisation()
    mara = user("admin", name="Mara Lindqvist", language="ja")
    one = customer(name="南風技研ホールディングス株式会社")
    case = {"act": 1, "kind": "case", "object_id": 1, "customer_id": one.pk, "operation": "deleted"}
    Entry.objects.create(**case, before={"title": "製品が使われていない", "plan": "Call"})
    Entry.objects.create(**case, before={"title": "Platform-and-Everything-Beside-It-Agreement", "plan": "Call"})
    page.set_viewport_size({"width": 390, "height": 844})
    enter(page, live_server, mara, "/history/")
    assert page.evaluate(WIDE)


def _type(page: Page, **fields: str) -> None:
    for label, text in fields.items():
        page.get_by_label(label).fill(text)
    page.get_by_label(label).press("Enter")


def _theirs(one: Customer, by: User, **fields: object) -> None:
    """What ``by`` saves meanwhile."""
    theirs = Customer.objects.get(pk=one.pk)
    for name, value in fields.items():
        setattr(theirs, name, value)
    with acting("page", lambda: by.pk):
        customers.change(theirs, [*fields], day=DAY, by=by)
