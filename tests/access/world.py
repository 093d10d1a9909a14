"""One company with everything in it, built once for the whole folder.

``fill`` writes a customer's whole record. The other CSM and the manager of the other team have a
record of their own, so that no list of theirs is empty.
"""

from __future__ import annotations

import datetime as dt
import io
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, Final

from accounts import lifecycle, sentiment, timeline, tokens, uploads
from accounts.imports.rows import OURS
from accounts.models import (
    Attribute,
    BulkAct,
    BulkRow,
    ClosingDay,
    Contract,
    Cover,
    Customer,
    Deviation,
    Disagreement,
    Entitlement,
    Handover,
    HandoverMove,
    ImportFile,
    ImportLine,
    ImportRun,
    Merge,
    Objective,
    Outcome,
    Post,
    RecordExport,
    SavedMapping,
    SavedView,
    Silence,
    User,
)
from config import clock
from config.outbox.models import Outbox
from config.setaside import register
from config.setaside.models import SetAside
from health import digests, publishing, scoring
from health.cases import acts, tuning
from health.measures import custom_changes
from health.models import (
    Case,
    CaseRule,
    Feature,
    FeatureDay,
    Person,
    PersonDay,
    Score,
    Scorecard,
    SurveyResponse,
    Ticket,
    UsageDay,
)
from health.publishing import shipped as scorecards
from health.scoring import overriding
from health.signals.partitions import ensure_partitions
from playbooks import enrolment, giving, versions, work
from playbooks.models import Playbook, Task
from playbooks.steps import task_step
from playbooks.versions import Design
from renewals import calls, closing, forecast, loss, pipeline, qbrs
from renewals.models import Qbr, Renewal
from tests.factories import DAY, RATES_TOML, contact, contract, customer, organisation, segment, user

ARR: Final = 7_654_321
PIECE: Final = b"id,n"
Texts = Any


def build() -> SimpleNamespace:
    """People, playbooks and the records of three customers."""
    organisation()
    world = SimpleNamespace(**_people(), segment=segment(name="Middle", position=1, qbr_every_days=91))
    scorecards.install(DAY)
    _scorecards(world)
    _playbooks(world)
    world.rule = CaseRule.objects.create(key="silent", name="Gone quiet", reason="silent", detector="silence")
    tuning.tune(world.rule, {"values": {"days": 30}}, by=world.admin, day=DAY, now=clock.now())
    world.book = fill(world, world.owner, "Zyxcanary")
    HandoverMove.objects.create(
        handover=world.handover, customer=world.book.customer, before=world.manager, after=world.owner
    )
    world.theirs = fill(world, world.other, "Birch", parent=world.book.customer, arr=24_000)
    world.far = fill(world, world.stranger, "Cedar", arr=36_000)
    # What once was, or only seems to be, the other CSM's: a cover that has ended, a task left behind.
    Cover.objects.create(
        owner=world.owner,
        by=world.other,
        starts_on=DAY - dt.timedelta(days=9),
        ends_on=DAY,
    )
    Task.objects.create(customer=world.book.customer, title="Zyxcanary left behind", assignee=world.other, due_on=DAY)
    digests.sweep(DAY)
    world.mapping = SavedMapping.objects.create(name="Zyxcanary", toml=RATES_TOML, by=world.admin)
    world.attribute = Attribute.objects.create(
        pk=77001,
        key="支援プラン",
        label="支援プラン",
        kind="choice",
        choices=["松", "竹"],
        position=1,
    )
    Attribute.objects.create(key="席", label="席", kind="number", position=2, is_shown=False)
    Silence.objects.create(source="csv", last_on=DAY - dt.timedelta(days=9), opened_on=DAY)
    world.closing_day = ClosingDay.objects.create(day=dt.date(2026, 12, 30))
    register.record("scores", "customer", world.book.customer.pk, world.book.customer.name, "Overflow")
    world.aside = SetAside.objects.get()
    tagged = {"kind": "customers", "act": "tag", "values": {"tags": ["pilot"]}, "by": world.owner, "day": DAY}
    world.bulk = BulkAct.objects.create(
        **tagged,
        ids=[world.book.customer.pk],
        reached=1,
        done=1,
        state="done",
        said={"en": "Tag added", "ja": "タグを付けました"},
    )
    BulkRow.objects.create(
        act=world.bulk, chunk=0, object_id=world.book.customer.pk, state="done", before={"tags": ["pilot"]}
    )
    world.stopped = BulkAct.objects.create(**tagged, ids=[world.book.customer.pk], state="failed", problem="Overflow")
    _imports(world)
    world.twin = customer(owner=world.owner, name="Zyxcanary limited", domain="zyxcanary.example")
    gone = customer(owner=world.owner, name="Zyxcanary merged", merged_into=world.book.customer)
    world.merge = Merge.objects.create(merged=gone, survivor=world.book.customer, made_by=world.manager)
    world.parked = Outbox.objects.create(
        kind="mail", dedup_key="mail:lost", state="dead", error="Refused", settled_at=clock.now()
    )
    return world


