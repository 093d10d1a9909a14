import datetime as dt
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from accounts.models import Cover
from config import clock
from renewals import calls, forecast
from renewals.models import ForecastCall, Renewal
from tests.factories import DAY, user
from tests.renewals.factories import renewal_due_in

HALF = Decimal("0.5")


@pytest.fixture
def renewal():
    return renewal_due_in(30)


def call(renewal, **said):
    said = {"likelihood": HALF, "category": "", "note": ""} | said
    calls.call(renewal, renewal.customer.owner, clock.now(), DAY, **said)
    renewal.refresh_from_db()


def test_a_call_stands_on_the_renewal_and_in_its_history(renewal):
    call(renewal, likelihood=Decimal("0.7"), category="most_likely", note=" CFO is for it ")
    call(renewal, likelihood=Decimal("0.8"), category="most_likely", note="CFO is for it")
    assert (renewal.csm_likelihood, renewal.category, renewal.csm_note, renewal.csm_called_on) == (
        Decimal("0.8"), "most_likely", "CFO is for it", DAY,
    )  # fmt: skip
    assert list(ForecastCall.objects.order_by("pk").values_list("likelihood", "by", "voice")) == [
        (Decimal("0.7"), renewal.customer.owner.pk, "csm"),
        (Decimal("0.8"), renewal.customer.owner.pk, "csm"),
    ]


def test_the_same_call_again_is_not_kept_twice(renewal):
    call(renewal)
    call(renewal)
    assert ForecastCall.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "value"), [("likelihood", Decimal("1.01")), ("likelihood", Decimal(-1)), ("category", "hope")]
)
def test_a_wrong_call_names_its_field(renewal, field, value):
    with pytest.raises(ValidationError) as error:
        call(renewal, **{field: value})
    assert list(error.value.message_dict) == [field]
    assert not ForecastCall.objects.exists()


@pytest.mark.parametrize("likelihood", [Decimal(0), Decimal(1)])
def test_a_likelihood_may_be_none_and_certain(renewal, likelihood):
    call(renewal, likelihood=likelihood)
    assert ForecastCall.objects.get().likelihood == likelihood


def test_a_decision_needs_a_reason_and_stands_over_the_others(renewal):
    call(renewal, likelihood=Decimal("0.9"))
    manager = user("manager")
    with pytest.raises(ValidationError) as error:
        calls.decide(renewal, manager, clock.now(), DAY, likelihood=HALF, reason=" ")
    assert list(error.value.message_dict) == ["reason"]
    calls.decide(renewal, manager, clock.now(), DAY, likelihood=HALF, reason="Champion gone")
    renewal.refresh_from_db()
    assert (renewal.final_likelihood, renewal.final_by, renewal.final_reason) == (HALF, manager, "Champion gone")
    calls.withdraw(renewal, manager, clock.now(), DAY)
    renewal.refresh_from_db()
    assert renewal.final_likelihood is None
    assert [c.likelihood for c in ForecastCall.objects.filter(voice="final").order_by("pk")] == [HALF, None]


def test_a_closed_renewal_takes_no_calls(renewal):
    Renewal.objects.update(stage="closed", outcome="auto", closed_on=DAY)
    with pytest.raises(ValidationError, match="closed"):
        call(renewal)


def test_an_empty_call_is_refused_and_a_call_is_taken_back(renewal):
    for note in ("", "Only a note"):
        with pytest.raises(ValidationError, match="Say a likelihood or a category") as error:
            call(renewal, likelihood=None, note=note)
        assert list(error.value.message_dict) == ["likelihood"]
    call(renewal, likelihood=None, category="commit")
    assert renewal.csm_called_on == DAY
    calls.take_back(renewal, renewal.customer.owner, clock.now(), DAY)
    renewal.refresh_from_db()
    assert (renewal.category, renewal.csm_called_on) == ("", None)
    calls.take_back(renewal, renewal.customer.owner, clock.now(), DAY)
    assert ForecastCall.objects.count() == 2


def covering(renewal):
    someone = user("manager")
    Cover.objects.create(owner=renewal.customer.owner, by=someone, starts_on=DAY, ends_on=DAY + dt.timedelta(days=1))
    return someone


