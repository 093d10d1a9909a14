"""What each state of a contract shows on each page: forecast, board, renewal page, customer's panel, day line, API."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest

from accounts import leaving, lifecycle
from accounts.models import Contract, Customer
from health.models import Standing
from health.standing import motions, retention
from health.words import standing as standing_words
from playbooks import news
from playbooks.shortlist import due
from renewals import board, calibration, calls, closing, forecast, loss, notices, pipeline, qbrs
from renewals.models import Calibration, ForecastCall, Qbr, Renewal
from tests.factories import DAY, contract, customer, segment, user
from tests.renewals.factories import due_in, successor
from tests.tables import said

NOW = dt.datetime(2026, 11, 24, 9, tzinfo=dt.UTC)
DUE = DAY + dt.timedelta(days=40)


def days(n: int) -> dt.timedelta:
    return dt.timedelta(days=n)


def the(made: Contract) -> Renewal:
    return Renewal.objects.get(contract=made, term_number=1)


def live(made: Contract) -> None:
    pass


def noticed(made: Contract) -> None:
    leaving.give_notice(made, DAY - days(4), day=DAY)


def withdrawn(made: Contract) -> None:
    leaving.give_notice(made, DAY - days(4), day=DAY)
    leaving.withdraw_notice(made, DAY, day=DAY)


def partial(made: Contract) -> None:
    made.lines.create(product="Extra", starts_on=made.starts_on, ends_on=DUE, annual_amount=3_000)


def confirmed(made: Contract) -> None:
    leaving.confirm_end(made, DUE, day=DAY)


def confirmed_inside(made: Contract) -> None:
    leaving.confirm_end(made, DAY + days(10), day=DAY)


def replaced(made: Contract) -> None:
    leaving.give_notice(made, DAY - days(4), day=DAY)
    successor(made, 12_000, DUE)


def churned(made: Contract) -> None:
    leaving.confirm_end(made, DAY, day=DAY)


@dataclass(frozen=True)
class Shown:
    """What a state shows: ``arr`` to renew, category, what is expected at 90 %, words on pages and words that may not
    stand there, the day line, the customer's status and the copied days.
    """

    arr: int
    said: str
    expected: int
    leaving: str = ""
    leaves_on: dt.date | None = None
    stage: str = "preparing"
    outcome: str = ""
    words: tuple[str, ...] = ()
    never: tuple[str, ...] = ("leaves on",)
    line: str = "call"
    status: str = "live"
    next_renewal: dt.date | None = DUE


SILENT = ("renews by itself", "Notice by")
SETTLED = (*SILENT, "It opens by itself", "Prep has not begun")
STATES: list[tuple[Callable[[Contract], None], Shown]] = [
    (live, Shown(12_000, "commit", 10_800, words=("renews by itself", "Notice by"))),
    (
        noticed,
        Shown(12_000, "at_risk", 0, "notice", DUE, words=("Notice given on", "Leaves on"), never=SILENT,
              line="notice", status="notice"),
    ),
    (withdrawn, Shown(12_000, "commit", 10_800, words=("renews by itself", "Notice by"))),
    (partial, Shown(15_000, "commit", 10_800, words=("Lines end with the term", "renews by itself"))),
    (
        confirmed,
        Shown(12_000, "omitted", 0, "confirmed", DUE, stage="upcoming", words=("The end is confirmed", "Leaves on"),
              never=SETTLED, line="", status="notice", next_renewal=None),
    ),
    (
        confirmed_inside,
        Shown(12_000, "omitted", 0, "confirmed", DAY + days(10), stage="upcoming", words=("The end is confirmed",),
              never=SETTLED, line="", status="notice", next_renewal=None),
    ),
    (replaced, Shown(12_000, "", 0, stage="closed", outcome="renewed", words=("Renewed flat",), line="", next_renewal=None)),
    (churned, Shown(12_000, "", 0, stage="closed", outcome="churned", words=("Churned",), line="", status="churned", next_renewal=None)),
]  # fmt: skip


@pytest.mark.parametrize(("state", "shown"), STATES, ids=[state.__name__ for state, _ in STATES])
def test_a_state_shows_the_same_everywhere(client, state, shown):
    csm = user(name="Mara Own")
    of = customer(name="Cobalt Freight", owner=csm)
    made = due_in(40, of, auto_renews=True, notice_days=20)
    state(made)
    pipeline.sweep(DAY)
    lifecycle.sweep(DAY)
    Renewal.objects.filter(outcome="", leaving="").update(model_likelihood=Decimal("0.9"))
    renewal = the(made)
    assert (renewal.arr, renewal.stage, renewal.outcome) == (shown.arr, shown.stage, shown.outcome)
    assert (renewal.leaving, renewal.leaves_on) == (shown.leaving, shown.leaves_on)

    # forecast
    found = forecast.summary(Customer.objects.filter(pk=of.pk), DAY, DUE + days(1), DAY)
    row = forecast.with_final(Renewal.objects.filter(pk=renewal.pk)).get()
    if not shown.outcome:
        assert (row.said, row.expected) == (shown.said, shown.expected)
        assert found.open.expected == shown.expected
        assert found.sums.ending == shown.arr - 12_000
    assert (found.noticed, found.leaving) == (shown.leaving == "notice", shown.leaving == "confirmed")
    assert found.sums.available == found.sums.kept + found.sums.contracted + found.sums.lost + found.sums.open

    # board
    (card,) = board.with_prep([renewal], DAY)
    assert (card.notice_left is None) == bool(shown.leaving)

    # pages, API, portfolio
    client.force_login(csm)
    page = client.get(f"/renewals/{renewal.pk}/").text
    for words in shown.words:
        assert words in page, words
    for words in shown.never:
        assert words not in page, words
    # After an act htmx gets the strip anew with the part below the head.
    strip = client.get(f"/renewals/{renewal.pk}/", headers={"HX-Request": "true"}).text.partition('id="renewal-facts"')[
        2
    ]
    assert strip.startswith(' hx-swap-oob="true"')
    assert ("Leaves on" in strip, "Notice by" in strip) == (bool(shown.leaving), not shown.leaving)
    tag = {"notice": "notice given, leaves on", "confirmed": "leaves on"}.get(shown.leaving)
    for address in ("/forecast/?period=all", "/renewals/", f"/customers/{of.pk}/renewal/"):
        assert (tag is not None and tag in client.get(address).text) == (tag is not None), address
    answer = client.get(f"/api/v1/renewals/{renewal.pk}/").json()
    assert (answer["leaving"], answer["leaves_on"]) == (
        shown.leaving, shown.leaves_on and shown.leaves_on.isoformat(),
    )  # fmt: skip
    if not shown.outcome:
        assert (Decimal(answer["expected"]), answer["forecast_category"]) == (shown.expected, shown.said)
    of.refresh_from_db()
    assert (of.status, of.next_renewal_on) == (shown.status, shown.next_renewal)

    # day line
    asks = [one.asks for one in due.asking(csm, "mine", DAY) if one.pk == renewal.pk]
    on_notice = due.leaving(csm, "mine", DAY).filter(pk=of.pk).exists()
    assert ("notice" if on_notice else "".join(asks)) == shown.line


@pytest.mark.parametrize(
    ("state", "motion", "says", "reviewed", "listed"),
    [
        (live, "prepare", "It renews on", True, False),
        (noticed, "save", "Notice is given.", True, False),
        (withdrawn, "prepare", "It renews on", True, False),
        (confirmed, "part", "the end is confirmed.", False, True),
        (confirmed_inside, "part", "the end is confirmed.", False, True),
    ],
)
def test_what_is_done_with_a_customer_follows_how_surely_it_leaves(client, state, motion, says, reviewed, listed):
    """Next motion, retention, review and what the day says."""
    csm = user()
    of = customer(owner=csm, segment=segment(qbr_every_days=90))
    made = due_in(40, of, auto_renews=True)
    qbrs.sweep(DAY)
    state(made)
    for sweep in (lifecycle.sweep, pipeline.sweep, retention.sweep, motions.sweep, qbrs.sweep):
        sweep(DAY)
    row = Standing.objects.get(customer=of, kind="motion")
    assert row.state == motion
    assert says in standing_words.motion(row.facts, DAY)
    assert Standing.objects.get(customer=of, kind="retention").facts["auto_renews"] == (not made_leaves(made))
    assert Qbr.objects.filter(customer=of).exists() == reviewed
    assert (news.leaving(csm, "mine", DAY) == [of]) == listed
    client.force_login(csm)
    assert ("h-leaving" in client.get("/").text) == listed
    panel = client.get(f"/customers/{of.pk}/renewal/").text
    assert ("Nothing to prepare" in panel) == listed


def made_leaves(made: Contract) -> bool:
    return Contract.objects.with_leaves_on().get(pk=made.pk).leaves_on is not None


@pytest.mark.parametrize("leaves_in", [79, 80, 81, None])
def test_no_review_falls_on_a_day_after_the_customer_left(leaves_in):
    of = customer(segment=segment(qbr_every_days=90), first_contract_on=DAY - days(10))
    contract(of, notice_given_on=DAY)
    for leaves_on in (None, None if leaves_in is None else DAY + days(leaves_in)):
        Customer.objects.filter(pk=of.pk).update(leaves_on=leaves_on)
        qbrs.sweep(DAY)
    assert Qbr.objects.exists() == (leaves_in in {81, None})


@pytest.mark.parametrize("voice", ["csm", "final", "model"])
def test_a_confirmed_end_is_nothing_whatever_anybody_says(voice):
    made = due_in(40)
    pipeline.sweep(DAY)
    said = {f"{voice}_likelihood": Decimal("0.9")} | ({"final_reason": "Sure"} if voice == "final" else {})
    Renewal.objects.update(category="commit", **said)
    leaving.confirm_end(made, DUE, day=DAY)
    pipeline.sweep(DAY)
    row = forecast.with_final(Renewal.objects.all()).get()
    assert (row.expected, row.final, row.said) == (0, 0, "omitted")
    assert not forecast.needs_decision(Renewal.objects.all(), DAY).exists()


def test_after_a_notice_the_model_says_how_often_our_own_notices_were_turned(company):
    made = due_in(40)
    leaving.give_notice(made, DAY, day=DAY)
    pipeline.sweep(DAY)
    forecast.refresh(DAY)
    assert the(made).model_likelihood is None
    for number in range(10):
        old = due_in(-100 - number, ended_on=DAY - days(100 + number) if number < 7 else None)
        Contract.objects.filter(pk=old.pk).update(
            notice_given_on=DAY - days(200), notice_withdrawn_on=None if number < 7 else DAY - days(150)
        )
    pipeline.sweep(DAY)
    forecast.refresh(DAY)
    row = Calibration.objects.get(group="notice", is_fitted=True)
    # 3 of 10 went on: (1 + 3) / (2 + 10)
    assert (row.n, row.kept, row.mean) == (10, 3, Decimal("0.333"))
    assert the(made).model_likelihood == Decimal("0.333")


@pytest.mark.parametrize(("closed", "said"), [(9, None), (10, Decimal("0.083"))])
def test_nothing_is_said_of_fewer_than_ten_notices(closed, said):
    for number in range(closed):
        old = due_in(-100 - number, ended_on=DAY - days(100 + number))
        Contract.objects.filter(pk=old.pk).update(notice_given_on=DAY - days(200))
    pipeline.sweep(DAY)
    calibration.refresh(DAY)
    assert Calibration.objects.filter(group="notice").latest("pk").mean == said


def test_a_term_that_ended_after_a_notice_stays_open_until_somebody_settles_it():
    made = due_in(0, auto_renews=True)
    Contract.objects.filter(pk=made.pk).update(notice_given_on=DAY - days(60))
    pipeline.sweep(DAY)
    assert (the(made).outcome, the(made).leaving, Renewal.objects.count()) == ("", "notice", 1)
    before = Renewal.objects.values().get()
    assert pipeline.sweep(DAY + days(1)) == 0
    assert Renewal.objects.values().get() == before
    leaving.confirm_end(made, DAY, day=DAY)
    pipeline.sweep(DAY)
    assert (the(made).outcome, the(made).leaving) == ("churned", "")


def test_a_notice_too_late_for_this_end_leads_to_the_next():
    made = due_in(40, auto_renews=True, notice_days=60)
    leaving.give_notice(made, DAY, day=DAY)
    pipeline.sweep(DAY)
    assert (the(made).leaving, the(made).leaves_on) == ("", None)
    pipeline.sweep(DUE)
    assert the(made).outcome == "auto"
    following = Renewal.objects.get(contract=made, term_number=2)
    assert (following.leaving, following.leaves_on) == ("notice", following.due_on)


def test_all_lines_that_end_with_the_term_are_its_dates_and_no_partial_notice():
    made = due_in(40, line={"ends_on": DUE})
    pipeline.sweep(DAY)
    assert (the(made).arr, the(made).arr_going_on) == (12_000, 12_000)


# Giving, withdrawing, confirming, and undoing each


ACTS: list[tuple[list[tuple[str, dt.date]], str]] = [
    ([("notice", DAY)], "notice"),
    ([("notice", DAY - days(1)), ("withdraw", DAY)], ""),
    ([("notice", DAY), ("end", DUE)], "confirmed"),
    ([("end", DUE)], "confirmed"),
]


@pytest.mark.parametrize(("acts", "leaving_then"), ACTS)
def test_acts_change_renewal_and_customer_at_once_and_are_undone_one_by_one(acts, leaving_then):
    made = due_in(40)
    pipeline.sweep(DAY)
    lifecycle.sweep(DAY)

    def stands() -> Any:
        (contract,), (renewal,) = said(Contract.objects.all()), said(Renewal.objects.all())
        return (
            contract,
            renewal,
            Customer.objects.values("status", "leaves_on", "next_renewal_on", "next_prep_on").get(),
        )

    calibration.refresh(DAY)
    stood, kept = [], []
    for name, on in acts:
        stood.append(stands())
        kept.append(notices.act(made, name, on, DAY))
    assert the(made).leaving == leaving_then
    for (before, after), then in zip(reversed(kept), reversed(stood), strict=True):
        notices.undo(made, before, after, DAY)
        assert stands() == then


def test_the_pages_record_refuse_and_undo(client):
    csm = user(name="Mara Own")
    made = due_in(40, customer(name="Cobalt Freight", owner=csm))
    pipeline.sweep(DAY)
    client.force_login(csm)
    at = f"/contracts/{made.pk}/leaving/"
    assert "Notice of Cobalt Freight" in client.get(f"{at}notice/").text
    wrong = client.post(f"{at}notice/", {"on": (DAY + days(1)).isoformat()})
    assert (wrong.status_code, "has not come yet" in wrong.text) == (422, True)
    assert client.post(f"{at}withdraw/", {"on": DAY.isoformat()}).status_code == 422
    done = client.post(f"{at}notice/", {"on": DAY.isoformat()}, headers={"HX-Request": "true"})
    assert "Notice recorded." in done.text
    assert the(made).leaving == "notice"
    assert DUE.isoformat() in client.get(f"{at}end/").text  # the end its notice leads to is proposed
    undo = done.text.split('hx-post="')[1].split('"')[0].replace("&amp;", "&")
    assert client.post(undo).status_code == 302
    assert the(made).leaving == ""
    client.post(undo)  # what it would undo does not stand any more: nothing happens
    assert Contract.objects.get().notice_given_on is None
    assert client.get(f"{at}nonsense/").status_code == 404
    assert client.post(f"/contracts/{made.pk}/leaving-back/?was=forged").status_code == 404


def test_a_notice_answers_a_churn_by_hand_and_its_undo():
    made = due_in(40)
    leaving.give_notice(made, DAY, day=DAY)
    pipeline.sweep(DAY)
    lost = loss.Loss("price", "value", controllable=True, alternative="nothing")
    closing.churn(the(made), made.customer.owner, DAY, lost)
    assert (the(made).outcome, the(made).leaving) == ("churned", "")
    closing.reopen(the(made), DAY)
    assert (the(made).outcome, the(made).leaving) == ("", "notice")


def test_calls_are_still_taken_at_notice():
    made = due_in(40)
    leaving.give_notice(made, DAY, day=DAY)
    pipeline.sweep(DAY)
    calls.call(the(made), made.customer.owner, NOW, DAY, likelihood=Decimal("0.4"), category="", note="CFO reconsiders")
    row = forecast.with_final(Renewal.objects.all()).get()
    assert (row.said, row.is_derived, row.expected) == ("at_risk", False, Decimal(4_800))
    assert ForecastCall.objects.count() == 1


# (who speaks, what, how many days before the notice (negative: after), then category, likelihood and what is expected
# of 12,000)
WORDS = [
    ("csm", ("0.95", ""), 60, ("at_risk", None, 0)),
    ("csm", ("0.95", "commit"), 1, ("at_risk", None, 0)),
    ("csm", ("0.95", ""), 0, ("at_risk", "0.95", 11_400)),
    ("csm", ("0.4", ""), -1, ("at_risk", "0.4", 4_800)),
    ("csm", (None, "best_case"), -1, ("best_case", None, 0)),
    ("final", ("0.8", "commit"), 1, ("at_risk", None, 0)),
    ("final", ("0.8", ""), 0, ("at_risk", "0.8", 9_600)),
    ("final", ("0.8", "commit"), 0, ("commit", "0.8", 9_600)),
    ("final", (None, "omitted"), -1, ("omitted", None, 0)),
]


@pytest.mark.parametrize(("voice", "words", "before", "shown"), WORDS)
def test_after_a_notice_only_what_was_said_since_counts(voice, words, before, shown):
    said_on, given_on = DAY - days(70), DAY - days(70 - before)
    made = due_in(40)
    pipeline.sweep(DAY)
    likelihood = Decimal(words[0]) if words[0] else None
    by = made.customer.owner
    if voice == "csm":
        calls.call(the(made), by, NOW, said_on, likelihood=likelihood, category=words[1])
    else:
        calls.decide(the(made), by, NOW, said_on, likelihood=likelihood, category=words[1], reason="They stay")
    leaving.give_notice(made, given_on, day=DAY)
    pipeline.sweep(DAY)
    row = forecast.with_final(Renewal.objects.all()).get()
    final = Decimal(shown[1]) if shown[1] else None
    assert (row.said, row.final, row.expected, row.is_derived) == (shown[0], final, shown[2], False)
    found = forecast.summary(Customer.objects.all(), DAY, DUE + days(1), DAY)
    spoken = getattr(found, voice)
    assert found.open.expected == shown[2]
    assert spoken.expected == (None if final is None else final * 12_000)
    # Of whom nobody has said anything that counts nothing is expected, and the forecast says so.
    assert found.unspoken == (final is None and shown[0] != "omitted")


def test_the_forecast_says_of_how_many_nobody_knows(client):
    csm = user()
    made = due_in(40, customer(owner=csm))
    leaving.give_notice(made, DAY, day=DAY)
    pipeline.sweep(DAY)
    client.force_login(csm)
    assert "1 without a likelihood" in client.get("/forecast/?period=all").text
    calls.call(the(made), csm, NOW, DAY, likelihood=Decimal("0.4"), category="")
    assert "without a likelihood" not in client.get("/forecast/?period=all").text
