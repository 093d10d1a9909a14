import datetime as dt
import html
import re
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import translation

from accounts.models import Cancellation, Contract, Customer, Segment
from renewals import forecast, pipeline, prep, qbrs
from renewals.forms import FiltersForm
from renewals.models import ForecastCall, PrepPart, Qbr, Renewal
from tests.factories import DAY, customer, segment, user
from tests.markup import tight
from tests.renewals.factories import due_in, renewal_due_in
from tests.tables import said

HX = {"HX-Request": "true"}


@pytest.fixture
def csm():
    return user(name="Mara Stein")


@pytest.fixture
def renewal(csm):
    made = renewal_due_in(30, customer(name="Cobalt Freight", owner=csm, score=58, band="yellow"))
    forecast.refresh(DAY)
    made.refresh_from_db()
    return made


@pytest.fixture
def page(client, csm):
    client.force_login(csm)
    return client


def url(name: str, *args: object) -> str:
    return reverse(f"renewals:{name}", args=args)


def everyones_pages(renewal):
    return [
        url("pipeline"),
        url("renewal", renewal.pk),
        url("panel", renewal.customer_id),
        url("forecast"),
        url("qbrs"),
        url("call", renewal.pk),
        url("renew", renewal.pk),
        url("churn", renewal.pk),
        url("cell", renewal.pk, "likelihood"),
        url("cell", renewal.pk, "category"),
        url("cell", renewal.pk, "note"),
    ]


def test_pages_show_the_customer_under_one_heading(page, renewal):
    for address in everyones_pages(renewal):
        answer = page.get(address)
        assert answer.status_code == 200, address
        assert " style=" not in answer.text
        if address == url("panel", renewal.customer_id):
            assert tight(answer.text).startswith('<section class="panel" id="renewal-panel"')
            continue
        assert answer.text.count("<h1") == 1, address
        assert address == url("qbrs") or "Cobalt Freight" in answer.text, address


@pytest.mark.parametrize(
    ("name", "start"),
    [("pipeline", '<div id="board"'), ("renewal", '<div id="renewal"'), ("forecast", '<div id="forecast"'),
     ("call", '<form class="stack"')],
)  # fmt: skip
def test_htmx_gets_the_fragment_alone(page, renewal, name, start):
    address = url(name) if name in {"pipeline", "forecast"} else url(name, renewal.pk)
    assert tight(page.get(address, headers=HX).text).startswith(start)


def test_anothers_renewal_is_a_404_everywhere(client, renewal):
    client.force_login(user())
    for address in everyones_pages(renewal):
        if address not in {url("pipeline"), url("forecast"), url("qbrs")}:
            assert client.get(address).status_code == 404, address
    for name in ("stage", "refresh", "call", "renew", "churn", "reopen", "withdraw", "decide"):
        assert client.post(url(name, renewal.pk), {"stage": "agreed"}).status_code == 404, name
    assert "Cobalt" not in client.get(url("pipeline")).text
    assert "Cobalt" not in client.get(url("forecast")).text


def test_a_viewer_reads_and_changes_nothing(client, renewal):
    client.force_login(user("viewer"))
    assert client.get(url("renewal", renewal.pk)).status_code == 200
    assert "data-move" not in client.get(url("pipeline")).text
    assert "data-edit" not in client.get(url("forecast")).text
    for name in ("stage", "refresh", "call", "renew", "churn", "reopen", "withdraw", "decide"):
        assert client.post(url(name, renewal.pk), {"stage": "agreed"}).status_code == 403, name
    assert client.post(url("part", renewal.pk, "value"), {"act": "done"}).status_code == 403
    renewal.refresh_from_db()
    assert renewal.stage == "preparing"


def test_a_csm_makes_calls_but_decides_nothing(page, renewal):
    assert page.post(url("decide", renewal.pk), {"likelihood": 50, "reason": "x"}).status_code == 403


def test_manager_sees_the_team(client, csm, renewal):
    boss = user("manager")
    csm.manager = boss
    csm.save()
    client.force_login(boss)
    answer = client.get(url("forecast") + "?period=all")
    assert "Cobalt Freight" in answer.text
    assert "$12k" in answer.text
    assert client.get(url("forecast") + f"?owner={csm.pk}").status_code == 200
    assert client.get(url("forecast") + f"?owner={user().pk}").status_code == 404


# The board