def _people() -> dict[str, Any]:
    manager, stranger = user("manager", name="Lena Team"), user("manager", name="Otto Elsewhere")
    people: dict[str, Any] = {"manager": manager, "stranger": stranger}
    people["owner"] = user(name="Mara Own", manager=manager)
    people["other"] = user(name="Nils Other", manager=stranger)
    people["cover"] = user(name="Cora Cover", manager=stranger)
    people["admin"] = user("admin", name="Ren Admin")
    people["viewer"] = user("viewer", name="Vera View")
    people["gone"] = user(name="Gus Gone", manager=manager)
    people["spare"] = user(name="Sam Spare", manager=stranger)
    people["invited"] = User.objects.create_user("ivy@demo.example", name="Ivy Invited", invited_at=clock.now())
    people["former"] = user(name="Fay Former", is_active=False)
    # The cover's own manager would see what she covers if teams followed covers; they do not.
    until = DAY + dt.timedelta(days=5)
    people["absence"] = Cover.objects.create(owner=people["owner"], by=people["cover"], starts_on=DAY, ends_on=until)
    people["handover"] = Handover.objects.create(door="page", day=DAY, by=manager)
    return people


def _imports(world: SimpleNamespace) -> None:
    """A run that was imported and has something of everything, one that was previewed and one under way."""
    run = {"title": "zyxcanary.toml", "day": DAY, "by": world.admin}
    world.arrived = uploads.begin("rates.csv", 4, by=world.admin, now=clock.now())
    uploads.put(world.arrived, 1, PIECE)
    uploads.complete(world.arrived, now=clock.now())
    world.imported = ImportRun.objects.create(**run, state="done", rows_total=4, rows_read=4, ended_at=clock.now())
    place = {"upload": world.arrived.pk, "name": "rates.csv", "member": "", "said": {}, "into": "rates", "mapping": "x"}
    world.draft = ImportRun.objects.create(**run, state="draft", places=[place, place])
    world.previewed = ImportRun.objects.create(**run, state="previewed", places=[place | {"mapping": RATES_TOML}])
    refused = ImportFile.objects.create(
        run=world.previewed, position=1, name="rates.csv", target="rates", source="csv", rows=1, rejected=1,
        rejects="".join(f'"{cell}",' for cell in [*OURS, "Currency", "Year", "Rate"]).encode()[:-1]
        + b'\n"2","Rate","Rate is empty","2026-11-28","EUR","2026",""\n',
    )  # fmt: skip
    ImportLine.objects.create(file=refused, line=2, kind="refused", field="Rate", reason="Rate is empty")
    packed = uploads.receive("zyxcanary.zip", io.BytesIO(PIECE), len(PIECE), by=world.admin, now=clock.now())
    world.exported = RecordExport.objects.create(by=world.admin, source="zyxcanary", state="done", upload=packed)
    world.importing = ImportRun.objects.create(**run, state="previewing", rows_total=4, rows_read=2)
    file = ImportFile.objects.create(
        run=world.imported, position=1, written=True, name="zyxcanary.csv", target="customers", source="csv", rows=4,
        new=1, changed=1, rejected=1, unread=1, notes=["zyxcanary"],
        rejects=b'"rejected_line"\n"3"\n', cells=b'"line"\n"4"\n',
    )  # fmt: skip
    customer = {"object_kind": "customer", "object_id": world.book.customer.pk, "customer_id": world.book.customer.pk}
    ImportLine.objects.bulk_create(
        [
            ImportLine(file=file, line=1, kind="new", title="Zyxcanary", **customer),
            ImportLine(
                file=file, line=2, kind="changed", title="Zyxcanary", fields={"employees": [312, 288]}, **customer
            ),
            ImportLine(file=file, line=3, kind="refused", field="name", reason="is empty"),
            ImportLine(file=file, line=4, kind="remark", field="employees", cell="many", reason="is no number"),
        ]
    )


