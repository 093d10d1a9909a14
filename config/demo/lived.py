"""Work of the past weeks: tasks done, cases closed, calls made, renewals moved on, reviews held.

Done through the domain's own functions as of the days on which it would have been done. Which
task or renewal is taken depends on a hash of its key and the seed.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from decimal import Decimal
from typing import Final

from django.db import connection

from accounts.lifecycle import is_current
from accounts.models import User
from config.demo import words
from config.demo.plan import Plan
from config.shipping import translated
from health.cases import acts
from health.models import Case, CaseState, CaseType, Resolution
from playbooks import work
from playbooks.models import Task, TaskOutcome
from renewals import calls, qbrs, stages
from renewals.models import ForecastCategory, Qbr, Renewal, RenewalStage

# What one day's work reaches at most: a demo of thousands needs no more.
AT_MOST: Final = 400
LATE_DAYS: Final = 12
# How often, as a fraction: a task is done in time, and at all; a stage is reached; a call is made; it
# has a note; a difference is settled; a review is held.
DONE, DONE_LATE, REACHED, CALLED, NOTED, SETTLED, HELD = 0.8, 0.97, 0.6, 0.7, 0.5, 0.5, 0.7
# What came of a task, by the same number that says whether it is done.
CAME_OF_IT: Final = (
    (0.64, TaskOutcome.DONE),
    (0.72, TaskOutcome.NO_ANSWER),
    (0.77, TaskOutcome.NOT_NEEDED),
    (1.0, TaskOutcome.NOT_VALID),
)
# Of a case: closed in time, or later; planned, or put off; how wrong the worst rule is; what came of the others.
CLOSED, CLOSED_LATE, PLANNED, PUT_OFF, CASE_DAYS, CASES_AT_MOST = 0.45, 0.8, 0.85, 0.92, 20, 250
NOT_VALID_MOST: Final = 0.7
CAME_OF_CASE: Final = (
    (0.68, Resolution.RESOLVED),
    (0.82, Resolution.BY_ITSELF),
    (0.92, Resolution.LOST),
    (1.0, Resolution.DUPLICATE),
)
# From so many days before the end the stage is likely to be this one.
STAGES: Final = ((20, RenewalStage.AGREED), (45, RenewalStage.PROPOSED), (70, RenewalStage.DISCUSSION))

# Reviews held in the rhythm of the segment since the history began, most of them in time.
REVIEWS: Final = f"""
INSERT INTO renewals_qbr (customer_id, due_on, held_on, goals, note, closed_by_id)
SELECT c.id, d.due_on, d.due_on + floor(pg_temp.u(d.key, 151) * 12)::int,
    jsonb_build_array((CASE WHEN c.country = 'JP' THEN %(goals_ja)s::text[] ELSE %(goals)s::text[] END)
        [1 + floor(pg_temp.u(d.key, 152) * cardinality(%(goals)s::text[]))::int]), '', c.owner_id
FROM accounts_customer c
JOIN accounts_segment s ON s.id = c.segment_id AND s.qbr_every_days IS NOT NULL
CROSS JOIN LATERAL (
    SELECT c.first_contract_on + k * s.qbr_every_days AS due_on, pg_temp.pair(c.id, k) AS key
    FROM generate_series(1, 30) AS k
) d
WHERE {is_current("c")} AND d.due_on BETWEEN %(began_on)s AND %(until)s::date - 14
  AND pg_temp.u(d.key, 150) < 0.8