@pytest.mark.parametrize(
    ("who", "voice"),
    [
        (lambda renewal: renewal.customer.owner, "csm"),
        (covering, "csm"),
        (lambda _renewal: user("manager"), "final"),
        (lambda _renewal: user("admin"), "final"),
    ],
)
def test_what_is_said_is_kept_in_the_voice_of_its_author(renewal, who, voice):
    author = who(renewal)
    calls.say(renewal, author, clock.now(), DAY, likelihood=HALF, category="at_risk", note="CFO left")
    renewal.refresh_from_db()
    said = {
        "csm": (renewal.csm_likelihood, renewal.category, renewal.csm_note),
        "final": (renewal.final_likelihood, renewal.final_category, renewal.final_reason),
    }
    assert said.pop(voice) == (HALF, "at_risk", "CFO left")
    assert list(said.values()) == [(None, "", "")]
    assert ForecastCall.objects.values_list("voice", "by").get() == (voice, author.pk)


def test_a_manager_needs_a_reason_at_the_note_and_a_stranger_has_no_voice(renewal):
    with pytest.raises(ValidationError) as error:
        calls.say(renewal, user("manager"), clock.now(), DAY, likelihood=HALF, category="", note=" ")
    assert list(error.value.message_dict) == ["note"]
    with pytest.raises(PermissionDenied):
        calls.say(renewal, user(), clock.now(), DAY, likelihood=HALF, category="", note="x")
    assert not ForecastCall.objects.exists()


def test_a_decision_may_be_a_category_alone(renewal):
    calls.decide(
        renewal, user("manager"), clock.now(), DAY, likelihood=None, category="omitted", reason="Moves to a reseller"
    )
    renewal.refresh_from_db()
    assert (renewal.is_decided, renewal.final_category) == (True, "omitted")
    row = forecast.with_final(Renewal.objects.all()).get()
    assert (row.said, row.is_derived, row.expected) == ("omitted", False, 0)


def test_an_undo_brings_back_the_call_before_whatever_its_address_says(renewal, client):
    """Of three decisions the last is undone by its author alone: the second stands, of its day, not the one asked for."""
    first, second, third = (user("admin") for _number in range(3))
    for back, who, share in ((20, first, "0.1"), (10, second, "0.2")):
        day = DAY - dt.timedelta(days=back)
        calls.decide(renewal, who, clock.now(), day, likelihood=Decimal(share), reason="Seen it")
    mark = calls.decide(renewal, third, clock.now(), DAY, likelihood=Decimal("0.3"), reason="Seen it")
    old = ForecastCall.objects.earliest("pk")
    address = f"/renewals/{renewal.pk}/withdraw/?seen={mark}&before={old.pk}"

    def stands() -> tuple[object, ...]:
        return Renewal.objects.values_list("final_likelihood", "final_by", "final_on").get()

    for who, found in ((second, (Decimal("0.3"), third.pk, DAY)), (third, (Decimal("0.2"), second.pk, day))):
        client.force_login(who)
        client.post(address)
        assert stands() == found
    client.post(address)  # what it would undo does not stand any more
    assert stands() == found
    assert list(ForecastCall.objects.standing().order_by("pk").values_list("by", "on")) == [
        (first.pk, old.on), (second.pk, day),
    ]  # fmt: skip


def test_an_undone_call_leaves_what_was_taken_back_before_it_unsaid(renewal):
    owner = renewal.customer.owner
    call(renewal)
    calls.take_back(renewal, owner, clock.now(), DAY)
    mark = calls.say(renewal, owner, clock.now(), DAY, likelihood=HALF, category="commit")
    assert calls.say(renewal, owner, clock.now(), DAY, likelihood=HALF, category="commit") == ""
    assert not calls.undo(renewal, "csm", owner, clock.now(), mark)
    renewal.refresh_from_db()
    assert (renewal.csm_likelihood, renewal.category, renewal.csm_called_on) == (None, "", None)
    assert [one.undone_at is None for one in ForecastCall.objects.order_by("pk")] == [True, True, False]
