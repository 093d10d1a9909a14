import datetime as dt
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import DateField
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts import changes, periods
from accounts.expressions import OnDay
from accounts.models import Cancellation, Contract, ContractLine, Customer, Entitlement
from renewals import closing, money, pipeline
from renewals.closing import NewLine
from renewals.forms import RenewForm
from renewals.loss import Loss
from renewals.models import Renewal
from tests.factories import DAY, contract, customer, user
from tests.renewals.factories import due_in, renewal_due_in
from tests.tables import said

LOSS = Loss("price", "value", controllable=True, alternative="nothing", note="Cut by the board")


def fresh(renewal: Renewal) -> Renewal:
    return Renewal.objects.get(pk=renewal.pk)


def stops(contract: Contract) -> dt.date:
    stop = OnDay(lambda row, _day: periods.stops_on(row), DAY, DateField())
    return Contract.objects.annotate(stop=stop).get(pk=contract.pk).stop


def renew(renewal: Renewal, amount: int, **changed) -> Contract:
    lines = [NewLine("Platform", 10, Decimal(amount))]
    fields = {"starts_on": renewal.due_on, "term_months": 12, "lines": lines} | changed
    return closing.renew(renewal, renewal.customer.owner, DAY, **fields)


@pytest.mark.parametrize(
    ("old", "new", "outcome"),
    [(1000, 1010, "renewed"), (1000, 990, "renewed"), (1000, 1011, "expanded"), (1000, 989, "contracted")],
)
def test_flat_is_within_one_percent(old, new, outcome):
    assert closing.outcome_of(Decimal(old), Decimal(new)) == outcome


def test_a_renewed_contract_follows_and_opens_its_own_renewal():
    renewal = renewal_due_in(30, notice_days=30, auto_renews=True)
    new = renew(renewal, 15_000)
    row, old = fresh(renewal), Contract.objects.get(pk=renewal.contract_id)
    assert (row.stage, row.outcome, row.closed_arr, row.successor) == ("closed", "expanded", Decimal(15_000), new)
    assert (row.closed_on, row.closed_by) == (DAY, renewal.customer.owner)
    assert (old.ended_on, old.replaced_by) == (None, new)
    assert stops(old) == renewal.due_on
    assert (new.starts_on, new.notice_days, new.auto_renews, new.currency) == (renewal.due_on, 30, True, "USD")
    assert list(new.lines.values_list("product", "quantity", "annual_amount")) == [("Platform", 10, Decimal(15_000))]
    following = Renewal.objects.get(contract=new)
    assert following.stage == "upcoming"
    assert Customer.objects.get().next_renewal_on == following.due_on
    assert renewal.customer_id in changes.waiting("scores")


def test_a_sweep_after_closing_changes_nothing():
    renewal = renewal_due_in(40)
    renew(renewal, 15_000)
    before = list(Renewal.objects.order_by("pk").values())
    pipeline.sweep(DAY)
    assert list(Renewal.objects.order_by("pk").values()) == before


def test_two_contracts_cotermed_into_one_share_its_arr():
    one = customer(owner=user())
    first, second = renewal_due_in(10, one, amount=9_000), renewal_due_in(20, one, amount=3_000)
    new = contract(one, starts_on=DAY + dt.timedelta(days=10), amount=12_000)
    closing.renew_with(first, one.owner, DAY, new)
    assert (fresh(first).outcome, fresh(first).closed_arr) == ("expanded", Decimal(12_000))
    closing.renew_with(second, one.owner, DAY, new)
    assert (fresh(second).outcome, fresh(second).closed_arr) == ("renewed", Decimal(3_000))


def test_a_successor_must_follow_and_be_of_the_same_customer():
    renewal = renewal_due_in(40)
    owner = renewal.customer.owner
    older = contract(renewal.customer, starts_on=renewal.contract.starts_on)
    trial = contract(renewal.customer, starts_on=DAY, is_trial=True)
    for wrong in (contract(customer()), renewal.contract, older, trial):
        with pytest.raises(ValidationError) as error:
            closing.renew_with(renewal, owner, DAY, wrong)
        assert list(error.value.message_dict) == ["successor"]
    with pytest.raises(ValidationError, match="start after"):
        renew(renewal, 1, starts_on=renewal.contract.starts_on)
    with pytest.raises(ValidationError, match="line"):
        renew(renewal, 1, lines=[])
    assert fresh(renewal).outcome == ""