def _scorecards(world: SimpleNamespace) -> None:
    """A version that was, one in use and a draft of the standard scorecard, which all say the same; and one as shipped."""
    survey = {"source": "survey", "survey": "nps", "statistic": "newest", "zero_at": "0", "full_at": "10"}
    days = {"window_days": "28", "shelf_life_days": "90"}
    world.own = custom_changes.save_own(None, {"name": "Said"} | survey | days, by=None, day=DAY)
    world.untouched = Scorecard.objects.get(key="onboarding")
    world.kept = Scorecard.objects.get(key="standard")
    world.card = publishing.publish(
        publishing.begin_draft(world.kept, world.admin, clock.now(), DAY), None, clock.now(), DAY
    )
    world.sketch = publishing.begin_draft(world.card, world.admin, clock.now(), DAY)


def _playbooks(world: SimpleNamespace) -> None:
    world.play = play("By hand")
    world.second = play("Second by hand")
    versions.publish(
        versions.save_draft(world.play, Design("by_hand", steps=[task_step("Ring twice")]), None), clock.now()
    )
    world.play.refresh_from_db()
    world.drafted = play("Drafted")
    versions.save_draft(world.drafted, Design("by_hand", steps=[task_step("Not yet")]), world.admin)
    world.wide = play("Wide", "state", {"state": "score_drop", "values": {"points": 1, "days": 20}})


def play(name: str, kind: str = "by_hand", trigger: dict[str, Any] | None = None) -> Playbook:
    made = versions.create(name)
    design = Design(kind, trigger or {}, steps=[task_step(f"{name}: call"), task_step(f"{name}: write")])
    versions.publish(versions.save_draft(made, design, None), clock.now())
    made.refresh_from_db()
    return made


