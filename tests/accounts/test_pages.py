"""Pages of the record as each role meets them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils.html import escape

from accounts import shipped
from accounts.models import Contact, Customer, Segment, Touchpoint
from tests.counting import statements
from tests.factories import DAY, contact, contract, customer, organisation, user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def company():
    organisation()
    shipped.install()


@pytest.fixture
def csm():
    return user(name="Mara Lindqvist")


@pytest.fixture
def signed_in(client, csm):
    client.force_login(csm)
    return client


def as_(client, role):
    one = user(role)
    client.force_login(one)
    return client


def names(response):
    return [row.name for row in response.context["page"]]


def test_portfolio_shows_own_customers_lowest_health_first(signed_in, csm):
    customer(name="Better", owner=csm, score=80, band="green")
    customer(name="Worse", owner=csm, score=20, band="red")
    customer(name="Unscored", owner=csm)
    customer(name="Foreign", owner=user())
    customer(name="Gone", owner=csm, status="churned")
    response = signed_in.get(reverse("accounts:portfolio"))
    assert names(response) == ["Worse", "Better", "Unscored"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("band=red", ["Red"]),
        ("band=none", ["Plain"]),
        ("band=red&band=none", ["Red", "Plain"]),
        ("status=churned", ["Churned"]),
        ("status=any&sort=name", ["Churned", "Plain", "Red", "Soon"]),
        ("renews_within=60", ["Soon"]),
        ("quiet=30&sort=name", ["Plain", "Red"]),
        ("arr_min=50000", ["Soon"]),
        ("q=oo", ["Soon"]),
        ("owner=nobody", []),
        ("sort=-arr", ["Soon", "Red", "Plain"]),
    ],
)
def test_filters_and_order_stand_in_the_address(signed_in, csm, query, expected):
    customer(name="Red", owner=csm, score=20, band="red", arr=10)
    customer(
        name="Soon",
        owner=csm,
        score=50,
        band="yellow",
        arr=90_000,
        next_renewal_on=DAY + dt.timedelta(days=60),
        last_touch_on=DAY,
    )
    customer(name="Plain", owner=csm)
    customer(name="Churned", owner=csm, status="churned", score=10, band="red")
    assert names(signed_in.get(f"/customers/?{query}")) == expected


@pytest.mark.parametrize(
    "query", ["band=blue", "arr_min=much", "renews_within=0", "owner=x", "segment=999", "sort=colour", "if=a~b~c"]
)
def test_filter_that_cannot_be_read_is_said_and_the_rest_done(signed_in, csm, query):
    for name in ("Kept", "Other"):
        customer(name=name, owner=csm)
    response = signed_in.get(f"/customers/?{query}&q=kept")
    (problem,) = response.context["problems"]
    assert escape(problem) in response.content.decode()
    assert names(response) == ["Kept"]
    assert signed_in.get(f"/customers/export.csv?{query}&q=kept").status_code == 400


@pytest.mark.parametrize("key", ["nonsense", "x~1", "1~x", "~"])
def test_key_that_no_page_gave_is_a_400(signed_in, key):
    assert signed_in.get("/customers/", {"after": key}).status_code == 400


def test_every_page_is_walked_once_forth_and_back(signed_in, csm):
    for n in range(70):
        customer(name=f"C{n:03}", owner=csm, score=n % 7, band="red") if n % 3 else customer(name=f"C{n:03}", owner=csm)
    first = signed_in.get("/customers/")
    second = signed_in.get("/customers/", {"after": first.context["page"].after})
    assert len(names(first)) == 50
    assert len(set(names(first) + names(second))) == 70
    assert second.context["page"].after is None
    back = signed_in.get("/customers/", {"before": second.context["page"].before})
    assert names(back) == names(first)
    assert names(signed_in.get("/customers/", {"before": "end"})) == (names(first) + names(second))[20:]


@pytest.mark.parametrize("rows", [1, 3])
def test_portfolio_statements_do_not_grow(signed_in, csm, rows):
    for _ in range(rows):
        contract(customer(owner=csm, score=50, band="yellow", segment=Segment.objects.first()))
    with statements() as asked:
        signed_in.get("/customers/")
    assert len(asked) == 6  # session, user, day, whose customers, scored ones, unscored ones


def test_totals_add_up_every_page(signed_in, csm):
    customer(owner=csm, arr=100, score=90, band="green", next_renewal_on=DAY + dt.timedelta(days=90))
    customer(owner=csm, arr=300, score=50, band="yellow")
    totals = signed_in.get("/customers/totals/").context["totals"]
    assert (totals.customers, totals.arr, totals.due, totals.due_arr) == (2, 400, 1, 100)
    assert totals.health == Decimal(60)


def test_export_disarms_formulas_and_leaves_foreign_customers_out(signed_in, csm):
    customer(name='=HYPERLINK("x")', owner=csm)
    customer(name="Foreign", owner=user())
    response = signed_in.get("/customers/export.csv")
    text = b"".join(response.streaming_content).decode()
    assert "'=HYPERLINK" in text
    assert "Foreign" not in text


def test_foreign_customer_is_a_404_on_every_address(signed_in):
    foreign = customer(owner=user())
    person = contact(foreign)
    for name, args in [
        ("customer", []),
        ("customer_edit", []),
        ("contacts_panel", []),
        ("contact_new", []),
        ("contact_edit", [person.pk]),
        ("timeline_panel", []),
        ("touch_new", []),
        ("contract_panel", []),
        ("plan_panel", []),
    ]:
        url = reverse(f"accounts:{name}", args=[foreign.pk, *args])
        assert signed_in.get(url).status_code == 404, name
        assert signed_in.post(url).status_code in {404, 405}, name


def test_viewer_reads_and_changes_nothing(client):
    one = customer()
    as_(client, "viewer")
    assert client.get(f"/customers/{one.pk}/").status_code == 200
    assert client.post(f"/customers/{one.pk}/touches/new/", {}).status_code == 403
    assert client.get("/customers/new/").status_code == 403


@pytest.mark.parametrize("rows", [1, 3])
def test_panels_take_a_fixed_number_of_statements(signed_in, csm, rows):
    one = customer(owner=csm)
    for _ in range(rows):
        contract(one)
        person = contact(one, roles=["champion"])
        Touchpoint.objects.create(customer=one, kind="call", happened_on=DAY, author=csm).contacts.add(person)
        one.objectives.create(title="Close in 5 days", agreed_on=DAY).outcomes.create(
            measure="days", baseline=9, target=5
        )
    for name in ("contacts_panel", "timeline_panel", "contract_panel", "plan_panel"):
        with statements() as asked:
            assert signed_in.get(reverse(f"accounts:{name}", args=[one.pk])).status_code == 200
        assert len(asked) <= 5 + 4  # session, user, whose customers, the customer, day; four of its own


def test_touch_is_logged_and_undone(signed_in, csm):
    one = customer(owner=csm)
    who = contact(one)
    data = {"kind": "call", "happened_on": "2026-11-24", "contacts": [who.pk], "sentiment": "4"}
    response = signed_in.post(f"/customers/{one.pk}/touches/new/", data, headers={"HX-Request": "true"})
    touch = Touchpoint.objects.get()
    assert response.status_code == 200
    assert (touch.author, touch.sentiment, list(touch.contacts.all())) == (csm, 4, [who])
    signed_in.post(reverse("accounts:touch_undo", args=[one.pk, touch.pk]))
    assert not Touchpoint.objects.exists()


def test_touch_of_tomorrow_is_refused_at_its_field(signed_in, csm):
    one = customer(owner=csm)
    response = signed_in.post(f"/customers/{one.pk}/touches/new/", {"kind": "call", "happened_on": "2026-11-25"})
    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["happened_on"]
    assert not Touchpoint.objects.exists()


def test_contact_who_left_is_kept_with_the_day(signed_in, csm):
    one = customer(owner=csm)
    who = contact(one, name="Elena Ruiz", roles=["champion"])
    data = {"name": who.name, "roles": ["champion"], "state": "left", "state_on": "2026-11-02"}
    signed_in.post(reverse("accounts:contact_edit", args=[one.pk, who.pk]), data)
    who.refresh_from_db()
    assert (who.state, who.state_on) == ("left", dt.date(2026, 11, 2))
    page = signed_in.get(f"/customers/{one.pk}/").content.decode()
    assert "Nobody holds the champion role." in page


def test_new_customer_starts_in_high_touch(signed_in, csm):
    response = signed_in.post("/customers/new/", {"name": "Cobalt Freight", "country": "jp", "owner": csm.pk})
    added = Customer.objects.get()
    assert response.status_code == 302
    assert (added.touch_model, added.country, added.owner) == ("high", "JP", csm)


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", ""), ("country", "Japan"), ("employees", "many"), ("parent", "999"), ("tags", "x" * 41)],
)
def test_customer_form_names_the_wrong_field(signed_in, csm, field, value):
    data = {"name": "Cobalt", "owner": csm.pk} | {field: value}
    response = signed_in.post("/customers/new/", data)
    assert response.status_code == 422
    assert field in response.context["form"].errors
    assert not Customer.objects.exists()


def test_parent_cannot_lead_back_to_itself(signed_in, csm):
    top = customer(owner=csm)
    below = customer(owner=csm, parent=top)
    response = signed_in.post(f"/customers/{top.pk}/edit/", {"name": "Top", "owner": csm.pk, "parent": below.pk})
    assert response.context["form"].errors["parent"] == ["A customer cannot stand above itself."]


def test_search_finds_customers_and_contacts_one_may_see(signed_in, csm):
    mine = customer(name="Cobalt Freight", owner=csm)
    contact(mine, name="Carl Cobalt")
    contact(customer(name="Cobalt Hidden", owner=user()), name="Cobalt Secret")
    text = signed_in.get("/search/", {"q": "cobalt"}, headers={"HX-Request": "true"}).content.decode()
    assert "Cobalt Freight" in text
    assert "Carl Cobalt" in text
    assert "Hidden" not in text
    assert "Secret" not in text


@pytest.mark.parametrize("name", ["organisation", "segments", "segment_new", "users", "user_new"])
def test_configuration_is_for_admins(client, name):
    assert as_(client, "manager").get(reverse(f"accounts:{name}")).status_code == 404
    assert as_(client, "admin").get(reverse(f"accounts:{name}")).status_code == 200


def test_segment_is_saved_with_its_conditions_and_dry_run_saves_nothing(client):
    as_(client, "admin")
    one = Segment.objects.get(name="Enterprise")
    customer(name="Mover", arr=60_000, segment=Segment.objects.get(name="Mid-market"))
    data = {
        "name": "Enterprise", "touch_model": "high", "touch_every_days": 14, "renewal_lead_days": 90,
        "customers_per_csm": 25, "is_active": "on", "arr_per_csm": "２５０００００", "renewals_per_csm": "12",
        "rule-0-field": "arr", "rule-0-test": "at_least", "rule-0-value": "50000",
        "rule-1-field": "country", "rule-1-test": "is_in", "rule-1-value": "JP, US",
    }  # fmt: skip
    url = reverse("accounts:segment", args=[one.pk])
    dry = client.post(url, data | {"dry": "1", "rule-1-field": ""})
    assert dry.context["trial"].moving == 1
    one.refresh_from_db()
    assert one.rule[0]["value"] == 100_000
    client.post(url, data)
    one.refresh_from_db()
    assert one.rule == [
        {"field": "arr", "test": "at_least", "value": 50_000},
        {"field": "country", "test": "is_in", "value": ["JP", "US"]},
    ]
    assert (one.arr_per_csm, one.renewals_per_csm) == (2_500_000, 12)
    for address in ("/settings/segments/", "/first-steps/"):
        page = " ".join(client.get(address).text.split())
        assert "ARR $2.50M" in page, address
        assert "12 renewals in 90 days" in page, address


def test_segment_with_wrong_figures_names_each_field(client):
    as_(client, "admin")
    data = {
        "name": "X", "touch_model": "high", "touch_every_days": 0, "renewal_lead_days": 30,
        "customers_per_csm": 25, "qbr_every_days": 0, "ebr_every_days": 0, "arr_per_csm": "0.5", "renewals_per_csm": 0,
        "rule-0-field": "arr", "rule-0-test": "at_least", "rule-0-value": "much",
    }  # fmt: skip
    response = client.post("/settings/segments/new/", data)
    assert response.status_code == 422
    errors = response.context["form"].errors
    empty = {"qbr_every_days", "ebr_every_days", "arr_per_csm", "renewals_per_csm"}
    assert set(errors) == {"touch_every_days", "renewal_lead_days"} | empty
    assert [errors[name] for name in sorted(empty)] == [["At least 1; for none leave it empty."]] * 4
    assert "value" in response.context["conditions"].root.parts[0].form.errors


def test_segments_change_places(client):
    as_(client, "admin")
    last = Segment.objects.get(name="Growth")
    client.post(reverse("accounts:segment_move", args=[last.pk]), {"to": "up"})
    assert list(Segment.objects.order_by("position").values_list("name", flat=True)) == [
        "Enterprise",
        "Growth",
        "Mid-market",
    ]


def test_deactivation_hands_over_and_ends_sessions(client):
    leaver, heir = user(), user()
    one = customer(owner=leaver, sentiment=3, sentiment_on=DAY)
    leaver_client = type(client)()
    leaver_client.force_login(leaver)
    as_(client, "admin")
    url = reverse("accounts:user_deactivate", args=[leaver.pk])
    refused = client.post(url, {})
    assert refused.context["form"].errors["heirs"] == ["Somebody must take over the customers."]
    shown = client.post(url, {"heirs": [heir.pk], "seen": "of another plan"})
    assert shown.context["changed"]
    assert "1 customer moves" in " ".join(shown.content.decode().split())
    leaver.refresh_from_db()
    assert leaver.is_active, "a preview does nothing"
    client.post(url, {"heirs": [heir.pk], "seen": shown.context["digest"]})
    one.refresh_from_db()
    leaver.refresh_from_db()
    assert (one.owner, one.sentiment, leaver.is_active) == (heir, None, False)
    assert leaver_client.get("/customers/").status_code == 302


def test_api_lists_own_customers_and_logs_a_touch(signed_in, csm):
    mine = customer(owner=csm)
    foreign = customer(owner=user())
    listed = signed_in.get("/api/v1/customers/").json()
    assert [row["id"] for row in listed["results"]] == [mine.pk]
    assert signed_in.get(f"/api/v1/customers/{foreign.pk}/").status_code == 404
    assert signed_in.get("/api/v1/customers/?band=blue").status_code == 400
    body = {"customer": mine.pk, "kind": "email", "happened_on": "2026-11-24", "proactive": True}
    assert signed_in.post("/api/v1/touchpoints/", body, content_type="application/json").status_code == 201
    body["customer"] = foreign.pk
    assert signed_in.post("/api/v1/touchpoints/", body, content_type="application/json").status_code == 404
    assert Contact.objects.count() == 0