def test_a_loss_writes_both_reasons_and_ends_the_contract_with_its_term():
    renewal = renewal_due_in(40)
    closing.churn(renewal, renewal.customer.owner, DAY, LOSS)
    row, lost = fresh(renewal), Cancellation.objects.get()
    assert (row.outcome, row.closed_arr, row.cancellation) == ("churned", 0, lost)
    assert (lost.stated_reason, lost.root_cause, lost.controllable, lost.alternative, lost.on) == (
        "price", "value", True, "nothing", renewal.due_on,
    )  # fmt: skip
    assert Contract.objects.get().ended_on == renewal.due_on
    assert Customer.objects.get().next_renewal_on is None
    pipeline.sweep(renewal.due_on)
    assert Renewal.objects.count() == 1


def test_a_contract_that_ends_earlier_keeps_its_end():
    made = due_in(40, ended_on=DAY + dt.timedelta(days=10))
    pipeline.sweep(DAY)
    closing.churn(Renewal.objects.get(), made.customer.owner, DAY, LOSS)
    assert Contract.objects.get().ended_on == DAY + dt.timedelta(days=10)


def test_a_loss_names_every_missing_field_and_writes_nothing():
    renewal = renewal_due_in(40)
    with pytest.raises(ValidationError) as error:
        closing.churn(renewal, renewal.customer.owner, DAY, Loss("", "sunspots", controllable=None, alternative=""))
    assert sorted(error.value.message_dict) == ["alternative", "controllable", "root_cause", "stated_reason"]
    other = Loss("other", "value", controllable=False, alternative="unknown")
    with pytest.raises(ValidationError) as error:
        closing.churn(renewal, renewal.customer.owner, DAY, other)
    assert sorted(error.value.message_dict) == ["note"]
    assert not Cancellation.objects.exists()
    assert Contract.objects.get().ended_on is None


def test_closing_twice_is_refused():
    renewal = renewal_due_in(40)
    renew(renewal, 12_000)
    with pytest.raises(ValidationError, match="closed already"):
        renew(renewal, 12_000)
    with pytest.raises(ValidationError, match="closed already"):
        closing.churn(renewal, renewal.customer.owner, DAY, LOSS)


def test_a_successor_carries_what_hangs_on_the_contract_and_undo_takes_it_away():
    made = due_in(30, notice_days=45, auto_renews=True, line={"quantity": 25, "discount_percent": 15})
    due = DAY + dt.timedelta(days=30)
    rights = [
        {"kind": "seats", "quantity": 20, "ends_on": DAY},  # upgraded since
        {"kind": "seats", "quantity": 25, "starts_on": DAY},
        {"kind": "limit", "name": "events", "quantity": 1_000},
        {"kind": "module", "name": "reports", "ends_on": due},  # ends with the term
        {"kind": "module", "name": "pilot", "ends_on": DAY + dt.timedelta(days=29)},  # over on the last day
        {"kind": "module", "name": "archive", "ends_on": due + dt.timedelta(days=100)},
    ]
    for right in rights:
        Entitlement.objects.create(contract=made, **right)
    pipeline.sweep(DAY)
    renewal = Renewal.objects.get()
    before = tuple(said(model.objects.all()) for model in (Contract, ContractLine, Entitlement))
    (line,) = RenewForm(renewal=renewal).lines
    form = RenewForm({f"amount_{line.pk}": "12000", "starts_on": due, "term_months": 12}, renewal=renewal)
    assert form.is_valid()
    new = renew(renewal, 12_000, lines=form.new_lines())
    assert (new.notice_days, new.auto_renews) == (45, True)
    assert new.lines.values_list("quantity", "discount_percent", "annual_amount").get() == (25, 15, 12_000)
    assert list(new.entitlements.order_by("pk").values_list("kind", "name", "quantity", "ends_on")) == [
        ("seats", "", 25, None), ("limit", "events", 1_000, None), ("module", "reports", None, None),
        ("module", "archive", None, due + dt.timedelta(days=100)),
    ]  # fmt: skip
    closing.reopen(fresh(renewal), DAY)
    assert before == (
        *(said(model.objects.all()) for model in (Contract, ContractLine, Entitlement)),
    )  # fmt: skip