def test_a_card_moves_and_moves_back(page, renewal):
    moved = page.post(url("stage", renewal.pk), {"stage": "proposed"}, headers=HX | {"HX-Target": "board"})
    assert moved.status_code == 200
    assert 'id="board"' in moved.text
    assert "Cobalt Freight moved to Proposed." in moved.text
    renewal.refresh_from_db()
    assert renewal.stage == "proposed"
    back = url("stage_back", renewal.pk, "preparing")
    assert back in moved.text
    assert page.post(back, headers=HX).status_code == 200
    renewal.refresh_from_db()
    assert renewal.stage == "preparing"


def test_a_refused_move_says_why_and_shows_the_board(page, renewal):
    answer = page.post(url("stage", renewal.pk), {"stage": "upcoming"}, headers=HX | {"HX-Target": "board"})
    assert answer.status_code == 422
    assert "due since" in answer.text
    assert page.post(url("stage", renewal.pk), {"stage": "won"}).status_code == 400


def test_without_script_a_move_returns_to_the_page(page, renewal):
    answer = page.post(url("stage", renewal.pk), {"stage": "agreed", "next": url("renewal", renewal.pk)})
    assert answer.status_code == 302
    assert answer["Location"] == url("renewal", renewal.pk)
    answer = page.post(url("stage", renewal.pk), {"stage": "agreed", "next": "https://elsewhere.example/"})
    assert answer["Location"] == "/"


@pytest.mark.parametrize("query", ["owner=x", "within=7", "segment=0", "column=won", "column=upcoming&after=nonsense"])
def test_an_address_that_asks_nonsense_of_the_board_is_a_400(page, renewal, query):
    assert page.get(url("pipeline") + "?" + query).status_code == 400


def test_filters_narrow_the_board(page, csm, renewal):
    due_in(200, customer(name="Far Away", owner=csm, segment=segment()))
    pipeline.sweep(DAY)
    assert "Far Away" in page.get(url("pipeline")).text
    assert "Far Away" not in page.get(url("pipeline") + "?within=90").text
    assert "Cobalt" not in page.get(url("pipeline") + f"?segment={segment().pk}").text


def test_columns_page_by_key(page, csm):
    for n in range(23):
        due_in(200 + n, customer(name=f"Customer no {n:02}", owner=csm))
    pipeline.sweep(DAY)
    first = page.get(url("pipeline")).text
    assert first.count("<article") == 20
    last = Renewal.objects.order_by("due_on", "pk")[19]
    more = page.get(url("pipeline"), {"column": "upcoming", "after": f"{last.due_on}~{last.pk}"}, headers=HX).text
    assert [f"Customer no {n}" in more for n in (19, 20, 21, 22)] == [False, True, True, True]


@pytest.mark.parametrize("n", [1, 3])
@pytest.mark.parametrize(("name", "statements"), [("pipeline", 15), ("forecast", 25)])
def test_statements_do_not_depend_on_rows(page, csm, django_assert_num_queries, n, name, statements):
    for _ in range(n):
        renewal_due_in(20, customer(owner=csm))
    forecast.refresh(DAY)
    Renewal.objects.update(csm_likelihood=Decimal("0.1"))
    with django_assert_num_queries(statements):
        page.get(url(name))


# One renewal


def test_a_part_is_done_kept_and_undone(page, renewal):
    address = url("part", renewal.pk, "case")
    page.post(address, {"act": "keep", "note": "Three years, flat"}, headers=HX)
    part = PrepPart.objects.get(renewal=renewal, part="case")
    assert (part.note, part.done_on) == ("Three years, flat", None)
    done = page.post(address, {"act": "done", "note": "Approved"}, headers=HX)
    assert "renewals:changed" in done["HX-Trigger"]
    part.refresh_from_db()
    assert (part.note, part.done_on) == ("Approved", DAY)
    page.post(address, headers=HX)
    part.refresh_from_db()
    assert part.done_on is None
    assert page.post(url("part", renewal.pk, "cake"), {"act": "done"}).status_code == 404