ON CONFLICT DO NOTHING
"""  # noqa: S608 (made of constants)


def review(plan: Plan) -> int:
    """Write the business reviews of the past; how many. For customers in their present segments."""
    with connection.cursor() as cursor:
        cursor.execute(REVIEWS, plan.parameters() | {"goals": list(words.GOALS), "goals_ja": list(words.GOALS_JA)})
        return cursor.rowcount


def act(plan: Plan, day: dt.date) -> int:
    """What people did up to ``day`` with the tasks, renewals and reviews then open; how many acts."""
    noon = dt.datetime.combine(day, dt.time(3), plan.zone)
    done = finish_tasks(plan, noon, day)
    done += work_on_cases(plan, noon, day)
    done += work_on_renewals(plan, noon, day)
    return done + hold_reviews(plan, day)


def finish_tasks(plan: Plan, now: dt.datetime, day: dt.date) -> int:
    """Close most of the tasks due before ``day``."""
    due = Task.objects.open().filter(due_on__lt=day, assignee__isnull=False)
    due = due.select_related("assignee", "customer")
    done = 0
    for task in due.order_by("due_on", "pk")[:AT_MOST]:
        luck = chance(plan, "task", task.pk)
        late = (day - task.due_on).days > LATE_DAYS
        if luck < (DONE_LATE if late else DONE) and task.assignee:
            of_prep = task.prep_part != ""
            note = words.note(task.customer.country, task.pk) if luck < NOTED or of_prep else ""
            took = 5 * round(2 + 9 * luck)
            work.complete(task, outcome(luck), user=task.assignee, now=now, day=day, note=note, minutes=took)
            done += 1
    return done


def outcome(luck: float) -> str:
    """Mostly done; now and then nobody answered, or the task was not needed or not valid."""
    return next(outcome for below, outcome in CAME_OF_IT if luck < below)


def work_on_cases(plan: Plan, now: dt.datetime, day: dt.date) -> int:
    """Most open cases are planned, put off or closed; how often a rule was wrong differs from rule to rule."""
    open_ = Case.objects.awake(day).filter(opened_on__lt=day, owner__isnull=False)
    found = open_.select_related("customer", "owner", "rule").order_by("opened_on", "pk")
    return sum(work_on_case(plan, case, now, day) for case in found[:CASES_AT_MOST])


def work_on_case(plan: Plan, case: Case, now: dt.datetime, day: dt.date) -> int:
    owner, luck = case.owner, chance(plan, "case", case.pk)
    if owner is None:
        return 0
    old = (day - case.opened_on).days > CASE_DAYS
    if luck < (CLOSED_LATE if old else CLOSED):
        note = words.note(case.customer.country, case.pk) if luck < NOTED else ""
        resolution = resolved(plan, case)
        if resolution == Resolution.NOT_VALID:
            note = note or reason_not_valid(case)
        acts.close(case, resolution, user=owner, day=day, now=now, note=note)
        return 1
    if case.state == CaseState.NEW and luck < PLANNED:
        suggested = case.rule.plan if case.rule else ""
        kind, said = case.type or CaseType.VALUE, suggested or words.note(case.customer.country, case.pk)
        acts.plan(case, type=kind, plan=translated(said), user=owner, day=day)
        return 1
    if case.state == CaseState.NEW and luck < PUT_OFF:
        until = day + dt.timedelta(days=10 + case.pk % 40)
        acts.snooze(case, until, words.note(case.customer.country, case.pk)[:200], user=owner, day=day)
        return 1
    return 0


def resolved(plan: Plan, case: Case) -> str:
    """What came of a case: of each rule a share of its own was not valid."""
    luck = chance(plan, "resolved", case.pk)
    wrong = NOT_VALID_MOST * chance(plan, f"false alarm of {case.rule.key}", 0) if case.rule else 0
    if luck < wrong:
        return Resolution.NOT_VALID
    shares = (luck - wrong) / (1 - wrong)
    return next(outcome for below, outcome in CAME_OF_CASE if shares < below)


def reason_not_valid(case: Case) -> str:
    """Why a case was not valid, in the language of the customer's country."""
    return "季節的な変動のため。" if case.customer.country == "JP" else "Seasonal, as every year."


def work_on_renewals(plan: Plan, now: dt.datetime, day: dt.date) -> int:
    """Calls and stages for the renewals in preparation; the manager's word where CSM and model differ."""
    renewals = (
        Renewal.objects.filter(prep_opened_on__isnull=False, customer__owner__isnull=False)
        .exclude(stage=RenewalStage.CLOSED)
        .select_related("customer__owner__manager", "customer__segment")
        .order_by("due_on", "pk")
    )
    return sum(work_on(plan, renewal, now, day) for renewal in renewals[:AT_MOST])