def test_a_later_successor_does_not_lengthen_a_contract_that_had_ended():
    made = due_in(40, ended_on=DAY + dt.timedelta(days=10))
    pipeline.sweep(DAY)
    renewal = Renewal.objects.get()
    new = renew(renewal, 12_000, starts_on=DAY + dt.timedelta(days=60))
    made.refresh_from_db()
    assert (made.ended_on, made.replaced_by) == (DAY + dt.timedelta(days=10), new)
    closing.reopen(fresh(renewal), DAY)
    made.refresh_from_db()
    assert (made.ended_on, made.replaced_by) == (DAY + dt.timedelta(days=10), None)


def test_the_old_contract_stops_where_its_follower_moves_to_and_undo_still_works():
    renewal = renewal_due_in(40)
    old, before = renewal.contract, said(Contract.objects.all())
    new = renew(renewal, 12_000)
    moved = renewal.due_on + dt.timedelta(days=20)
    Contract.objects.filter(pk=new.pk).update(starts_on=moved)
    assert stops(old) == moved
    assert Contract.objects.running_on(moved - dt.timedelta(days=1)).get() == old
    closing.reopen(fresh(renewal), DAY)
    assert said(Contract.objects.all()) == before


@pytest.mark.parametrize("lost", [True, False])
def test_undo_restores_what_stood_before(lost):
    renewal = renewal_due_in(40)
    before = said(Renewal.objects.all()), said(Contract.objects.all()), Customer.objects.get()
    if lost:
        closing.churn(renewal, renewal.customer.owner, DAY, LOSS)
    else:
        renew(renewal, 20_000)
    closing.reopen(fresh(renewal), DAY)
    now = said(Renewal.objects.all()), said(Contract.objects.all()), Customer.objects.get()
    assert now[:2] == before[:2]
    assert now[2].next_renewal_on == before[2].next_renewal_on
    assert not Cancellation.objects.exists()


def test_what_closed_by_itself_is_not_opened_by_hand():
    made = due_in(-10, auto_renews=True)
    pipeline.sweep(DAY)
    with pytest.raises(ValidationError, match="not closed by a person"):
        closing.reopen(Renewal.objects.get(contract=made, term_number=1), DAY)


def test_undo_is_refused_once_the_renewed_contract_moved_on():
    renewal = renewal_due_in(40)
    new = renew(renewal, 12_000)
    Contract.objects.filter(pk=new.pk).update(ended_on=new.starts_on + dt.timedelta(days=1))
    with pytest.raises(ValidationError, match="correct it there"):
        closing.reopen(fresh(renewal), DAY)


@pytest.mark.parametrize(
    "wrong",
    [
        {"stage": "closed"},
        {"stage": "closed", "outcome": "auto"},
        {"outcome": "auto"},
        {"stage": "preparing", "prep_opened_on": None},
        {"final_likelihood": Decimal("0.5")},
        {"csm_likelihood": Decimal("1.5")},
        {"category": "hope"},
        {"arr": -1},
    ],
)
def test_the_database_refuses_nonsense(wrong):
    renewal = renewal_due_in(300)
    with pytest.raises(IntegrityError), transaction.atomic():
        Renewal.objects.filter(pk=renewal.pk).update(**wrong)