def test_a_call_is_made_with_errors_at_the_field_and_undone(page, renewal):
    bad = page.post(url("call", renewal.pk), {"likelihood": "120", "category": "hope"}, headers=HX)
    assert bad.status_code == 422
    assert "less than or equal to 100" in bad.text
    assert "hope is not one of" in bad.text
    good = page.post(url("call", renewal.pk), {"likelihood": "70", "category": "most_likely", "note": "ok"}, headers=HX)
    assert good.status_code == 200
    renewal.refresh_from_db()
    assert (renewal.csm_likelihood, renewal.category) == (Decimal("0.7"), "most_likely")
    page.post(url("call_back", renewal.pk), headers=HX)
    renewal.refresh_from_db()
    assert (renewal.csm_likelihood, renewal.category) == (None, "")
    assert ForecastCall.objects.count() == 2


@pytest.mark.parametrize(
    ("field", "value", "column", "kept"),
    [
        ("likelihood", "85%", "csm_likelihood", Decimal("0.85")),
        ("category", "commit", "category", "commit"),
        ("note", "Verbal yes", "csm_note", "Verbal yes"),
    ],
)
def test_one_cell_changes_and_the_rest_of_the_call_stays(page, renewal, field, value, column, kept):
    Renewal.objects.update(csm_likelihood=Decimal("0.4"), category="at_risk", csm_note="Before")
    answer = page.post(url("cell", renewal.pk, field), {field: value}, headers=HX)
    assert answer.status_code == 200
    assert answer["HX-Trigger"]
    before = {"csm_likelihood": Decimal("0.4"), "category": "at_risk", "csm_note": "Before"}
    assert Renewal.objects.values(*before).get() == before | {column: kept}
    assert page.get(url("cell", renewal.pk, "arr")).status_code == 404


def test_a_wrong_cell_says_so_in_its_place(page, renewal):
    answer = page.post(url("cell", renewal.pk, "likelihood"), {"likelihood": "most"}, headers=HX)
    assert answer.status_code == 422
    assert "Enter a number" in answer.text
    assert not ForecastCall.objects.exists()


def test_a_manager_decides_with_a_reason_and_takes_it_back(client, csm, renewal):
    boss = user("manager")
    csm.manager = boss
    csm.save()
    Renewal.objects.update(csm_likelihood=Decimal("0.2"))
    client.force_login(boss)
    assert "Needs your decision" in client.get(url("forecast") + "?period=all").text
    assert client.post(url("decide", renewal.pk), {"likelihood": "20"}).status_code == 422
    assert client.post(url("decide", renewal.pk), {"likelihood": "20", "reason": "Seen"}, headers=HX).status_code == 200
    renewal.refresh_from_db()
    assert (renewal.final_likelihood, renewal.final_by) == (Decimal("0.2"), boss)
    assert "Needs your decision" not in client.get(url("forecast") + "?period=all").text
    client.post(url("withdraw", renewal.pk), headers=HX)
    renewal.refresh_from_db()
    assert renewal.final_likelihood is None


def test_closing_as_renewed_and_undo(page, renewal):
    line = renewal.contract.lines.get()
    form = {
        "starts_on": "2026-12-24",
        "term_months": "24",
        f"amount_{line.pk}": "15000",
        "new_product": "Feeds",
        "new_amount": "500",
    }
    answer = page.post(url("renew", renewal.pk), form)
    assert answer["Location"] == url("renewal", renewal.pk)
    renewal.refresh_from_db()
    assert (renewal.outcome, renewal.closed_arr, renewal.successor.term_months) == ("expanded", Decimal(15_500), 24)
    assert "Expanded" in page.get(url("renewal", renewal.pk)).text
    page.post(url("reopen", renewal.pk))
    renewal.refresh_from_db()
    assert (renewal.stage, Contract.objects.count()) == ("preparing", 1)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"starts_on": ""}, "A new contract needs this."),
        ({"starts_on": "soon"}, "Enter a valid date."),
        ({"starts_on": "2020-01-01"}, "It must start after the contract it renews."),
        ({"term_months": "0"}, "greater than or equal to 1"),
        ({"amount": "-5"}, "greater than or equal to 0"),
        ({"amount": ""}, "needs a line with an amount"),
        ({"new_amount": "50"}, "Name the product."),
        ({"successor": "999999"}, "Select a valid choice"),
    ],
)
def test_a_renewal_form_names_what_is_wrong(page, renewal, changed, message):
    line = renewal.contract.lines.get()
    form = {"starts_on": "2026-12-24", "term_months": "12", "amount": "12000"} | changed
    form[f"amount_{line.pk}"] = form.pop("amount")
    answer = page.post(url("renew", renewal.pk), form)
    assert answer.status_code == 422
    assert message in answer.text
    assert Contract.objects.count() == 1


