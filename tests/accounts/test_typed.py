"""What a CSM types: by the rules and messages of imports, with Undo."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts import contracts, typable, typed
from accounts.identity import merging
from accounts.imports import hearing, reconciling
from accounts.imports.loading import Busy
from accounts.models import (
    Cancellation,
    Contract,
    ContractLine,
    Customer,
    Deviation,
    Disagreement,
    ExternalKey,
    ImportFile,
    ImportLine,
    ImportRun,
    Invoice,
    Objective,
    Outcome,
    Role,
)
from config import clock
from tests import factories as make
from tests.accounts.imports import bring, counts, write
from tests.counting import statements
from tests.factories import DAY

pytestmark = pytest.mark.django_db
CONTRACT = {
    "external_id": "K-1", "starts_on": "2026-01-01", "ends_on": "2026-12-31", "term_months": "12", "notice_days": "30", "auto_renews": "on",
    "seats": "40", "rows": "1", "r-0-product": "Suite", "r-0-quantity": "1", "r-0-annual_amount": "12000", "r-0-discount_percent": "10",
}  # fmt: skip
# A second line, and an empty row, which is none.
MORE = {
    "rows": "3", "r-1-product": "Support", "r-1-quantity": "2", "r-1-annual_amount": "3000", "r-1-line_starts_on": "2026-04-01",
    "r-2-quantity": "1", "r-2-product": "",
}  # fmt: skip
BODIES: dict[str, tuple[Any, dict[str, str]]] = {
    "contracts": (Contract, CONTRACT),
    "objectives": (Objective, {"title": "Fewer calls", "agreed_on": "2026-11-01"}),
    "outcomes": (Outcome, {"measure": "Calls a day", "baseline": "120", "target": "80", "state": "open"}),
    "cancellations": (Cancellation, {"on": "2026-11-01", "stated_reason": "price"}),
    "invoices": (Invoice, {"external_id": "R-1", "issued_on": "2026-11-01", "due_on": "2026-11-30", "amount": "1000"}),
}


@pytest.fixture
def csm(client: Client) -> tuple[Client, Customer]:
    make.organisation()
    person = make.user()
    client.force_login(person)
    return client, make.customer(owner=person)


def undo_of(answer: Any) -> str:
    (message,) = answer.context["messages"]
    return next(tag.removeprefix("undo:") for tag in message.extra_tags.split() if tag.startswith("undo:"))


@pytest.mark.parametrize("key", BODIES)
def test_a_row_is_typed_and_taken_back(csm, key: str):
    client, customer = csm
    model, body = BODIES[key]
    url = reverse("accounts:typed", args=[customer.pk, key])
    assert client.get(url).status_code == 200
    answer = client.post(url, body, follow=True)
    assert answer.redirect_chain, answer.context["form"].errors
    row = model.objects.get()
    owner = row.objective.customer if key == "outcomes" else row.customer
    assert (owner, row.source) == (customer, "typed")
    client.post(undo_of(answer))
    assert (model.objects.count(), Objective.objects.count()) == (0, 0)


def test_a_contract_has_its_line_seats_and_revenue(csm):
    client, customer = csm
    client.post(reverse("accounts:typed", args=[customer.pk, "contracts"]), CONTRACT)
    contract = Contract.objects.get()
    line = contract.lines.get()
    assert (contract.external_id, contract.auto_renews, contract.notice_days) == ("K-1", True, 30)
    assert (line.product, line.annual_amount, line.discount_percent) == ("Suite", Decimal(12_000), Decimal(10))
    assert contract.entitlements.get(kind="seats").quantity == 40
    assert ImportRun.objects.get().title == f"Typed: {customer.name}"


def test_what_was_typed_without_a_number_is_called_by_product_and_day(csm):
    """An id of ours tells nobody anything; one of a source is its number, in whatever form."""
    client, customer = csm
    client.post(reverse("accounts:typed", args=[customer.pk, "contracts"]), CONTRACT | {"external_id": ""})
    client.post(reverse("accounts:typed", args=[customer.pk, "cancellations"]), BODIES["cancellations"][1])
    contract, cancellation = Contract.objects.get(), Cancellation.objects.get()
    panel = client.get(reverse("accounts:contract_panel", args=[customer.pk])).content.decode()
    assert 'Suite, <time datetime="2026-01-01">1 Jan</time>' in panel
    client.force_login(make.user(Role.ADMIN))
    pages = [
        client.get(f"/import/runs/{run.pk}/?rows=new").content.decode() for run in ImportRun.objects.order_by("pk")
    ]
    assert "Suite, 2026-01-01" in pages[0]
    assert str(cancellation.on) in pages[1]
    shown = [panel, *pages, client.get(reverse("accounts:customer", args=[customer.pk])).content.decode()]
    assert [own for own in (contract.external_id, cancellation.external_id) if own in "".join(shown)] == []
    Contract.objects.update(source="crm")
    assert contract.external_id in client.get(reverse("accounts:contract_panel", args=[customer.pk])).content.decode()


@pytest.mark.parametrize(
    ("key", "change", "field", "reason"),
    [
        ("contracts", {"ends_on": "2025-12-31"}, "ends_on", "The last day lies before the first."),
        ("contracts", {"currency": "XXQ"}, "currency", "XXQ"),
        ("invoices", {"issued_on": "2027-01-01", "due_on": "2027-02-01"}, "issued_on", "future"),
        ("cancellations", {"stated_reason": "other"}, "note", "Is empty, and the stated reason is “other”"),
        ("objectives", {"title": ""}, "title", "This field is required."),
    ],
)
def test_what_an_import_refuses_is_refused_at_its_field(csm, key: str, change: dict[str, str], field: str, reason: str):
    client, customer = csm
    model, body = BODIES[key]
    answer = client.post(reverse("accounts:typed", args=[customer.pk, key]), body | change)
    assert answer.status_code == 422
    assert reason in " ".join(answer.context["form"].errors[field])
    assert (model.objects.count(), ImportRun.objects.count()) == (0, 0)


def test_a_number_stands_once(csm):
    client, customer = csm
    url = reverse("accounts:typed", args=[customer.pk, "contracts"])
    client.post(url, CONTRACT)
    answer = client.post(url, CONTRACT | {"r-0-product": "Another"})
    assert answer.context["form"].errors["external_id"] == ["There is one with this number already."]
    assert Contract.objects.count() == 1


def test_what_has_changed_since_is_not_taken_back(csm):
    client, customer = csm
    answer = client.post(
        reverse("accounts:typed", args=[customer.pk, "objectives"]), BODIES["objectives"][1], follow=True
    )
    undo = undo_of(answer)
    Objective.objects.update(title="Another")
    assert client.post(undo.partition("?")[0]).status_code == 302
    client.post(undo)
    assert Objective.objects.get().title == "Another"


def test_who_may_not_change_types_nothing(csm):
    client, customer = csm
    url = reverse("accounts:typed", args=[customer.pk, "objectives"])
    for role, status in ((Role.VIEWER, 403), (Role.CSM, 404)):
        client.force_login(make.user(role))
        assert client.post(url, BODIES["objectives"][1]).status_code == status
    assert not Objective.objects.exists()


def test_every_kind_asks_fields_of_its_target():
    for kind in typable.KINDS.values():
        assert [kind.target.field(name) for name in kind.asks if kind.target.field(name) is None] == []


def test_the_first_contract_that_is_typed_is_known_since_today_as_any_other(csm):
    client, customer = csm
    today = clock.today()
    for number in ("K-1", "K-2"):
        client.post(reverse("accounts:typed", args=[customer.pk, "contracts"]), CONTRACT | {"external_id": number})
    assert set(Contract.objects.values_list("known_on", flat=True)) == {today}


def lines_of(contract: Contract) -> list[tuple[Any, ...]]:
    standing = contracts.standing(contracts.of_customer(contract.customer, DAY).get(pk=contract.pk), DAY)
    rows = sorted([*standing.lines, *standing.later, *standing.past], key=lambda line: line.pk)
    return [(line.product, line.quantity, int(line.annual_amount), line.starts_on.isoformat()) for line in rows]


def changed(client: Client, row: Any, key: str, body: dict[str, str]) -> Any:
    """The answer to a form that was opened now and came back as ``body``."""
    owner = row.objective.customer if key == "outcomes" else row.customer
    url = reverse("accounts:typed_change", args=[owner.pk, key, row.pk])
    saw = client.get(url).context["form"].initial["saw"]
    return client.post(
        url, {name: value for name, value in body.items() if name != "external_id"} | {"saw": saw}, follow=True
    )


def test_a_contract_is_typed_with_several_lines(csm):
    client, customer = csm
    url = reverse("accounts:typed", args=[customer.pk, "contracts"])
    more = client.post(url, CONTRACT | {"more": "1"})
    assert (more.status_code, len(more.context["form"].rows), Contract.objects.count()) == (200, 2, 0)
    assert more.context["form"].rows[0].initial["product"] == "Suite"
    client.post(url, CONTRACT | MORE)
    contract = Contract.objects.get()
    assert lines_of(contract) == [("Suite", 1, 12_000, "2026-01-01"), ("Support", 2, 3_000, "2026-04-01")]
    assert contract.entitlements.get().quantity == 40


def test_what_is_wrong_with_one_line_stands_at_it_and_nothing_is_written(csm):
    client, customer = csm
    url = reverse("accounts:typed", args=[customer.pk, "contracts"])
    answer = client.post(url, CONTRACT | MORE | {"r-1-annual_amount": "-5"})
    form = answer.context["form"]
    assert answer.status_code == 422
    assert form.rows[1].errors["annual_amount"] == ["Is below 0: take the discount off the line that it lowers"]
    assert not form.rows[0].errors
    none = client.post(
        url, {name: value for name, value in CONTRACT.items() if not name.startswith("r-")} | {"rows": "0"}
    )
    assert "at least one line" in none.context["form"].non_field_errors()[0]
    same = client.post(
        url,
        CONTRACT | {"rows": "2", **{n.replace("r-0", "r-1"): v for n, v in CONTRACT.items() if n.startswith("r-0")}},
    )
    assert same.status_code in {200, 302, 422}
    assert Contract.objects.count() <= 1


MISTAKE = {"is_mistake": "on"}


def test_a_mistyped_contract_of_one_line_keeps_it_whatever_changes(csm):
    client, customer = csm
    client.post(reverse("accounts:typed", args=[customer.pk, "contracts"]), CONTRACT)
    contract = Contract.objects.get()
    line = contract.lines.get()
    new = (
        CONTRACT
        | {
            "starts_on": "2026-02-01",
            "r-0-product": "Suite Pro",
            "r-0-annual_amount": "15000",
            "seats": "50",
            "notice_days": "60",
        }
        | MISTAKE
    )
    answer = changed(client, contract, "contracts", new)
    assert answer.redirect_chain, (answer.context["form"].errors, answer.context["form"].rows[0].errors)
    contract.refresh_from_db()
    assert (contract.starts_on.isoformat(), contract.notice_days) == ("2026-02-01", 60)
    assert lines_of(contract) == [("Suite Pro", 1, 15_000, "2026-02-01")]
    assert contract.lines.get().pk == line.pk
    assert contract.entitlements.get().quantity == 50
    client.post(undo_of(answer))
    contract.refresh_from_db()
    assert (contract.starts_on.isoformat(), contract.notice_days) == ("2026-01-01", 30)
    assert lines_of(contract) == [("Suite", 1, 12_000, "2026-01-01")]
    assert contract.entitlements.get().quantity == 40


def test_lines_come_and_go_with_undo(csm):
    client, customer = csm
    client.post(reverse("accounts:typed", args=[customer.pk, "contracts"]), CONTRACT | MORE)
    contract = Contract.objects.get()
    before = lines_of(contract)
    other = MORE | MISTAKE | {"r-0-product": "Base", "r-2-product": "Training", "r-2-annual_amount": "500"}
    answer = changed(client, contract, "contracts", CONTRACT | other)
    assert answer.redirect_chain, (answer.context["form"].errors, [row.errors for row in answer.context["form"].rows])
    assert sorted(lines_of(contract)) == [
        ("Base", 1, 12_000, "2026-01-01"), ("Support", 2, 3_000, "2026-04-01"), ("Training", 1, 500, "2026-01-01"),
    ]  # fmt: skip
    client.post(undo_of(answer))
    assert lines_of(contract) == before


def amounts_of(contract: Contract) -> list[tuple[str, int, str, str | None]]:
    """Each stretch by product, amount and days."""
    rows = contract.lines.order_by("starts_on", "product", "pk")
    return [
        (line.product, int(line.annual_amount), *(str(day) if day else "" for day in (line.starts_on, line.ends_on)))
        for line in rows
    ]


def test_a_contract_changes_from_today_on_and_its_past_keeps_its_revenue(csm):
    client, customer = csm
    client.post(reverse("accounts:typed", args=[customer.pk, "contracts"]), CONTRACT | MORE)
    contract = Contract.objects.get()
    before = [("Suite", 12_000, "2026-01-01", ""), ("Support", 3_000, "2026-04-01", "")]
    assert amounts_of(contract) == before
    # A dearer line, one that goes and a new one, which begins now.
    new = {"r-0-annual_amount": "15000", "r-1-product": "Training", "r-1-line_starts_on": "", "seats": "50"}
    answer = changed(client, contract, "contracts", CONTRACT | MORE | new)
    assert answer.redirect_chain, answer.context["form"].errors
    today = str(DAY)
    after = [
        ("Suite", 12_000, "2026-01-01", today), ("Support", 3_000, "2026-04-01", today),
        ("Suite", 15_000, today, ""), ("Training", 3_000, today, ""),
    ]  # fmt: skip
    assert amounts_of(contract) == after
    assert list(contract.entitlements.order_by("pk").values_list("quantity", "ends_on")) == [(40, DAY), (50, None)]
    # Opened and saved as it stands it changes nothing; what is over cannot be changed but by who mistyped it.
    form = client.get(reverse("accounts:typed_change", args=[customer.pk, "contracts", contract.pk])).context["form"]
    assert "typing mistake" in str(form)
    same = {"rows": "4"} | {f"r-{place}-{name}": str(value) for place, row in enumerate(form.rows)
                            for name in row.fields if (value := row[name].value()) is not None}  # fmt: skip
    assert changed(client, contract, "contracts", CONTRACT | {"seats": "50"} | same).redirect_chain
    assert amounts_of(contract) == after
    assert ImportRun.objects.count() == 2
    place = next(
        place
        for place, row in enumerate(form.rows)
        if row["line_ends_on"].value() and row["product"].value() == "Suite"
    )
    dearer = CONTRACT | {"seats": "50"} | same | {f"r-{place}-annual_amount": "9"}
    refused = changed(client, contract, "contracts", dearer)
    assert "This would change the past" in refused.context["form"].rows[place].errors["annual_amount"][0]
    assert changed(client, contract, "contracts", dearer | MISTAKE).redirect_chain
    assert amounts_of(contract)[0] == ("Suite", 9, "2026-01-01", today)
    client.post(undo_of(answer))
    assert amounts_of(contract) != before, "changed again since"


@pytest.mark.parametrize(
    ("new", "field"), [({"starts_on": "2025-12-01"}, "starts_on"), ({"starts_on": "2026-02-01"}, "starts_on"),
                       ({"currency": "EUR"}, "currency"), ({"is_trial": "on"}, "is_trial")],
)  # fmt: skip
def test_what_a_contract_has_been_changes_by_a_typing_mistake_alone(csm, new: dict[str, str], field: str):
    client, customer = csm
    client.post(reverse("accounts:typed", args=[customer.pk, "contracts"]), CONTRACT)
    contract = Contract.objects.get()
    answer = changed(client, contract, "contracts", CONTRACT | new)
    assert "This would change the past" in answer.context["form"].errors[field][0]
    assert changed(client, contract, "contracts", CONTRACT | new | MISTAKE).redirect_chain
    assert str(Contract.objects.values_list(field, flat=True).get()) == {"on": "True"}.get(new[field], new[field])


def test_a_trial_that_ends_costs_from_today_on(csm):
    """No typing mistake is needed, for its past stays without revenue."""
    client, customer = csm
    client.post(reverse("accounts:typed", args=[customer.pk, "contracts"]), CONTRACT | {"is_trial": "on"})
    contract = Contract.objects.get()
    assert changed(client, contract, "contracts", CONTRACT).redirect_chain
    assert amounts_of(contract) == [("Suite", 0, "2026-01-01", str(DAY)), ("Suite", 12_000, str(DAY), "")]


def test_a_dated_change_is_taken_back(csm):
    client, customer = csm
    client.post(reverse("accounts:typed", args=[customer.pk, "contracts"]), CONTRACT)
    contract = Contract.objects.get()
    before = amounts_of(contract)
    answer = changed(client, contract, "contracts", CONTRACT | {"r-0-product": "Suite Pro", "seats": "50"})
    assert amounts_of(contract) == [("Suite", 12_000, "2026-01-01", str(DAY)), ("Suite Pro", 12_000, str(DAY), "")]
    client.post(undo_of(answer))
    assert amounts_of(contract) == before
    assert list(contract.entitlements.values_list("quantity", "ends_on")) == [(40, None)]


def test_a_second_line_that_was_changed_and_taken_back_is_not_called_kept(csm):
    """Its stretches stand at its own row of the run, and what the contract itself has did not change."""
    client, customer = csm
    client.post(reverse("accounts:typed", args=[customer.pk, "contracts"]), CONTRACT | MORE)
    contract = Contract.objects.get()
    before = amounts_of(contract)
    answer = changed(client, contract, "contracts", CONTRACT | MORE | {"r-1-annual_amount": "4000"})
    assert amounts_of(contract) != before
    lines = ImportLine.objects.filter(file__run=ImportRun.objects.latest("pk")).exclude(kind="same").order_by("pk")
    assert set(lines.values_list("line", "kind", "object_kind")) == {
        (1, "new", "contractline"), (1, "changed", "contractline"),
    }  # fmt: skip
    # Of a run of before, when the row had a line without a field.
    file = lines[0].file
    file.lines.create(line=3, kind="changed", object_kind="contract", customer_id=customer.pk)
    client.post(undo_of(answer))
    assert amounts_of(contract) == before
    assert {line.outcome for line in lines} == {"returned"}


@pytest.mark.parametrize(
    ("said", "payment", "again"),
    [({}, "unknown", ""), ({"status": "open"}, "known", "open"), ({"status": "paid"}, "settled", "paid"),
     ({"status": "void"}, "void", "void"),
     ({"paid_on": "2026-11-20"}, "known", "paid")],
)  # fmt: skip
def test_payment_that_nobody_knows_stays_unknown(csm, said: dict[str, str], payment: str, again: str):
    """When the amount alone is put right, too."""
    client, customer = csm
    client.post(reverse("accounts:typed", args=[customer.pk, "invoices"]), BODIES["invoices"][1] | said)
    row = Invoice.objects.get()
    assert row.payment == payment
    form = client.get(reverse("accounts:typed_change", args=[customer.pk, "invoices", row.pk])).context["form"]
    assert (form["status"].value() or "", [value for value, _word in form.fields["status"].choices]) == (
        again, ["", "open", "paid", "void"],
    )  # fmt: skip
    shown = {name: form[name].value() or "" for name in ("issued_on", "due_on", "paid_on", "status", "currency")}
    assert changed(client, row, "invoices", shown | {"amount": "900"}).redirect_chain
    row.refresh_from_db()
    assert (row.payment, row.amount) == (payment, 900)


CHANGES: dict[str, tuple[dict[str, str], str, Any]] = {
    "objectives": ({"title": "No calls", "agreed_on": "2026-10-01"}, "title", "No calls"),
    "outcomes": ({"measure": "Calls a day", "baseline": "120", "target": "60", "state": "partial"}, "state", "partial"),
    "cancellations": ({"on": "2026-11-01", "stated_reason": "competitor"}, "stated_reason", "competitor"),
    "invoices": ({"issued_on": "2026-11-01", "due_on": "2026-12-31", "amount": "900"}, "amount", Decimal(900)),
}


@pytest.mark.parametrize("key", CHANGES)
def test_a_typed_row_is_changed_by_the_rules_of_imports(csm, key: str):
    client, customer = csm
    model, body = BODIES[key]
    client.post(reverse("accounts:typed", args=[customer.pk, key]), body)
    row = model.objects.get()
    new, field, value = CHANGES[key]
    answer = changed(client, row, key, new)
    assert answer.redirect_chain, answer.context["form"].errors
    row.refresh_from_db()
    assert (getattr(row, field), model.objects.count()) == (value, 1)
    assert changed(client, row, key, new).redirect_chain
    assert ImportRun.objects.count() == 2, "nothing changed"
    stale = reverse("accounts:typed_change", args=[customer.pk, key, row.pk])
    late = client.post(stale, new | {"saw": "another"})
    assert "Somebody else has changed this meanwhile" in late.context["form"].non_field_errors()[0]


def test_rows_that_nobody_can_name_and_rows_of_others_are_not_changed(csm):
    client, customer = csm
    for contract in (
        make.contract(customer, source="", external_id=""),
        make.contract(make.customer(), source="typed", external_id="K-8"),
    ):
        url = reverse("accounts:typed_change", args=[customer.pk, "contracts", contract.pk])
        assert client.get(url).status_code == 404
    shown = client.get(reverse("accounts:contract_panel", args=[customer.pk])).content.decode()
    assert "/typed/contracts/" not in shown


def test_a_change_is_not_taken_back_once_it_has_been_changed_again(csm):
    client, customer = csm
    client.post(reverse("accounts:typed", args=[customer.pk, "contracts"]), CONTRACT)
    contract = Contract.objects.get()
    first = changed(client, contract, "contracts", CONTRACT | {"notice_days": "60"})
    changed(client, contract, "contracts", CONTRACT | {"notice_days": "90"})
    client.post(undo_of(first))
    contract.refresh_from_db()
    assert contract.notice_days == 90
    other = ImportRun.objects.earliest("pk")
    url = reverse("accounts:typed_back", args=[customer.pk, "contracts", contract.pk, other.pk])
    client.post(url)
    assert Contract.objects.filter(pk=contract.pk).exists()


def test_invoices_and_cancellations_have_a_page(csm):
    client, customer = csm
    for key in ("invoices", "cancellations"):
        client.post(reverse("accounts:typed", args=[customer.pk, key]), BODIES[key][1])
    shown = client.get(reverse("accounts:papers", args=[customer.pk])).content.decode()
    assert [
        text for text in ("R-1", "Price or budget", "/typed/invoices/", "/typed/cancellations/") if text not in shown
    ] == []
    labels = ("Issued", "Due", "Amount")  # on a phone no heading stands above them
    assert [label for label in labels if f'<span class="hand muted small">{label}</span>' not in shown] == []
    Invoice.objects.update(paid_on=None, payment="known")
    for due, word in ((0, '<span class="badge info">Open</span>'), (-1, '<span class="badge risk">Overdue</span>')):
        Invoice.objects.update(issued_on=DAY - dt.timedelta(days=9), due_on=DAY + dt.timedelta(days=due))
        assert word in client.get(reverse("accounts:papers", args=[customer.pk])).content.decode()
    with statements() as asked:
        client.get(reverse("accounts:papers", args=[customer.pk]))
    assert len(asked) <= 14


def test_the_end_is_typed_and_shown_as_the_last_day(csm):
    client, customer = csm
    client.post(reverse("accounts:typed", args=[customer.pk, "contracts"]), CONTRACT)
    contract = Contract.objects.get()
    assert contract.ends_on == dt.date(2027, 1, 1)
    url = reverse("accounts:typed_change", args=[customer.pk, "contracts", contract.pk])
    assert client.get(url).context["form"]["ends_on"].value() == dt.date(2026, 12, 31)
    ContractLine.objects.update(quantity=12, starts_on=DAY)
    assert " × 12\n" in client.get(reverse("accounts:contract_panel", args=[customer.pk])).content.decode()


@pytest.mark.parametrize(
    ("said", "stands"), [({}, None), ({"controllable": "True"}, True), ({"controllable": "False"}, False)]
)
def test_who_says_nothing_of_a_flag_has_not_said_no(csm, said: dict[str, str], stands: bool | None):  # noqa: FBT001
    client, customer = csm
    client.post(reverse("accounts:typed", args=[customer.pk, "cancellations"]), BODIES["cancellations"][1] | said)
    row = Cancellation.objects.get()
    assert row.controllable is stands
    form = client.get(reverse("accounts:typed_change", args=[customer.pk, "cancellations", row.pk])).context["form"]
    assert form["controllable"].value() is stands
    assert ("selected" in str(form["controllable"])) == (stands is not None) or stands is None


def test_while_an_import_is_under_way_the_form_says_so(csm, monkeypatch: pytest.MonkeyPatch):
    client, customer = csm

    def busy(_name: str) -> None:
        raise Busy

    monkeypatch.setattr(typed, "wait", busy)
    answer = client.post(reverse("accounts:typed", args=[customer.pk, "contracts"]), CONTRACT)
    assert answer.status_code == 422
    assert answer.context["form"].non_field_errors() == [
        "An import or a merge is under way. Save this again in a moment."
    ]
    assert not Contract.objects.exists()


def test_an_undo_takes_nothing_of_another_customer_nor_what_others_changed_of_its_parts(csm):
    client, customer = csm
    answer = client.post(reverse("accounts:typed", args=[customer.pk, "contracts"]), CONTRACT, follow=True)
    undo, other = undo_of(answer), make.customer(owner=customer.owner)
    client.post(undo.replace(f"/customers/{customer.pk}/", f"/customers/{other.pk}/"))
    assert Contract.objects.exists()
    line = Contract.objects.get().lines.get()
    line.annual_amount = Decimal(9_000)
    line.save(update_fields=["annual_amount"])
    client.post(undo)
    assert Contract.objects.exists()


def test_an_objective_that_others_use_stays_when_its_outcome_goes(csm):
    client, customer = csm
    answer = client.post(reverse("accounts:typed", args=[customer.pk, "outcomes"]), BODIES["outcomes"][1], follow=True)
    objective = Objective.objects.get()
    Outcome.objects.create(objective=objective, measure="Theirs")
    client.post(undo_of(answer))
    assert list(Outcome.objects.values_list("measure", flat=True)) == ["Theirs"]


CRM = "external_id,customer,starts_on,ends_on,product,annual_amount,quantity,seats,notice_days,auto_renews\n"
BY_LINE = "external_id,customer,starts_on,product,line_starts_on,line_ends_on,annual_amount,quantity\n"


def as_shown(form: Any) -> dict[str, str]:
    """What the form would post as it is opened."""
    body = {name: "on" if value is True else str(value) for name in form.fields if (value := form[name].value())}
    body |= {"rows": str(len(form.rows))}
    return body | {
        f"r-{place}-{name}": str(value)
        for place, row in enumerate(form.rows)
        for name in row.fields
        if (value := row[name].value()) is not None
    }


def edited(client: Client, row: Any, key: str, changes: dict[str, str]) -> Any:
    """The answer to the form of ``row`` with ``changes``."""
    owner = row.objective.customer if key == "outcomes" else row.customer
    url = reverse("accounts:typed_change", args=[owner.pk, key, row.pk])
    return client.post(url, as_shown(client.get(url).context["form"]) | changes, follow=True)


def test_what_a_person_changes_of_a_contract_of_another_source_stays_against_it(csm, tmp_path: Path):
    """The price from today on, the seats, the notice and whether it renews; the rest of the row follows the source."""
    client, customer = csm
    ExternalKey.objects.create(customer=customer, source="csv", external_id="C1")
    path = tmp_path / "contracts.csv"
    bring(write(path, CRM + "K1,C1,2026-01-01,2027-01-01,Suite,12000,3,40,30,no\n"))
    contract = Contract.objects.get()
    shown = client.get(reverse("accounts:contract_panel", args=[customer.pk])).content.decode()
    assert f"/typed/contracts/{contract.pk}/" in shown
    answer = edited(client, contract, "contracts", {
        "r-0-annual_amount": "15000", "seats": "50", "notice_days": "60", "auto_renews": "on",
    })  # fmt: skip
    assert answer.redirect_chain, answer.context["form"].errors
    undo = undo_of(answer)
    today = str(DAY)
    assert amounts_of(contract) == [("Suite", 12_000, "2026-01-01", today), ("Suite", 15_000, today, "")]
    # The source has not spoken by it.
    assert {heard.name for heard in hearing.sources(clock.now(), clock.UTC)} == {"csv"}
    assert ImportFile.objects.order_by("pk").values_list("source", flat=True).last() == "typed"
    bring(write(path, CRM + "K1,C1,2026-01-01,2027-06-01,Suite,13000,4,45,90,no\n"))
    contract.refresh_from_db()
    assert (contract.notice_days, contract.auto_renews, str(contract.ends_on)) == (60, True, "2027-06-01")
    running = contract.lines.get(ends_on=None)
    assert (running.annual_amount, running.quantity) == (15_000, 4)
    assert contract.entitlements.get(ends_on=None).quantity == 50
    differences = dict(Disagreement.objects.values_list("field", "given"))
    assert differences == {"annual_amount": "13000.00", "seats": "45", "notice_days": "90", "auto_renews": "false"}
    reconciling.sweep(DAY)
    reasons = dict(Deviation.objects.exclude(field="").values_list("field", "reason"))
    assert reasons == dict.fromkeys(differences, "hand")
    assert counts(bring(path)) == (0, 0, 1, 0)
    client.post(undo)
    contract.refresh_from_db()
    assert contract.notice_days == 60, "changed again since"


def test_a_change_of_a_row_of_another_source_is_taken_back_and_the_source_counts_again(csm, tmp_path: Path):
    client, customer = csm
    ExternalKey.objects.create(customer=customer, source="csv", external_id="C1")
    path = tmp_path / "contracts.csv"
    bring(write(path, CRM + "K1,C1,2026-01-01,2027-01-01,Suite,12000,3,40,30,yes\n"))
    contract = Contract.objects.get()
    answer = edited(client, contract, "contracts", {"r-0-annual_amount": "15000", "seats": "50", "notice_days": "60"})
    client.post(undo_of(answer))
    assert amounts_of(contract) == [("Suite", 12_000, "2026-01-01", "")]
    bring(write(path, CRM + "K1,C1,2026-01-01,2027-01-01,Suite,13000,3,45,90,no\n"))
    contract.refresh_from_db()
    assert (contract.notice_days, contract.auto_renews) == (90, False)
    assert amounts_of(contract)[-1] == ("Suite", 13_000, str(DAY), "")
    assert contract.entitlements.get(ends_on=None).quantity == 45
    assert not Disagreement.objects.exists()


def test_a_price_of_a_contract_that_comes_a_row_a_line_stays(csm, tmp_path: Path):
    """Line by line, and field by field: what the person left of a line follows the source."""
    client, customer = csm
    ExternalKey.objects.create(customer=customer, source="csv", external_id="C1")
    path = tmp_path / "contracts.csv"
    rows = "K1,C1,2026-01-01,Suite,,,12000,3\nK1,C1,2026-01-01,Support,2026-04-01,,3000,1\n"
    bring(write(path, BY_LINE + rows))
    contract = Contract.objects.get()
    answer = edited(client, contract, "contracts", {"r-0-annual_amount": "15000", "r-1-line_ends_on": "2026-12-31"})
    assert answer.redirect_chain, (answer.context["form"].errors, [row.errors for row in answer.context["form"].rows])
    bring(write(path, BY_LINE + rows.replace("12000,3", "13000,4").replace("3000,1", "3500,1")))
    today = str(DAY)
    assert amounts_of(contract)[0] == ("Suite", 12_000, "2026-01-01", today)
    running = {line.product: line for line in contract.lines.filter(starts_on__gte=DAY)}
    assert (running["Suite"].annual_amount, running["Suite"].quantity) == (15_000, 4)
    assert (running["Support"].annual_amount, str(running["Support"].ends_on)) == (3_500, "2027-01-01")
    listed = Disagreement.objects.order_by("field").values_list("field", "given", "stands", "by")
    assert list(listed) == [
        ("annual_amount", "13000.00", "15000.00", "hand"),
        ("line_ends_on", "", "2027-01-01", "hand"),
    ]
    assert counts(bring(path)) == (0, 0, 2, 0)
    other = edited(client, contract, "contracts", {"rows": "9", "r-8-product": "Training", "r-8-annual_amount": "1"})
    assert "said by the system it comes from" in str(other.context["form"].rows[-1].errors)


def test_an_invoice_of_another_source_that_somebody_settled_stays_settled(csm, tmp_path: Path):
    client, customer = csm
    ExternalKey.objects.create(customer=customer, source="csv", external_id="C1")
    path = tmp_path / "invoices.csv"
    head = "external_id,customer,issued_on,due_on,amount,status,paid_on\n"
    bring(write(path, head + "R1,C1,2026-11-01,2026-11-30,1000,open,\n"))
    invoice = Invoice.objects.get()
    assert "/typed/invoices/" in client.get(reverse("accounts:papers", args=[customer.pk])).content.decode()
    assert edited(client, invoice, "invoices", {"status": "paid"}).redirect_chain
    bring(write(path, head + "R1,C1,2026-11-01,2026-12-05,1000,open,\n"))
    invoice.refresh_from_db()
    assert (invoice.payment, str(invoice.due_on)) == ("settled", "2026-12-05")
    assert Disagreement.objects.values_list("field", "given", "stands").get() == ("status", "open", "paid")
    bring(write(path, head + "R1,C1,2026-11-01,2026-12-05,1000,paid,2026-11-20\n"))
    invoice.refresh_from_db()
    assert (invoice.payment, str(invoice.paid_on)) == ("known", "2026-11-20")
    assert not Disagreement.objects.exists()


def test_a_row_that_sleeps_with_a_merged_customer_goes_with_it_after_an_edit(csm, tmp_path: Path):
    """Its source has no key of the customer: the number of the one that the row names keeps it there."""
    client, survivor = csm
    other = make.customer(owner=survivor.owner, name="Beta", domain="beta.example")
    bring(write(tmp_path / "contracts.csv", CRM + "K1,beta.example,2026-01-01,2027-01-01,Suite,12000,3,40,30,no\n"))
    head = "external_id,customer,issued_on,due_on,amount,status\n"
    bring(write(tmp_path / "invoices.csv", head + "R1,beta.example,2026-11-01,2026-11-30,1000,open\n"))
    typed = client.post(reverse("accounts:typed", args=[other.pk, "outcomes"]), BODIES["outcomes"][1])
    assert typed.status_code < 400
    made = merging.merge(other, survivor, by=None, day=DAY)
    for key, model, changes in (
        ("contracts", Contract, {"notice_days": "77"}), ("invoices", Invoice, {"amount": "55"}), ("outcomes", Outcome, {"target": "70"}),
    ):  # fmt: skip
        row = model.objects.get()
        assert edited(client, row, key, changes).redirect_chain, key
    assert {Contract.objects.get().customer, Invoice.objects.get().customer, Objective.objects.get().customer} == {
        survivor
    }
    merging.undo(made, by=None, day=DAY, now=clock.now())
    assert {Contract.objects.get().customer, Invoice.objects.get().customer, Objective.objects.get().customer} == {
        other
    }


def test_an_edit_and_its_undo_beside_a_merge_are_answered_by_a_sentence(csm):
    client, customer = csm
    client.post(reverse("accounts:typed", args=[customer.pk, "invoices"]), BODIES["invoices"][1])
    invoice = Invoice.objects.get()
    answer = edited(client, invoice, "invoices", {"amount": "1100"})
    undo = undo_of(answer)

    def held(table):
        def refuse(execute, sql, params, many, context):
            if "FOR NO KEY UPDATE" in sql and table in sql:
                sql, params = "DO $$ BEGIN RAISE EXCEPTION 'held' USING ERRCODE = '55P03'; END $$", None
            return execute(sql, params, many, context)

        return connection.execute_wrapper(refuse)

    sentence = "An import or a merge is under way. Save this again in a moment."
    for table in ("accounts_invoice", "accounts_importrun"):
        with held(table):
            kept = client.post(undo, follow=True)
        assert (kept.status_code, sentence in kept.content.decode()) == (200, True)
    with held("accounts_invoice"):
        refused = edited(client, invoice, "invoices", {"amount": "1200"})
    assert refused.context["form"].non_field_errors() == [sentence]
    invoice.refresh_from_db()
    assert invoice.amount == 1_100