def work_on(plan: Plan, renewal: Renewal, now: dt.datetime, day: dt.date) -> int:
    owner = renewal.customer.owner
    left = (renewal.due_on - day).days
    done = 0
    for limit, stage in STAGES:
        if left <= limit and chance(plan, stage, renewal.pk) < REACHED and ahead(renewal.stage, stage):
            done += stages.move(renewal, stage, day).rows
            break
    if owner and renewal.csm_likelihood is None and chance(plan, "call", renewal.pk) < CALLED:
        say(plan, renewal, owner, now, day)
        done += 1
    return done + decide(plan, renewal, now, day)


def ahead(stage: str, wanted: str) -> bool:
    order = list(RenewalStage.values)
    return order.index(wanted) > order.index(stage)


def say(plan: Plan, renewal: Renewal, owner: User, now: dt.datetime, day: dt.date) -> None:
    """The owner's call: the model's value with some hope added and some error."""
    model = float(renewal.model_likelihood if renewal.model_likelihood is not None else 0.8)
    hoped = model + 0.05 + 0.3 * (chance(plan, "hope", renewal.pk) - 0.5)
    likelihood = Decimal(round(20 * max(0.05, min(0.95, hoped)))) / 20
    note = words.note(renewal.customer.country, renewal.pk) if chance(plan, "note", renewal.pk) < NOTED else ""
    calls.call(renewal, owner, now, day, likelihood=likelihood, category=category(likelihood), note=note)
    renewal.csm_likelihood = likelihood


def category(likelihood: Decimal) -> str:
    for least, name in ((0.9, "COMMIT"), (0.7, "MOST_LIKELY"), (0.5, "BEST_CASE")):
        if likelihood >= Decimal(str(least)):
            return ForecastCategory[name]
    return ForecastCategory.AT_RISK


def decide(plan: Plan, renewal: Renewal, now: dt.datetime, day: dt.date) -> int:
    """The manager settles a difference of more than 15 points, in half of the cases."""
    manager = renewal.customer.owner.manager if renewal.customer.owner else None
    csm, model = renewal.csm_likelihood, renewal.model_likelihood
    if not manager or csm is None or model is None or renewal.final_likelihood is not None:
        return 0
    if abs(csm - model) <= Decimal("0.15") or chance(plan, "final", renewal.pk) >= SETTLED:
        return 0
    middle = Decimal(round(20 * (csm + model) / 2)) / 20
    calls.decide(renewal, manager, now, day, likelihood=middle, reason=middle_reason(renewal))
    return 1


def middle_reason(renewal: Renewal) -> str:
    """Why the manager chose the middle, in the language of the customer's country."""
    japanese = renewal.customer.country == "JP"
    return (
        "スポンサーの回答があるまで両者の中間とする。" if japanese else "Between both until the sponsor has answered."
    )


def hold_reviews(plan: Plan, day: dt.date) -> int:
    """Hold most of the reviews due before ``day``."""
    due = Qbr.objects.filter(held_on__isnull=True, due_on__lt=day, customer__owner__isnull=False)
    held = 0
    for qbr in due.select_related("customer__owner").order_by("due_on", "pk")[:AT_MOST]:
        if chance(plan, "review", qbr.pk) < HELD and qbr.customer.owner:
            qbrs.close(qbr, qbr.customer.owner, day, [words.goal(qbr.customer.country, qbr.pk)])
            held += 1
    return held


def past_days(plan: Plan) -> list[dt.date]:
    """The days before the last on which work was done: every fortnight for eight weeks."""
    return [plan.until - dt.timedelta(days=back) for back in (56, 42, 28, 14)]


def chance(plan: Plan, question: str, key: int) -> float:
    """A number from 0 to 1, always the same for a seed, a question and a key."""
    digest = hashlib.blake2b(f"{plan.seed} {question} {key}".encode(), digest_size=8).digest()
    return int.from_bytes(digest) / 2**64