def test_closing_as_churned_needs_every_reason(page, renewal):
    answer = page.post(url("churn", renewal.pk), {"stated_reason": "other", "root_cause": "value"})
    assert answer.status_code == 422
    assert answer.text.count("This field is required.") == 2
    form = {"stated_reason": "other", "root_cause": "value", "controllable": "yes", "alternative": "manual"}
    answer = page.post(url("churn", renewal.pk), form)
    assert "“Other” needs a sentence." in answer.text
    assert not Cancellation.objects.exists()
    assert page.post(url("churn", renewal.pk), form | {"note": "Merged away"}).status_code == 302
    assert Cancellation.objects.get().controllable is True


def test_the_panel_of_a_customer_without_renewal(page, csm):
    answer = page.get(url("panel", customer(owner=csm).pk))
    assert "No renewal is open" in answer.text


# The forecast


@pytest.mark.parametrize("query", ["period=1999-01", "category=hope", "month=13", "period=x"])
def test_an_address_that_asks_nonsense_of_the_forecast_is_a_400(page, renewal, query):
    assert page.get(url("forecast") + "?" + query).status_code == 400


def test_every_total_leads_to_its_rows(page, csm, renewal):
    other = renewal_due_in(60, customer(name="Granite Bank", owner=csm))
    Renewal.objects.filter(pk=other.pk).update(model_likelihood=Decimal("0.95"))
    address = url("forecast") + "?period=all"
    assert "Granite Bank" in page.get(address).text
    commit, month = page.get(address + "&category=commit").text, page.get(address + "&month=2026-12").text
    assert ("Granite Bank" in commit, "Cobalt" in commit) == (True, False)
    assert ("Granite Bank" in month, "Cobalt" in month) == (False, True)
    assert "Granite Bank" not in page.get(address + "&swing=1").text


# QBRs


@pytest.fixture
def qbr(csm):
    customer(
        name="Cobalt Freight",
        owner=csm,
        segment=segment(qbr_every_days=90),
        first_contract_on=DAY - dt.timedelta(days=70),
    )
    qbrs.sweep(DAY)
    return Qbr.objects.get()


def test_a_qbr_cannot_be_closed_without_goals(page, qbr):
    assert "Cobalt Freight" in page.get(url("qbrs")).text
    answer = page.post(url("qbr", qbr.pk), {"goals": " \n ", "note": "Long talk"})
    assert answer.status_code == 422
    assert "at least one goal" in answer.text
    assert "Long talk" in answer.text
    assert page.post(url("qbr", qbr.pk), {"goals": "All sites on feeds\nClose in 4 days"}).status_code == 302
    qbr.refresh_from_db()
    assert (qbr.goals, qbr.held_on) == (["All sites on feeds", "Close in 4 days"], DAY)
    assert "All sites on feeds" in page.get(url("qbr", qbr.pk)).text
    page.post(url("qbr_reopen", qbr.pk))
    qbr.refresh_from_db()
    assert qbr.held_on is None


def test_qbrs_are_scoped(client, qbr):
    client.force_login(user())
    assert client.get(url("qbr", qbr.pk)).status_code == 404
    client.force_login(user("viewer"))
    assert client.get(url("qbr", qbr.pk)).status_code == 200
    assert client.post(url("qbr", qbr.pk), {"goals": "x"}).status_code == 403
    assert client.post(url("qbr_reopen", qbr.pk)).status_code == 403
    assert client.get(url("qbrs") + "?show=never").status_code == 400


def test_prep_of_a_shared_renewal_shows_on_both(page, csm):
    one = customer(owner=csm)
    first, second = renewal_due_in(20, one), renewal_due_in(30, one)
    prep.complete(second, "health", csm, DAY, "Seen")
    for row in (first, second):
        assert "Shares this prep" in page.get(url("renewal", row.pk)).text