def test_what_several_are_cotermed_into_is_shared_out_among_all_of_them():
    """100k and 100k into 150k: each keeps 75k, and each is a contraction, whoever is closed first and whoever reopens."""
    one = customer(owner=user())
    pair = [renewal_due_in(days, one, amount=100_000) for days in (10, 12)]
    new = contract(one, starts_on=DAY + dt.timedelta(days=10), amount=150_000)
    closing.renew_with(pair[0], one.owner, DAY, new)
    assert (fresh(pair[0]).outcome, fresh(pair[0]).closed_arr) == ("expanded", Decimal(150_000))
    closing.renew_with(pair[1], one.owner, DAY, new)
    assert pair[1].pk
    assert [(fresh(each).outcome, fresh(each).closed_arr) for each in pair] == [("contracted", Decimal(75_000))] * 2
    sums = money.sums(Renewal.objects.filter(contract__in=[each.contract_id for each in pair]))
    assert (sums.available, sums.kept, sums.contracted) == (200_000, 150_000, 50_000)
    closing.reopen(fresh(pair[0]), DAY)
    assert (fresh(pair[1]).outcome, fresh(pair[1]).closed_arr) == ("expanded", Decimal(150_000))
    assert fresh(pair[0]).outcome == ""


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(old=st.lists(st.integers(1, 200), min_size=2, max_size=4), new=st.integers(1, 400))
def test_closed_by_hand_one_after_the_other_is_what_the_sweep_makes_of_it(old, new):
    with transaction.atomic():
        one = customer(owner=user())
        by_hand = [renewal_due_in(10 + n, one, amount=amount * 1_000) for n, amount in enumerate(old)]
        into = contract(one, starts_on=DAY + dt.timedelta(days=10), amount=new * 1_000)
        for each in by_hand:
            closing.renew_with(each, one.owner, DAY, into)
        rows = Renewal.objects.filter(successor=into).order_by("pk")
        shared = list(rows.values_list("outcome", "closed_arr"))
        assert abs(sum(amount for _, amount in shared) - new * 1_000) <= len(old) * Decimal("0.01")
        assert {outcome for outcome, _ in shared} == {closing.outcome_of(Decimal(sum(old)), Decimal(new))}
        Renewal.objects.filter(successor=into).update(closed_by=None, outcome="auto", closed_arr=0, before_closing={})
        changes.mark([one.pk])
        Contract.objects.filter(replaced_by=into).update(notice_days=3)
        pipeline.sweep(DAY)
        assert list(rows.values_list("outcome", "closed_arr")) == shared
        transaction.set_rollback(True)


def test_a_renewed_contract_that_took_in_another_is_not_deleted_under_it():
    one = customer(owner=user())
    first, second = renewal_due_in(10, one), renewal_due_in(20, one)
    new = renew(first, 20_000)
    closing.renew_with(second, one.owner, DAY, new)
    with pytest.raises(ValidationError, match="Another renewal"):
        closing.reopen(fresh(first), DAY)
    closing.reopen(fresh(second), DAY)
    closing.reopen(fresh(first), DAY)
    assert Contract.objects.filter(ended_on=None, replaced_by=None).count() == 2


CHANGES = [
    {"ended_on": DAY - dt.timedelta(days=10)},
    {"ended_on": DAY + dt.timedelta(days=41)},
]


@pytest.mark.parametrize(
    ("how", "changed"),
    [
        *((how, changed) for how in ("churn", "renew") for changed in CHANGES),
        ("churn", {"ended_on": None}),
        ("renew", {"replaced_by": None}),
    ],
)
def test_what_was_said_of_the_contract_since_closing_is_not_lost(changed, how):
    renewal = renewal_due_in(40)
    if how == "churn":
        closing.churn(renewal, renewal.customer.owner, DAY, LOSS)
    else:
        renew(renewal, 10_000)
    Contract.objects.filter(pk=renewal.contract_id).update(**changed)
    before = Contract.objects.order_by("pk").values(), Renewal.objects.order_by("pk").values()
    stood = [list(rows) for rows in before]
    with pytest.raises(ValidationError, match="changed since"):
        closing.reopen(fresh(renewal), DAY)
    assert [list(rows.all()) for rows in before] == stood


def test_a_closing_kept_before_what_it_wrote_was_noted_can_be_reopened():
    renewal = renewal_due_in(40)
    closing.churn(renewal, renewal.customer.owner, DAY, LOSS)
    kept = fresh(renewal).before_closing
    del kept["written"]
    Renewal.objects.filter(pk=renewal.pk).update(before_closing=kept)
    closing.reopen(fresh(renewal), DAY)
    assert Contract.objects.get().ended_on is None