class Words:
    """The text of every field of a record: here one name in all of them."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, field: str, longest: int = 200) -> str:
        return f"{self.name} {field}"[:longest]


def fill(world: SimpleNamespace, owner: User, name: Texts, *, arr: int = ARR, **fields: Any) -> SimpleNamespace:
    """A customer of ``owner`` with something of everything, its texts out of ``name``."""
    say = Words(name) if isinstance(name, str) else name
    made = SimpleNamespace(customer=_customer(world, owner, say, fields))
    _people_and_talk(made, owner, say)
    made.person = _signals(made.customer, say)
    differ = {"given": say("given"), "stands": say("standing"), "by": "hand", "seen_on": DAY}
    made.disagreement = Disagreement.objects.create(
        target="customers", field="industry", source="csv", object_id=made.customer.pk, customer=made.customer, **differ
    )
    Deviation.objects.create(
        target="customers", source="csv", external_id=say("key", 40), field="industry", reason="hand", since=DAY,
        object_id=made.customer.pk, customer=made.customer, given=say("given"), stands=say("standing"),
    )  # fmt: skip
    _contracts(made, say, arr)
    _plays(world, made, owner, say)
    _cases(world, made, say, arr)
    made.customer.refresh_from_db()
    made.upload = uploads.begin(f"{say('file', 150)}.csv", 4, by=owner, now=clock.now())
    uploads.put(made.upload, 1, PIECE)
    made.token, _secret = tokens.issue(owner, say("token", 60), ["*:read"], days=30, by=owner, now=clock.now())
    made.view = SavedView.objects.create(kind="customers", name=say("view", 60), owner=owner)
    return made


def _customer(world: SimpleNamespace, owner: User, say: Texts, fields: dict[str, Any]) -> Customer:
    texts = {"domain": say("domain", 100), "industry": say("industry", 80), "use_case": say("use", 80)}
    pin = {"pinned_segment": world.segment, "pin_reason": say("pin"), "segment": world.segment}
    tags = [say("tag", 40)]
    since = DAY - dt.timedelta(days=700)
    more = {"employees": 431, "country": "JP", "stage": "growth", "first_contract_on": since, "tags": tags}
    return customer(name=say("customer"), owner=owner, **texts | pin | more | fields)


def _people_and_talk(made: SimpleNamespace, owner: User, say: Texts) -> None:
    of = made.customer
    made.contact = contact(of, name=say("contact", 150), title=say("title", 120), roles=["champion"])
    post = {"department": say("department", 120), "title": say("post", 120)}
    Post.objects.create(contact=made.contact, **post, ends_on=DAY - dt.timedelta(days=90))
    Post.objects.create(contact=made.contact, **post, starts_on=DAY - dt.timedelta(days=90))
    made.left = contact(of, name=say("leaver", 150), roles=["sponsor"], state="left", state_on=DAY)
    touch = {"kind": "call", "happened_on": DAY, "note": say("note", 9000), "next_step": say("next step")}
    made.touch = timeline.log(of, author=owner, contacts=[made.contact], sentiment=3, next_step_on=DAY, **touch)
    made.said = sentiment.say(of, 4, author=owner, day=DAY, note=say("feeling", 300))
    until = DAY + dt.timedelta(days=9)
    made.override = overriding.put(of, 40, author=owner, day=DAY, until=until, reason=say("override", 300))
    goal = Objective.objects.create(customer=of, title=say("objective"), agreed_on=DAY)
    made.typed = Objective.objects.create(
        customer=of, title=say("typed"), agreed_on=DAY, source="typed", external_id=f"O{of.pk}"
    )
    made.outcome = Outcome.objects.create(
        objective=goal, measure=say("measure"), unit=say("unit", 40), baseline=1, target=9, unit_value=100
    )


def _signals(of: Customer, say: Texts) -> Person:
    days = [DAY - dt.timedelta(days=back) for back in range(40)]
    use = {"uses": 8, "active_users": 3, "features": 1, "people": [0, 1]}
    UsageDay.objects.bulk_create(UsageDay(customer=of, day=day, **use) for day in days)
    named = Person.objects.create(customer=of, number=1, contact=of.contacts.first(), first_on=days[-1], core_on=DAY)
    somebody = Person.objects.create(customer=of, number=2, first_on=DAY)
    agent = Person.objects.create(customer=of, number=3, is_agent=True, first_on=DAY)
    ensure_partitions(days[-1], DAY)
    PersonDay.objects.bulk_create(PersonDay(person=named, day=day, uses=2) for day in days)
    PersonDay.objects.bulk_create(PersonDay(person=other, day=DAY, uses=2) for other in (somebody, agent))
    feature = Feature.objects.create(key=f"f{of.pk}", name=say("feature", 120))
    FeatureDay.objects.bulk_create(FeatureDay(customer=of, day=day, feature=feature, uses=4, users=2) for day in days)
    opened = dt.datetime.combine(DAY - dt.timedelta(days=3), dt.time(9), dt.UTC)
    ticket = {"subject": say("subject"), "topic": say("topic", 80), "severity": "high", "opened_at": opened}
    Ticket.objects.create(customer=of, source="test", external_id=str(of.pk), **ticket)
    answer = {"kind": "nps", "answer": 3, "answered_on": DAY, "comment": say("comment", 4000)}
    SurveyResponse.objects.create(customer=of, source="test", external_id=str(of.pk), **answer)
    for back in (1, 40):
        scoring.score_customers([of.pk], DAY - dt.timedelta(days=back))
    scoring.score_customers([of.pk], DAY)
    Score.objects.filter(customer=of, day__lt=DAY).update(band="green", value=88)
    return named


def _contracts(made: SimpleNamespace, say: Texts, arr: int) -> None:
    of = made.customer
    made.renewal = _renewal(of, say, arr, due_in=40)
    made.decided = _renewal(of, say, 1_000, due_in=85)
    made.closed = _renewal(of, say, 2_000, due_in=5)
    made.early = _renewal(of, say, 3_000, due_in=200)
    admin = User.objects.get(name="Ren Admin")
    told = {"category": "at_risk", "note": say("call", 300)}
    calls.call(made.renewal, of.owner, clock.now(), DAY, likelihood=None, **told)
    decision = {"likelihood": Decimal("0.5"), "reason": say("reason", 300)}
    calls.decide(made.decided, admin, clock.now(), DAY, **decision)
    lost = loss.Loss("price", "value", True, "nothing", say("loss", 9000))
    closing.churn(made.closed, of.owner, DAY, lost)
    made.renewal.parts.update(note=say("prep", 9000))
    lifecycle.sweep(DAY)
    forecast.refresh(DAY)
    past = {"starts_on": DAY - dt.timedelta(days=800), "ends_on": DAY - dt.timedelta(days=300)}
    noticed_on = DAY - dt.timedelta(days=400)
    number = say("noticed", 150)
    made.noticed = contract(
        of, amount=0, line={"product": say("past", 120)}, external_id=number, notice_given_on=noticed_on, **past
    )
    made.held = Qbr.objects.create(customer=of, due_on=DAY - dt.timedelta(days=90))
    qbrs.close(made.held, of.owner, DAY - dt.timedelta(days=90), [say("goal")], say("said", 9000))
    made.qbr = Qbr.objects.create(customer=of, due_on=DAY, note=say("draft", 9000))


def _renewal(of: Customer, say: Texts, arr: int, *, due_in: int) -> Renewal:
    ends_on = DAY + dt.timedelta(days=due_in)
    dates = {"starts_on": ends_on - dt.timedelta(days=365), "ends_on": ends_on}
    line = {"product": say("product", 120)}
    number = say("number", 150) + str(due_in)
    made: Contract = contract(of, amount=arr, line=line, external_id=number, **dates)
    Entitlement.objects.create(contract=made, kind="seats", name=say("entitlement", 120), quantity=10)
    pipeline.sweep(DAY)
    return Renewal.objects.get(contract=made)


def _plays(world: SimpleNamespace, made: SimpleNamespace, owner: User, say: Texts) -> None:
    of = made.customer
    made.enrolment = enrolment.enrol_by_hand(of, world.play, owner, DAY)
    tasks = {key: giving.add(of, say(f"{key} task"), DAY, user=owner, note=say("how", 3900)) for key in TASKS}
    work.complete(tasks["closed"], "done", user=owner, now=clock.now(), day=DAY, note=say("came", 3900))
    work.snooze(tasks["snoozed"], DAY + dt.timedelta(days=9), say("wait"), day=DAY)
    made.task, made.done, made.snoozed = (tasks[key] for key in TASKS)


def _cases(world: SimpleNamespace, made: SimpleNamespace, say: Texts, arr: int) -> None:
    fields = {
        "kind": "risk",
        "reason": world.rule.reason,
        "title": say("case", 120),
        "owner": made.customer.owner,
        "value": arr,
    }
    days = {"opened_on": DAY, "due_on": DAY, "newest_evidence_on": DAY}
    made.case = Case.objects.create(customer=made.customer, rule=world.rule, **fields | days)
    made.case.evidence.create(rule=world.rule, day=DAY, facts={"days": 20, "last_on": "2026-11-04"})
    asleep, shut = (_by_hand(made, say, key) for key in ("asleep", "shut"))
    acts.snooze(asleep, DAY + dt.timedelta(days=9), say("case wait"), user=made.customer.owner, day=DAY)
    acts.close(shut, "resolved", user=made.customer.owner, day=DAY, now=clock.now(), note=say("case came", 500))
    made.asleep, made.shut = asleep, shut


def _by_hand(made: SimpleNamespace, say: Texts, key: str) -> Case:
    fields = {"kind": "risk", "type": "value", "plan": say("case plan", 4_000), "state": "working", "reason": key}
    days = {"opened_on": DAY, "due_on": DAY, "newest_evidence_on": DAY}
    who = {"owner": made.customer.owner, "opened_by": made.customer.owner}
    held = Case.objects.create(customer=made.customer, title=say(f"{key} case", 120), **fields | days | who)
    held.evidence.create(day=DAY, note=say("case seen", 500))
    return held


TASKS: Final = ("open", "closed", "snoozed")