def test_undo_of_a_decision_brings_the_earlier_one_back(client):
    """80 % stands, another decides 60 %, Undo: 80 % stands again as it was decided; undone once more, nothing does.

    Each decision is on record once, in its author's name; what was undone is no news.
    """
    ada, mari = user("admin", name="Ada"), user("admin", name="Mari")
    renewal = renewal_due_in(40, customer(name="Cobalt", owner=user()))
    client.force_login(ada)

    def decide(**data) -> str:
        answer = client.post(url("decide", renewal.pk), data, headers=HX)
        assert answer.status_code in {200, 204}
        return re.findall(rf"/renewals/{renewal.pk}/withdraw/[^\"'\\\\ ]*", answer.text + str(answer.headers))[0]

    def stands() -> tuple:
        renewal.refresh_from_db()
        return renewal.final_likelihood, renewal.final_category, renewal.final_reason, renewal.final_by

    first = decide(likelihood="80", category="commit", reason="Signed by word")
    stood = stands()
    client.force_login(mari)
    second = decide(likelihood="60", reason="Champion gone")
    assert stands() == (Decimal("0.6"), "", "Champion gone", mari)
    client.post(html.unescape(second), headers=HX)
    assert stands() == stood == (Decimal("0.8"), "commit", "Signed by word", ada)
    client.post(html.unescape(decide(likelihood="", category="omitted", reason="Lost")), headers=HX)
    assert stands() == stood
    assert [(call.by, call.likelihood) for call in client.get("/forecast/?period=all").context["news"]] == [
        (ada, Decimal("0.8"))
    ]
    assert client.get(url("renewal", renewal.pk)).text.count("undone") == 2
    client.force_login(ada)
    client.post(html.unescape(first), headers=HX)
    assert stands() == (None, "", "", None)
    kept = ForecastCall.objects.order_by("pk").exclude(undone_at=None).values_list("by", "likelihood")
    assert list(kept) == [(ada.pk, Decimal("0.8")), (mari.pk, Decimal("0.6")), (mari.pk, None)]
    assert not ForecastCall.objects.standing().exists()


@pytest.mark.parametrize("voice", ["call", "decide"])
def test_what_two_say_at_the_address_of_calls_is_compared_with_what_it_writes(client, voice):
    """A manager's call is a decision: the second manager's is held against the first one's, not against the CSM's call."""
    renewal = renewal_due_in(40, customer(name="Cobalt", owner=user()))
    client.force_login(user("admin"))
    form = re.search(r'name="shown" value="([^"]+)"', client.get(url("call", renewal.pk)).text)
    assert form
    client.force_login(user("admin"))
    first = {"likelihood": "61", "reason": "Ada's decision"}
    assert client.post(url(voice, renewal.pk), first, headers=HX).status_code == 200
    client.force_login(user("admin"))
    second = {"likelihood": "22", "reason": "Mari's decision", "shown": form[1]}
    assert client.post(url("call", renewal.pk), second, headers=HX).status_code == 409
    renewal.refresh_from_db()
    assert (renewal.final_likelihood, renewal.csm_likelihood) == (Decimal("0.61"), None)


def test_the_model_is_not_put_into_the_managers_mouth(client):
    boss = user("manager")
    renewal = renewal_due_in(40, customer(owner=user(manager=boss)))
    Renewal.objects.update(model_likelihood=Decimal("0.847"), csm_likelihood=Decimal("0.9"))
    client.force_login(boss)
    page = client.get(url("decide", renewal.pk)).text
    assert "84.7" not in page
    assert not re.search(r"\b90\b", page.split("<form")[-1])


@pytest.mark.parametrize(("field", "posted"), [("note", "Only words"), ("category", ""), ("likelihood", "")])
@pytest.mark.parametrize("headers", [HX, {}])
def test_a_cell_says_what_is_refused_wherever_it_belongs(client, field, posted, headers):
    csm = user()
    renewal = renewal_due_in(40, customer(owner=csm))
    if field == "category":
        Renewal.objects.update(category="commit", csm_called_on=DAY)
    client.force_login(csm)
    answer = client.post(url("cell", renewal.pk, field), {field: posted}, headers=headers)
    assert answer.status_code == 422
    assert answer.text.count("Say a likelihood or a category.") == 1


def test_what_cannot_be_told_stands_after_what_can(client):
    boss = user("manager")
    csm = user(manager=boss)
    for arr in (None, 5, 9_000_000, None):
        renewal_due_in(30, customer(name=f"Worth {arr}", owner=csm))
        Renewal.objects.filter(customer__name=f"Worth {arr}").update(
            arr=arr,
            arr_going_on=None,
            csm_likelihood=Decimal("0.9"),
            csm_called_on=DAY,
            model_likelihood=Decimal("0.1"),
        )
    client.force_login(boss)
    shown = client.get("/forecast/?period=all").context
    for rows in (shown["decisions"], shown["rows"]):
        assert [row.arr for row in rows] == [9_000_000, 5, None, None]


