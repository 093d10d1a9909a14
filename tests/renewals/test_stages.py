"""Renewals moved many at once, and taken back as far as they still stand so."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from renewals import stages
from renewals.models import PrepPart, Renewal
from tests.factories import DAY, customer, organisation, user
from tests.playbooks.rows import renewal

pytestmark = pytest.mark.django_db


def test_many_move_at_the_cost_of_one_and_what_cannot_is_named() -> None:
    organisation()
    csm = user()
    early = [renewal(customer(owner=csm), 200, stage="upcoming", prep_opened_on=None) for _ in range(4)]
    closed = renewal(customer(owner=csm), 10, stage="closed", outcome="renewed", closed_on=DAY)
    with CaptureQueriesContext(connection) as alone:
        stages.move_all([early[0].pk], "proposed", DAY)
    with CaptureQueriesContext(connection) as many:
        moves = stages.move_all([row.pk for row in (*early, closed)], "proposed", DAY)
    assert len(many) <= len(alone)
    assert set(moves.outcome.done) == {row.pk for row in early[1:]}
    assert (moves.outcome.same, set(moves.outcome.refused)) == ({early[0].pk}, {closed.pk})
    assert PrepPart.objects.count() == 4 * len(early)
    stages.move(early[1], "agreed", DAY)
    back = stages.move_all(list(moves.left), "upcoming", DAY, back=moves.left)
    assert set(back.outcome.refused) == {early[1].pk}
    assert dict(Renewal.objects.values_list("pk", "stage")) == {
        early[0].pk: "upcoming", early[1].pk: "agreed", early[2].pk: "upcoming", early[3].pk: "upcoming",
        closed.pk: "closed",
    }  # fmt: skip


@pytest.mark.parametrize("stage", ["closed", "won"])
def test_a_stage_to_which_nothing_moves_is_refused_as_a_whole(stage: str) -> None:
    with pytest.raises(ValidationError):
        stages.move_all([], stage, DAY)


def test_a_prep_that_others_share_goes_back_while_they_are_as_it_opened_them() -> None:
    organisation()
    of = customer(owner=user())
    early = {"stage": "upcoming", "prep_opened_on": None}
    head, second, third = (renewal(of, days, prep_on=DAY + dt.timedelta(days=9), **early) for days in (200, 210, 215))
    stages.move(head, "proposed", DAY)
    assert by_stage() == {head.pk: "proposed", second.pk: "preparing", third.pk: "preparing"}
    stages.move(second, "agreed", DAY)
    with pytest.raises(ValidationError, match="shares its prep and has been moved"):
        stages.move(head, "upcoming", DAY)
    stages.move(second, "preparing", DAY)
    Renewal.objects.filter(pk=third.pk).update(prep_on=DAY)
    with pytest.raises(ValidationError, match="prep has been due since 24 Nov"):
        stages.move(head, "upcoming", DAY)
    Renewal.objects.filter(pk=third.pk).update(prep_on=None)
    assert by_stage() == {head.pk: "proposed", second.pk: "preparing", third.pk: "preparing"}
    assert stages.move(head, "upcoming", DAY).rows == 3
    assert set(Renewal.objects.values_list("stage", "prep_with", "prep_opened_on")) == {("upcoming", None, None)}


def test_those_that_share_a_prep_are_moved_and_taken_back_together() -> None:
    organisation()
    of = customer(owner=user())
    rows = [renewal(of, days, stage="upcoming", prep_opened_on=None).pk for days in (200, 210)]
    moves = stages.move_all(rows, "proposed", DAY)
    assert set(by_stage().values()) == {"proposed"}
    assert stages.move_all(rows, "upcoming", DAY, back=moves.left).outcome.refused == {}
    assert set(by_stage().values()) == {"upcoming"}


def by_stage() -> dict[int, str]:
    return dict(Renewal.objects.values_list("pk", "stage"))