def test_the_board_names_segments_in_the_language_of_its_reader():
    field = FiltersForm(customers=Customer.objects.all()).fields["segment"]
    with translation.override("ja"):
        assert field.label_from_instance(Segment(name="Growth")) == "成長"


WHY = {"stated_reason": "price", "root_cause": "price", "controllable": "no", "alternative": "direct"}
ACTS = [
    ("part", ["health"], {"act": "done", "note": "x"}),
    ("part", ["health"], {"act": "keep", "note": "x"}),
    ("part", ["health"], {"act": "undo"}),
    ("refresh", [], {}),
    ("call", [], {"likelihood": "40", "note": "n"}),
    ("call_back", [], {}),
    ("cell", ["note"], {"note": "n"}),
    ("decide", [], {"likelihood": "40", "reason": "r"}),
    ("withdraw", [], {}),
    ("stage", [], {"stage": "proposed"}),
    ("stage_back", ["proposed"], {}),
    ("churn", [], WHY),
    ("renew", [], {"starts_on": "2027-01-01", "term_months": "12", "new_product": "Feeds", "new_amount": "500"}),
]  # fmt: skip
OVER = {
    "closed": {"stage": "closed", "outcome": "auto", "closed_on": DAY},
    "void": {"stage": "closed", "outcome": "void", "void_reason": "other", "closed_on": DAY},
}


def all_written(renewal: Renewal) -> list[object]:
    rows = [Renewal.objects.filter(pk=renewal.pk), renewal.parts.order_by("pk"), ForecastCall.objects.all()]
    return [said(one) for one in rows] + [Contract.objects.count()]


@pytest.mark.parametrize("state", OVER)
def test_every_act_on_one_that_is_over_is_refused_in_words(client, state):
    boss = user("admin")
    renewal = renewal_due_in(30, customer(owner=boss))
    Renewal.objects.update(csm_likelihood=Decimal("0.4"), csm_called_on=DAY, **OVER[state])
    PrepPart.objects.filter(part="health").update(done_on=DAY, done_by=boss)
    PrepPart.objects.filter(part="case").update(facts={"from": "before"})
    client.force_login(boss)
    stands = all_written(renewal)
    for name, rest, given in ACTS:
        answer = client.post(url(name, renewal.pk, *rest), given, headers=HX)
        words = html.unescape(answer.content.decode())
        assert answer.status_code < 500, name
        assert re.search("is closed|already|opened again, with its outcome", words), (name, words)
        assert all_written(renewal) == stands, name


def test_every_act_on_one_whose_end_is_confirmed_is_answered(client):
    boss = user("admin")
    client.force_login(boss)
    for name, rest, given in ACTS:
        renewal = renewal_due_in(30, customer(owner=boss))
        Renewal.objects.filter(pk=renewal.pk).update(leaving="confirmed", leaves_on=renewal.due_on)
        assert client.post(url(name, renewal.pk, *rest), given, headers=HX).status_code < 500, name


def test_one_whose_end_is_confirmed_joins_the_prep_beside_it_by_hand(page, renewal):
    """Only by hand: by itself nothing is prepared where the end is confirmed."""
    other = renewal_due_in(45, renewal.customer)
    Renewal.objects.filter(pk=other.pk).update(
        stage="upcoming", prep_opened_on=None, prep_with=None, leaving="confirmed", leaves_on=other.due_on
    )
    assert page.post(url("stage", other.pk), {"stage": "preparing"}, headers=HX).status_code == 200
    other.refresh_from_db()
    assert (other.stage, other.prep_with) == ("preparing", renewal)


@pytest.mark.parametrize(("days", "word"), [(-3, "passed 21 Nov"), (0, "24 Nov"), (3, "27 Nov")])
def test_a_notice_date_that_passed_says_so_in_the_list(renewal, csm, client, days, word):
    Renewal.objects.filter(pk=renewal.pk).update(notice_on=DAY + dt.timedelta(days=days))
    client.force_login(csm)
    page = client.get(reverse("renewals:list")).content.decode()
    assert f">{word}<" in page
    assert page.count("passed ") == (days < 0)
