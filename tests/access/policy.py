"""Who may do what at every address: the declared policy that the tests hold the site against.

A rule says how a method answers those who may (``allowed``), and what else the rest get. A route
without a rule for GET or POST answers 405. A PUT is a piece of a file; nobody may PATCH or DELETE anything.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any, Final

from django.core import signing
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts import posts, typable, typed, workload
from accounts.attributes import defining
from accounts.identity import values
from accounts.imports.places import mark_of
from accounts.lists.editing import undo_url
from accounts.models import Customer
from renewals import notices
from renewals.views import leaving
from tests.access.edits import ADDS, BACK, DATED, DAYS, LOCKED, NAMED, SAVES_NOTHING, SHOWN_ONCE, SHOWN_TWICE, Kind
from tests.factories import DAY, RATES_TOML

PERSONAS: Final = (
    "anonymous", "gone", "owner", "cover", "manager", "admin", "viewer", "other", "stranger",
)  # fmt: skip
OUTSIDE: Final = frozenset({"anonymous", "gone"})
SIGNED_IN: Final = frozenset(PERSONAS) - OUTSIDE
SEES: Final = frozenset({"owner", "cover", "manager", "admin", "viewer"})
CHANGES: Final = SEES - {"viewer"}
WRITES: Final = SIGNED_IN - {"viewer"}
DECIDES: Final = frozenset({"manager", "admin"})
ADMIN: Final = frozenset({"admin"})
MANAGES: Final = DECIDES | {"stranger"}
NOBODY: Final[frozenset[str]] = frozenset()
# A CSM's call is the owner's, or that of who covers.
SPEAKS: Final = frozenset({"owner", "cover"})
# What a contract says of its leaving that stays.
STAYS: Final[notices.Facts] = dict.fromkeys(notices.FACTS)
NOTICED: Final = STAYS | {"notice_given_on": "2026-11-01"}

# What a GET draws: a page that the suite looks at in the browser; a question (a form or a panel's page, looked at by
# `make crawl`); a part of a page, a file or JSON.
PAGE: Final = "page"
QUESTION: Final = "question"
PART: Final = "part"

World = SimpleNamespace
Made = Callable[[World], Any]


@dataclass(frozen=True)
class Rule:
    """``allowed`` get ``answer``; those who see the object but may not get ``refused``; the rest 404."""

    allowed: frozenset[str]
    answer: int = 200
    refused: int = 403
    sees: frozenset[str] = SEES
    missing: int = 404
    but: tuple[tuple[str, int], ...] = ()

    def expected(self, who: str) -> int:
        if who in dict(self.but):
            return dict(self.but)[who]
        if who in self.allowed:
            return self.answer
        return self.refused if who in self.sees else self.missing


@dataclass(frozen=True)
class Route:
    """An address: its arguments out of the company, its rules, and bodies that those who may would send."""

    get: Rule | None = None
    post: Rule | None = None
    args: Made = lambda _world: ()
    body: Made = lambda _world: {}
    query: Any = ""  # or what makes it out of the company
    outside: int = 302  # what somebody who is not signed in gets
    outside_post: int | None = None  # where that is another answer
    optional: frozenset[str] = field(default_factory=frozenset)  # declared fields that ``body`` leaves out
    draws: str = PAGE
    edit: Kind | None = None  # of a write, one of the two: an edit of what stands,
    act: str = ""  # or an act, with why that is enough
    put: Rule | None = None  # of a piece of a file, or a row of the record

    def expected(self, method: str, who: str) -> int:
        if who in OUTSIDE:
            return self.outside_post or self.outside if method == "POST" else self.outside
        rule = {"GET": self.get, "POST": self.post, "PUT": self.put}[method]
        return rule.expected(who) if rule else 405


def everybody(answer: int = 200) -> Rule:
    return Rule(SIGNED_IN, answer)


def changers(answer: int = 200, refused: int = 403) -> Rule:
    return Rule(CHANGES, answer, refused)


def admins(answer: int = 200, otherwise: int = 404) -> Rule:
    return Rule(ADMIN, answer, otherwise, SIGNED_IN)


def of(name: str, *more: Any) -> Made:
    """The number of an object of the record under test, such as ``of("renewal")``."""
    return lambda world: (getattr(world.book, name).pk, *more)


def own(name: str) -> Made:
    return lambda world: (getattr(world, name).pk,)


SEEN: Final = Rule(SEES)
# Acts on many rows are their author's, and an admin's.
OWN_ACT: Final = Rule(frozenset({"owner", "admin"}), sees=NOBODY)
CUSTOMER: Final = of("customer")
LATER: Final = (DAY + dt.timedelta(days=60)).isoformat()
TOMORROW: Final = (DAY + dt.timedelta(days=1)).isoformat()


def with_contract(world: World) -> tuple[int]:
    return (world.book.renewal.contract_id,)


def with_noticed(world: World) -> tuple[int]:
    return (world.book.noticed.pk,)


def with_twin(world: World) -> tuple[int, int]:
    return world.twin.pk, world.book.customer.pk


def twin_as_seen(world: World) -> dict[str, str]:
    return {"name": "", "seen": values.version(*Customer.objects.filter(pk__in=with_twin(world)))}


def with_typed(world: World) -> tuple[int, str, int]:
    return world.book.customer.pk, "objectives", world.book.typed.pk


def typed_body(world: World) -> dict[str, str]:
    kind = typable.KINDS["objectives"]
    saw = typed.version(kind, world.book.typed, world.owner)
    return {"title": "Fewer calls", "agreed_on": "2026-11-01", "due_on": "", "saw": saw}


def with_attributes(world: World) -> dict[str, str]:
    return {f"attribute-{world.attribute.pk}": "松"}


def with_attributes_back(world: World) -> str:
    path = f"/customers/{world.book.customer.pk}/attributes/back/"
    return f"was={signing.dumps([{'支援プラン': ''}, {'支援プラン': ''}], salt=path)}"


def with_said_attribute(world: World) -> str:
    path = f"/settings/attributes/{world.attribute.pk}/back/"
    was = defining.said(world.attribute) | {"label": "以前のプラン"}
    return f"was={signing.dumps(was, salt=path)}&seen={defining.mark(world.attribute)}"


def with_contact(world: World) -> tuple[int, int]:
    return world.book.customer.pk, world.book.contact.pk


def with_touch(world: World) -> tuple[int, int]:
    return world.book.customer.pk, world.book.touch.pk


def with_said(world: World) -> tuple[int, int]:
    return world.book.customer.pk, world.book.said.pk


def with_override(world: World) -> tuple[int, int]:
    return world.book.customer.pk, world.book.override.pk


def customer_body(world: World) -> dict[str, Any]:
    return {
        "name": "Renamed", "domain": "", "industry": "", "use_case": "", "employees": "5", "country": "JP",
        "owner": "", "parent": "", "pinned_segment": world.segment.pk, "pin_reason": "Asked", "tags": "a, b",
    }  # fmt: skip


ATTRIBUTE: Final = {
    "label": "支援プラン",
    "kind": "choice",
    "choices": "松\n竹",
    "is_shown": "on",
    "is_active": "on",
}
CONTACT: Final = {
    "name": "Ada",
    "email": "",
    "title": "",
    "roles": ["sponsor"],
    "state": "left",
    "state_on": "2026-11-02",
}
TOUCH: Final = {
    "kind": "call", "happened_on": "2026-11-24", "proactive": "on", "note": "", "sentiment": "4", "next_step": "",
    "next_step_on": "",
}  # fmt: skip
CALL: Final = {"likelihood": "40", "category": "commit", "note": "Sure"}
LOSS: Final = {
    "stated_reason": "price", "root_cause": "value", "controllable": "yes", "alternative": "nothing", "note": "",
}  # fmt: skip
SEGMENT: Final = {
    "name": "New", "touch_model": "low", "touch_every_days": "30", "qbr_every_days": "", "ebr_every_days": "",
    "renewal_lead_days": "70", "customers_per_csm": "9", "is_active": "on",
    "rule-TOTAL_FORMS": "0", "rule-INITIAL_FORMS": "0",
}  # fmt: skip
ORGANISATION: Final = {
    "name": "Hashi", "time_zone": "UTC", "currency": "EUR", "fiscal_year_start_month": "4", "holiday_country": "JP",
    "onboarding_days": "90", "frozen_today": "2026-11-24", "bank_holidays": "on",
}  # fmt: skip
CASE_RULE: Final = {
    "name": "Gone quiet", "about": "", "plan": "Ring", "type": "adoption", "severity": "high", "due_days_high": "2",
    "due_days_low": "5", "due_days_tech": "9", "mode": "digest", "precision_floor": "40", "least_judged": "10",
    "is_active": "on", "v-days": "21", "c-TOTAL_FORMS": "0", "c-INITIAL_FORMS": "0",
}  # fmt: skip
PERSON: Final = {"name": "New", "email": "new@demo.example", "role": "csm", "manager": "", "language": "en"}
DESIGN: Final = {
    "trigger_kind": "by_hand", "reentry_days": "60", "c-TOTAL_FORMS": "0", "c-INITIAL_FORMS": "0",
    "s-TOTAL_FORMS": "1", "s-INITIAL_FORMS": "0", "s-0-title": "First", "s-0-position": "1",
    "s-0-assignee": "owner", "s-0-due_business_days": "1",
}  # fmt: skip
MEASURES: Final = {
    "row": ["g:value", "m:nps"], "g-value-name": "Value", "g-value-weight": "100", "m-nps-window": "90",
    "m-nps-zero_at": "-50", "m-nps-full_at": "60", "m-nps-shelf_life": "90", "m-nps-weight": "10",
}  # fmt: skip
LINE: Final = {
    "m-days_since_use-window": "90", "m-days_since_use-zero_at": "50", "m-days_since_use-full_at": "7", "m-days_since_use-shelf_life": "90", "m-days_since_use-weight": "10",
    "group": "value", "t-count": "1", "t-0-from_days": "90", "t-0-zero_at": "-40", "t-0-full_at": "70",
}  # fmt: skip
OWN_MEASURE: Final = {
    "name": "Voice", "about": "", "survey": "csat", "statistic": "mean", "window_days": "90", "zero_at": "2",
    "full_at": "5", "shelf_life_days": "90",
}  # fmt: skip


def renewed(world: World) -> dict[str, Any]:
    line = world.book.renewal.contract.lines.get()
    amounts = {f"amount_{line.pk}": "900", "new_product": "", "new_amount": ""}
    return {"successor": "", "starts_on": "2027-01-03", "term_months": "12"} | amounts


def _was(world: Any) -> str:
    """What the address of an Undo of a cell carries."""
    task = world.book.task
    due_on = task.due_on.isoformat()
    return undo_url("tasks", "due", task.pk, {"due_on": due_on}, {"due_on": due_on}).partition("?")[2]


def list_of(kind: str) -> dict[str, Route]:
    """The read-only pair of an API resource: what others' rows answer is a 404."""
    return {f"{kind}-list": Route(everybody(), outside=401)}


def _customer(world: Any) -> str:
    return f"customer={world.book.customer.pk}"


def resource(kind: str, args: Made, detail: Rule = SEEN) -> dict[str, Route]:
    return list_of(kind) | {f"{kind}-detail": Route(detail, args=args, outside=401)}


class Attached(SimpleUploadedFile):
    """A file that can be sent more than once."""

    def read(self, *_size: int) -> bytes:
        self.seek(0)
        return bytes(super().read())


DURATIONS: Final = {"least_logged": "20"} | {kind.key: str(kind.minutes) for kind in workload.kinds()}

RATES_CORRECTED: Final = b'"rejected_line","Currency","Year","Rate"\n"2","EUR","2026","1.1"\n'
MAPPING: Final = {"name": "CRM", "toml": RATES_TOML}

ACCOUNTS: Final = {
    "portfolio": Route(everybody()),
    "totals": Route(everybody(), draws=PART),
    "list_filter": Route(everybody(), everybody(), lambda _world: ["cases"], draws=QUESTION, act=SAVES_NOTHING),
    "list_columns": Route(everybody(), args=lambda _world: ["customers"], draws=QUESTION),
    "list_export": Route(everybody(), args=lambda _world: ["tasks"], draws=PART),
    "list_cell": Route(
        changers(), changers(302), lambda world: ["tasks", "task", of("task")(world)[0]], lambda _world: {"title": "Ring"},
        draws=QUESTION, edit=Kind("title", "Ring Ada", "Write Bo"),
    ),
    "list_cell_back": Route(
        post=changers(302), args=lambda world: ["tasks", "due", of("task")(world)[0]], query=_was, act=BACK,
    ),
    "view_new": Route(
        everybody(), everybody(302), lambda _world: ["customers"],
        lambda _world: {"name": "Mine", "shared": "nobody"}, optional=frozenset({"team"}), draws=QUESTION, act=ADDS,
    ),
    # A view that is shared with nobody is its owner's alone.
    "view": Route(
        Rule(frozenset({"owner"}), sees=NOBODY), Rule(frozenset({"owner"}), 302, sees=NOBODY), of("view"),
        lambda _world: {"name": "Renamed", "shared": "all", "position": "1"}, optional=frozenset({"team"}),
        draws=QUESTION, edit=Kind("name", "View One", "View Two", ("position", "7"), who="owner"),
    ),
    "view_save": Route(
        post=Rule(frozenset({"owner"}), 302, sees=NOBODY), args=of("view"),
        act="is refused where somebody has saved the view since it was opened",
    ),
    "view_delete": Route(post=Rule(frozenset({"owner"}), 302, sees=NOBODY), args=of("view"), act=NAMED),
    # What was deleted by another hand is nobody's to bring back.
    "view_back": Route(post=everybody(404), act=BACK),
    "export": Route(everybody(), draws=PART),
    "customer_new": Route(
        Rule(WRITES), Rule(WRITES, 302),
        body=lambda world: customer_body(world) | {"owner": "me"}, draws=QUESTION, act=ADDS,
    ),
    "customer": Route(SEEN, args=CUSTOMER),
    "twins": Route(Rule(MANAGES, sees=NOBODY)),
    "twin": Route(changers(), changers(302), with_twin, twin_as_seen, act=LOCKED),
    "not_same": Route(post=changers(302), args=with_twin, act=NAMED),
    "same_again": Route(post=changers(302), args=with_twin, act=BACK),
    "merge_undo": Route(post=changers(302), args=own("merge"), act=BACK),
    "customer_edit": Route(
        changers(), changers(302), CUSTOMER,
        body=lambda world: customer_body(world) | {"owner": world.owner.pk},
        draws=QUESTION, edit=Kind("industry", "Rail", "Ships", ("use_case", "Tracking")),
    ),
    "customer_panels": Route(SEEN, args=of("customer", "side"), draws=PART),
    "contacts_panel": Route(SEEN, args=CUSTOMER, draws=PART),
    "contact_new": Route(changers(), changers(302), CUSTOMER, lambda _world: CONTACT, draws=QUESTION, act=ADDS),
    "contact_edit": Route(changers(), changers(302), with_contact, lambda _world: CONTACT,
        draws=QUESTION, edit=Kind("title", "Head", "Chief", ("email", "ada@x.example"))),
    "contact_posts": Route(
        changers(), changers(302), with_contact,
        lambda world: {"rows": "1", "saw": posts.mark(posts.stand(world.book.contact.posts.all())), "r-0-title": "Head", "r-0-number": "",
                       "r-0-department": "", "r-0-starts_on": "", "r-0-last_on": ""},
        draws=QUESTION, act=LOCKED,
    ),
    "contact_posts_back": Route(post=changers(302), args=lambda world: (*with_contact(world), 1), act=BACK),
    "timeline_panel": Route(SEEN, args=CUSTOMER, draws=PART),
    "touch_new": Route(
        changers(), changers(302), CUSTOMER,
        lambda world: TOUCH | {"contacts": [world.book.contact.pk]}, draws=QUESTION, act=ADDS,
    ),
    # Its author takes a touch back, nobody else.
    "touch_undo": Route(post=Rule(frozenset({"owner"}), 302, 404, but=(("viewer", 403),)), args=with_touch, act=BACK),
    "typed": Route(
        changers(), changers(302), lambda world: (world.book.customer.pk, "objectives"),
        lambda _world: {"title": "Fewer calls", "agreed_on": "2026-11-01"}, optional=frozenset({"due_on"}), draws=QUESTION, act=ADDS,
    ),
    "papers": Route(SEEN, args=CUSTOMER),
    "typed_change": Route(
        changers(), changers(302), with_typed, typed_body, draws=QUESTION, act=LOCKED,
    ),
    "typed_back": Route(post=changers(302), args=lambda world: (*with_typed(world), 1), act=BACK),
    # What nobody typed, or what has changed since, stays.
    "typed_undo": Route(post=changers(302), args=lambda world: (world.book.customer.pk, "objectives", 1), act=BACK),
    "sentiment": Route(
        SEEN, changers(302), CUSTOMER, lambda _world: {"value": "2", "note": ""}, optional=frozenset({"note"}), draws=QUESTION, act=DATED
    ),
    # Its author takes it back, nobody else.
    "sentiment_undo": Route(post=Rule(frozenset({"owner"}), 302, 404, but=(("viewer", 403),)), args=with_said, act=BACK),
    "contract_panel": Route(SEEN, args=CUSTOMER, draws=PART),
    "lines_notice": Route(
        changers(), changers(302), with_contract,
        lambda world: {"notice_given_on": DAY.isoformat(), "lines": [world.book.renewal.contract.lines.get().pk]},
        draws=QUESTION, act=LOCKED,
    ),
    "lines_back": Route(post=changers(302), args=with_contract, act=BACK),
    "runs_on": Route(post=changers(302), args=with_noticed, act=LOCKED),
    "outcome_period": Route(changers(), changers(302), of("outcome"), lambda _world: {"period": "month", "per_period": "2"},
        draws=QUESTION, edit=Kind("per_period", "3.00", "4.00", more={"period": "month"})),
    "to_settle": Route(everybody()),
    "plan_panel": Route(SEEN, args=CUSTOMER, draws=PART),
    "search": Route(everybody(), query="q=a", draws=QUESTION),
    "bulk_acts": Route(everybody()),
    "bulk_act": Route(OWN_ACT, args=own("bulk")),
    "bulk_undo": Route(post=replace(OWN_ACT, answer=302), args=own("bulk"), act=BACK),
    "bulk_resume": Route(post=replace(OWN_ACT, answer=302), args=own("stopped"), act=LOCKED),
    "bulk_found": Route(everybody(), args=lambda _world: ("customers",), query="found=status=live", draws=PART),
    "bulk_ask": Route(
        Rule(WRITES, sees=SIGNED_IN), Rule(WRITES, 302, sees=SIGNED_IN), args=lambda _world: ("customers", "tag"),
        query="all=yes", body=lambda world: {"pick": [str(world.book.customer.pk)], "tags": "pilot"},
        optional=frozenset({"seen", "found", "all"}), draws=QUESTION, act=LOCKED,
    ),
    "counts": Route(everybody(), query="also=tasks", draws=PART),
    "set_up": Route(Rule(NOBODY, sees=NOBODY), Rule(NOBODY, sees=NOBODY), args=lambda _world: ("token",), outside=404,
        draws=PART, act="one link, used once"),
    "organisation": Route(admins(), admins(302), body=lambda _world: ORGANISATION,
        edit=Kind("name", "Hashi", "Kita", ("onboarding_days", "77"))),
    "closing_days": Route(
        admins(), admins(302), body=lambda _world: {"day": "2026-12-28", "name": "Year end"}, optional=frozenset({"name"}), act=ADDS,
    ),
    "attributes_panel": Route(SEEN, args=CUSTOMER, draws=PART),
    "attributes_edit": Route(changers(), changers(302), CUSTOMER, with_attributes, draws=QUESTION,
        edit=Kind("attribute-77001", "松", "竹", who="owner")),
    "attributes_back": Route(post=changers(302), args=CUSTOMER, query=with_attributes_back, act=BACK),
    "attributes": Route(admins()),
    "attribute_new": Route(admins(), admins(302), body=lambda _world: ATTRIBUTE | {"label": "Zyx plan", "key": "zyx"}, draws=QUESTION, act=ADDS),
    "attribute": Route(admins(), admins(302), own("attribute"), lambda _world: ATTRIBUTE | {"label": "新しいプラン"},
        edit=Kind("label", "Plans", "Tiers", ("choices", "松\n竹\n梅"))),
    "attribute_move": Route(post=admins(302), args=own("attribute"), body=lambda _world: {"to": "down"},
        act="moves by one from where the locked order has it"),
    "attribute_back": Route(post=admins(302), args=own("attribute"), query=with_said_attribute, act=BACK),
    "durations": Route(admins(), admins(302), body=lambda _world: DURATIONS, edit=Kind("qbr", "301", "302", ("ebr", "77"))),
    "sources": Route(admins()),
    "source": Route(admins(), args=lambda _world: ["csv"]),
    "source_differences": Route(admins(), args=lambda _world: ["customers", "hand", "csv"]),
    "source_silent": Route(
        admins(), admins(302), args=lambda _world: ["csv"], body=lambda _world: {"silent_days": "9"}, draws=QUESTION, act=NAMED
    ),
    "source_take": Route(post=admins(302), args=of("disagreement"), act=NAMED),
    "source_silence": Route(
        admins(), admins(302), args=lambda _world: ["csv"], body=lambda _world: {"due_on": "2026-12-01"},
        optional=frozenset({"owner", "snoozed_until"}), draws=QUESTION, act=NAMED,
    ),
    "field_order": Route(
        admins(), admins(302), args=lambda _world: ["customers", "domain"], body=lambda _world: {"first": "hand"},
        draws=QUESTION, act=NAMED,
    ),
    "ways": Route(admins(), admins(302), body=lambda _world: {"first": "domain", "second": "contact"},
        edit=Kind("first", "name", "key")),
    "closing_day_remove": Route(post=admins(302), args=own("closing_day"), act=NAMED),
    "closing_day_back": Route(post=admins(302), args=lambda _world: ("2026-12-29",), act=BACK),
    "rates": Route(admins(), admins(302), body=lambda _world: {"currency": "CHF", "fiscal_year": "2026", "rate": "1.1"}, act=DATED),
    "rate_history": Route(admins(), args=lambda _world: ("EUR", 2026), draws=QUESTION),
    "segments": Route(admins()),
    "segment_new": Route(admins(), admins(302), body=lambda _world: SEGMENT, draws=QUESTION, act=ADDS),
    "segment": Route(admins(), admins(302), own("segment"), lambda _world: SEGMENT,
        edit=Kind("touch_every_days", "31", "32", ("customers_per_csm", "19"))),
    "segment_why": Route(admins(), args=own("segment"), query="customer=Zyxcanary", draws=PART),
    "conditions": Route(post=admins(200), args=lambda _world: ("rule",), body=lambda _world: {"rule-add": ""}, act=SAVES_NOTHING),
    "segment_move": Route(post=admins(302), args=own("segment"), body=lambda _world: {"to": "up"},
        act="moves by one from where the locked order has it"),
    "users": Route(admins()),
    "user_new": Route(admins(), admins(302), body=lambda _world: PERSON, draws=QUESTION, act=ADDS),
    "user": Route(admins(), admins(302), own("owner"), lambda _world: PERSON,
        draws=QUESTION, edit=Kind("name", "Mara One", "Mara Two", ("language", "ja"))),
    "user_deactivate": Route(
        admins(), admins(), own("owner"), lambda world: {"heirs": [world.other.pk], "split": "arr"},
        optional=frozenset({"split", "manager", "seen", "look"}), draws=QUESTION, act=SHOWN_TWICE,
    ),
    "team_export": Route(Rule(MANAGES, sees=NOBODY), draws=PART),
    "team": Route(Rule(MANAGES, sees=NOBODY)),
    # Without the digest of a preview nobody hands over: the preview comes back.
    "hand_over": Route(
        Rule(MANAGES, sees=NOBODY), Rule(MANAGES, 409, sees=NOBODY, but=(("stranger", 422),)),
        body=lambda world: {"owner": world.owner.pk, "heirs": [world.manager.pk], "split": "arr"},
        query="split=arr", optional=frozenset({"filters", "key", "seen", "look"}), act=SHOWN_TWICE,
    ),
    "handover_undo": Route(post=Rule(DECIDES, 302, sees=NOBODY), args=own("handover"), act=BACK),
    "covers": Route(Rule(WRITES, sees=SIGNED_IN), Rule(WRITES, 302, sees=SIGNED_IN), body=lambda world: {
        "owner": "me", "by": world.spare.pk, "starts_on": LATER, "last_day": LATER,
    }, act=ADDS),
    "cover_end": Route(
        post=Rule(frozenset({"owner", "manager", "admin"}), 302, sees=NOBODY), args=own("absence"), act=NAMED,
    ),
    "cover_free": Route(
        post=Rule(frozenset({"owner", "manager", "admin"}), 302, sees=NOBODY), args=own("absence"), act=NAMED,
    ),
    "user_invite": Route(post=admins(302), args=own("invited"), act=LOCKED),
    "user_withdraw": Route(post=admins(302), args=own("invited"), act=LOCKED),
    "user_reactivate": Route(post=admins(302), args=own("former"), act=NAMED),
    "imports": Route(
        admins(), admins(302), body=lambda _world: {"file": Attached("rates.csv", b"id,n")}, act=ADDS,
    ),
    "upload_remove": Route(post=admins(302), args=of("upload"), act=NAMED),
    "import_begin": Route(post=admins(302), body=lambda world: {"upload": str(world.arrived.pk)}, act=ADDS),
    "import_draft": Route(admins(), args=own("draft")),
    "import_draft_file": Route(
        admins(), admins(302), lambda world: (world.draft.pk, 1), lambda _world: {"again": "1", "into": "rates", "source": "csv"}, act=LOCKED
    ),
    "import_draft_line": Route(
        post=admins(200), args=lambda world: (world.draft.pk, 1), body=lambda _world: {"into": "rates", "source": "csv", "line": "2"},
        draws=PART, act=SAVES_NOTHING,
    ),
    "import_draft_mapping": Route(admins(), args=lambda world: (world.draft.pk, 1), draws=PART),
    "import_leave_out": Route(post=admins(302), args=lambda world: (world.draft.pk, 1), act=LOCKED),
    "import_preview": Route(post=admins(302), args=own("draft"), act=LOCKED),
    "import_reopen": Route(post=admins(302), args=own("previewed"), act=LOCKED),
    "import_correct": Route(
        post=admins(302), args=lambda world: (world.previewed.pk, 1), act=LOCKED,
        body=lambda _world: {"file": Attached("rejects-rates.csv", RATES_CORRECTED)},
    ),
    "import_mend": Route(
        post=admins(302), args=own("previewed"), act=LOCKED,
        body=lambda world: {"file-1": mark_of(world.previewed.places[0]), "mend-1-2-6": "1.1"},
    ),
    "import_runs": Route(admins()),
    "import_run": Route(admins(), args=own("imported")),
    "import_start": Route(post=admins(302), args=own("previewed"), act=LOCKED),
    "import_stop": Route(post=admins(302), args=own("importing"), act=LOCKED),
    "import_undo": Route(post=admins(302), args=own("imported"), act=BACK),
    "import_rejects": Route(admins(), args=lambda world: (world.imported.pk, 1), draws=PART),
    "import_cells": Route(admins(), args=lambda world: (world.imported.pk, 1), draws=PART),
    "import_withdrawn": Route(admins(), args=lambda world: (world.imported.pk, 1), draws=PART),
    "import_taken_out": Route(admins(), args=lambda world: (world.imported.pk, 1)),
    "deleted": Route(admins()),
    "deleted_rows": Route(admins(), args=lambda _world: ("contacts", "csv")),
    "deleted_file": Route(admins(), args=lambda _world: ("contacts", "csv"), draws=PART),
    "exports": Route(admins(), admins(302), body=lambda _world: {"source": ""}, act=ADDS),
    "export_file": Route(admins(), args=own("exported"), draws=PART),
    "export_stop": Route(post=admins(302), args=own("exported"), act=NAMED),
    "export_remove": Route(post=admins(302), args=own("exported"), act=NAMED),
    "mappings": Route(admins()),
    "mapping_new": Route(admins(), admins(302), body=lambda _world: MAPPING, draws=QUESTION, act=ADDS),
    "mapping_shipped": Route(admins(), args=lambda _world: ("tsunagu",), draws=PART),
    "mapping": Route(admins(), admins(302), own("mapping"), lambda _world: MAPPING, draws=QUESTION,
        edit=Kind("name", "Our CRM", "Our billing", ("toml", RATES_TOML + "# changed"))),
    "mapping_file": Route(admins(), args=own("mapping"), draws=PART),
    "mapping_delete": Route(post=admins(302), args=own("mapping"), act=NAMED),
    "mapping_back": Route(post=admins(302), args=own("mapping"), act=BACK),
    "myself": Route(
        everybody(), everybody(302), body=lambda _world: {"name": "Me", "language": "ja", "time_zone": "Asia/Tokyo"},
        edit=Kind("name", "Ren One", "Ren Two", ("time_zone", "Asia/Tokyo")),
    ),
    "api_reference": Route(everybody()),
    "tokens": Route(everybody()),
    "token_new": Route(
        everybody(), everybody(), body=lambda _world: {"name": "Script", "access": "read", "days": "30"},
        optional=frozenset({"reads", "writes"}), draws=QUESTION, act=SHOWN_ONCE,
    ),
    "token_service": Route(
        admins(), admins(200), body=lambda _world: {"name": "Billing", "role": "viewer", "access": "read", "days": "30"},
        optional=frozenset({"reads", "writes"}), draws=QUESTION, act=SHOWN_ONCE,
    ),
    "token_revoke": Route(post=Rule(frozenset({"owner", "admin"}), 302, sees=NOBODY), args=of("token"), act=NAMED),
}  # fmt: skip

HEALTH: Final = {
    "panel": Route(SEEN, args=CUSTOMER, draws=PART),
    "recompute": Route(post=changers(302), args=CUSTOMER, act=SAVES_NOTHING),
    "score_part": Route(SEEN, args=of("customer", "days_since_use")),
    "usage_panel": Route(SEEN, args=CUSTOMER, draws=PART),
    "events": Route(admins()),
    "event_key": Route(
        admins(), admins(200), body=lambda _world: {"name": "Product", "days": "30"}, draws=QUESTION, act=SHOWN_ONCE,
    ),
    "people": Route(SEEN, args=CUSTOMER),
    "people_export": Route(SEEN, args=CUSTOMER, draws=PART),
    "person_forget": Route(
        admins(), admins(302), args=lambda world: (world.book.customer.pk, world.book.person.pk), draws=QUESTION, act=NAMED,
    ),
    "people_panel": Route(SEEN, args=CUSTOMER, draws=PART),
    "standing": Route(SEEN, args=CUSTOMER, draws=PART),
    "why_motion": Route(SEEN, args=CUSTOMER, draws=QUESTION),
    "motions": Route(everybody(), query="motion=find_out"),
    "motions_moved": Route(everybody(301), args=lambda _world: ["ladder/"], draws=PART),
    "passive": Route(everybody()),
    "ladder": Route(everybody()),
    "journey": Route(everybody()),
    "onboarding": Route(everybody()),
    "coverage": Route(everybody()),
    "changed_panel": Route(SEEN, args=CUSTOMER, draws=QUESTION),
    "override_new": Route(
        changers(), changers(302), CUSTOMER,
        lambda _world: {"value": "20", "begins": "2027-11-24", "until": "2027-12-01", "reason": "Stops"},
        draws=QUESTION, act="one at a time: a second is refused, in words",
    ),
    "judgements_panel": Route(everybody(), draws=QUESTION),
    "override_withdraw": Route(post=changers(302), args=with_override, act=NAMED),
    "live": Route(SEEN, args=CUSTOMER, draws=PART),
    "live_portfolio": Route(Rule(SIGNED_IN, 204), query="since=2100-01-01T00:00:00Z", draws=PART),
    "cases_panel": Route(SEEN, args=CUSTOMER, draws=PART),
    "case_new": Route(
        changers(), changers(302), CUSTOMER,
        lambda _world: {"title": "Budget cut", "kind": "risk", "type": "value", "severity": "low", "plan": "Ring",
                        "due_on": TOMORROW, "note": ""}, draws=QUESTION, act=ADDS,
    ),
    "cases": Route(everybody()),
    "case": Route(SEEN, args=of("case")),
    "case_plan": Route(changers(), changers(302), of("case"), lambda _world: {"type": "value", "plan": "Ring"},
        draws=QUESTION, edit=Kind("plan", "Ring Ada", "Write Bo", more={"type": "value"})),
    "case_plan_back": Route(post=changers(409), args=of("case"), act=BACK),
    "case_snooze": Route(
        changers(), changers(302), of("case"), lambda _world: {"until": TOMORROW, "reason": "Away"},
        draws=QUESTION, edit=Kind("until", LATER, TOMORROW, more={"reason": "Away"}, shows=False)
    ),
    "case_wake": Route(post=changers(302), args=of("asleep"), act=BACK),
    "case_hand_on": Route(changers(), changers(302), of("case"), lambda world: {"to": world.manager.pk},
        draws=QUESTION, edit=Kind("to", lambda w: w.manager.pk, lambda w: w.admin.pk, shows=False)),
    "case_close": Route(
        changers(), changers(302), of("case"), lambda _world: {"resolution": "resolved", "note": "Rang"}, draws=QUESTION, act=LOCKED
    ),
    "case_reopen": Route(post=changers(302), args=of("shut"), act=BACK),
    "scorecards": Route(everybody()),
    "scorecard_new": Route(
        admins(otherwise=403), admins(302, 403), body=lambda _world: {"name": "Third", "purpose": "risk"}, draws=QUESTION, act=ADDS
    ),
    "scorecard": Route(admins(otherwise=403), admins(302, 403), own("sketch"), lambda _world: MEASURES,
        edit=Kind(f"{DAYS}-weight", "31", "32", (f"{DAYS}-shelf_life", "77"))),
    "scorecard_line": Route(
        admins(otherwise=403), admins(302, 403), lambda world: (world.sketch.pk, "days_since_use"), lambda _world: LINE,
        draws=QUESTION, edit=Kind(f"{DAYS}-shelf_life", "31", "32", (f"{DAYS}-window", "77"))
    ),
    "scorecard_catalogue": Route(
        admins(otherwise=403),
        admins(302, 403),
        own("sketch"),
        lambda world: {"measure": world.own.key, "group": "", "name": "Voices"}, draws=QUESTION, act="adds a measure to the locked draft",
    ),
    "scorecard_ceilings": Route(
        admins(otherwise=403), admins(302, 403), own("sketch"), lambda _world: {"green_from": "80", "yellow_from": "50"},
        draws=QUESTION, edit=Kind("green_from", "81", "82", ("at_champion_left", "44"))
    ),
    "scorecard_scope": Route(
        admins(otherwise=403),
        admins(302, 403),
        own("sketch"),
        lambda _world: {"name": "Wider", "purpose": "health", "position": "3"},
        draws=QUESTION, edit=Kind("name", "Wide", "Narrow", ("position", "7")),
    ),
    "own_measure_new": Route(
        admins(otherwise=403), admins(302, 403), body=lambda _world: OWN_MEASURE, query="source=survey", act=ADDS
    ),
    "own_measure": Route(
        admins(otherwise=403), admins(302, 403), lambda world: (world.own.key,), lambda _world: OWN_MEASURE,
        draws=QUESTION, edit=Kind("about", "Rail", "Ships", ("shelf_life_days", "77"))
    ),
    "own_measure_hide": Route(post=admins(302, 403), args=lambda world: (world.own.key,), act=BACK),
    "scorecard_preview": Route(
        admins(otherwise=403), admins(200, 403), own("sketch"), lambda _world: MEASURES, draws=PART, act=SAVES_NOTHING,
    ),
    "scorecard_movers": Route(admins(otherwise=403), args=own("sketch")),
    "scorecard_versions": Route(admins(otherwise=403), args=own("card")),
    "scorecard_compare": Route(admins(otherwise=403), args=lambda world: (world.kept.pk, world.sketch.pk)),
    "scorecard_edit": Route(post=admins(302, 403), args=own("untouched"), act=ADDS),
    "scorecard_roll_back": Route(post=admins(302, 403), args=own("kept"), act=BACK),
    "scorecard_retire": Route(post=admins(302, 403), args=own("card"), act=NAMED),
    "scorecard_discard": Route(post=admins(302, 403), args=own("sketch"), act=NAMED),
    "case_rules": Route(everybody()),
    "case_rules_offered": Route(admins(otherwise=403)),
    "case_rule_take": Route(post=admins(302, 403), args=own("rule"), act=NAMED),
    "case_rule_new": Route(
        admins(otherwise=403),
        admins(302, 403),
        body=lambda _world: {"name": "Quiet weeks", "detector": "silence", "kind": "risk"}, draws=QUESTION, act=ADDS,
    ),
    "case_rule_cases": Route(everybody(), query="days=180"),
    "case_churns": Route(everybody()),
    "case_rule": Route(everybody(), args=own("rule")),
    "case_rule_edit": Route(admins(otherwise=403), admins(302, 403), own("rule"), lambda _world: CASE_RULE,
        edit=Kind("plan", "Ring Ada", "Write Bo", ("due_days_high", "4"))),
    "case_rule_trial": Route(everybody(), args=own("rule")),
    "case_rule_why": Route(everybody(), args=own("rule"), query="customer=Zyxcanary", draws=PART),
    "case_rule_undo": Route(
        post=admins(302, 403), args=lambda world: (world.rule.pk, world.rule.changes.latest("pk").pk), act=BACK
    ),
    "digest": Route(everybody()),
    # A digest is its reader's alone.
    "digest_of": Route(Rule(frozenset({"owner"}), sees=NOBODY), args=lambda world: (world.owner.digests.get().pk,), draws=QUESTION),
    "proof": Route(everybody(), args=own("card")),
    "proof_measures": Route(everybody(), args=own("card"), draws=PART),
    "proof_segments": Route(everybody(), args=own("card"), draws=PART),
    "proof_compared": Route(everybody(), args=own("card"), draws=PART),
    "replays": Route(everybody(), args=own("card"), draws=PART),
    "replay": Route(post=admins(302, 403), args=own("card"), act=SAVES_NOTHING),
}  # fmt: skip

RENEWALS: Final = {
    "pipeline": Route(everybody()),
    "list": Route(everybody()),
    "renewal": Route(SEEN, args=of("renewal")),
    "stage": Route(post=changers(302), args=of("renewal"), body=lambda _world: {"stage": "proposed"}, act=NAMED),
    "stage_back": Route(post=changers(302), args=of("renewal", "discussion"), act=BACK),
    "part": Route(
        post=changers(302),
        args=of("renewal", "value"),
        body=lambda _world: {"act": "done", "note": "Written"},
        edit=Kind("note", "Ring Ada", "Write Bo", page="renewals:renewal", more={"act": "keep"}),
    ),
    "refresh": Route(
        post=changers(302), args=of("renewal"), act="fills the parts that are not done with today's facts"
    ),
    "call": Route(
        changers(),
        changers(302),
        of("renewal"),
        lambda _world: CALL | {"reason": "Met them"},
        draws=QUESTION,
        edit=Kind("note", "Ring Ada", "Write Bo", ("likelihood", "30"), "owner"),
    ),
    "call_back": Route(post=Rule(SPEAKS, 302), args=of("renewal"), act=BACK),
    "cell": Route(
        Rule(SPEAKS),
        Rule(SPEAKS, 302),
        of("renewal", "note"),
        lambda _world: {"note": "Said"},
        draws=QUESTION,
        edit=Kind("note", "Ring Ada", "Write Bo", who="owner"),
    ),
    "decide": Route(
        Rule(DECIDES),
        Rule(DECIDES, 302),
        of("renewal"),
        lambda _world: {"likelihood": "40", "reason": "Met them"},
        optional=frozenset({"category"}),
        draws=QUESTION,
        edit=Kind("reason", "Ring Ada", "Write Bo", more={"likelihood": "40"}),
    ),
    "leaving": Route(
        changers(),
        changers(302),
        lambda world: (world.book.renewal.contract_id, "notice"),
        lambda _world: {"on": "2026-11-20"},
        draws=QUESTION,
        act=LOCKED,
    ),
    "leaving_back": Route(
        post=changers(302),
        args=lambda world: (world.book.renewal.contract_id,),
        query="was=" + signing.dumps([NOTICED, STAYS], salt=leaving.SALT),
        act=BACK,
    ),
    "withdraw": Route(post=Rule(DECIDES, 302), args=of("decided"), act=BACK),
    "renew": Route(changers(), changers(302), of("renewal"), renewed, draws=QUESTION, act=LOCKED),
    "churn": Route(changers(), changers(302), of("renewal"), lambda _world: LOSS, draws=QUESTION, act=LOCKED),
    "reopen": Route(post=changers(302), args=of("closed"), act=BACK),
    "panel": Route(SEEN, args=CUSTOMER, draws=PART),
    "forecast": Route(everybody(), query="period=all"),
    "qbrs": Route(everybody(), query="show=all"),
    "qbr": Route(
        SEEN,
        changers(302),
        of("qbr"),
        lambda _world: {"goals": "Grow", "note": ""},
        edit=Kind("note", "Ring Ada", "Write Bo", more={"goals": "Grow"}, still=422, shows=False),
    ),
    "qbr_reopen": Route(post=changers(409), args=of("held"), act=BACK),
}

PLAYBOOKS: Final = {
    "day": Route(everybody()),
    "arrived": Route(everybody(), draws=PART),
    "tasks": Route(everybody()),
    "task_done": Route(changers(), changers(302), of("task"), lambda _world: {"outcome": "done", "note": ""}, draws=QUESTION, act=LOCKED),
    "task_undo": Route(post=changers(302), args=of("done"), act=BACK),
    "task_snooze": Route(
        changers(), changers(302), of("task"), lambda _world: {"until": TOMORROW, "reason": "Away"},
        draws=QUESTION, edit=Kind("until", LATER, TOMORROW, more={"reason": "Away"}, shows=False)
    ),
    "task_wake": Route(post=changers(302), args=of("snoozed"), act=BACK),
    "task_hand_on": Route(changers(), changers(302), of("task"), lambda world: {"to": world.manager.pk},
        draws=QUESTION, edit=Kind("to", lambda w: w.manager.pk, lambda w: w.admin.pk, shows=False)),
    "panel": Route(SEEN, args=CUSTOMER, draws=PART),
    "enrol": Route(changers(), changers(302), CUSTOMER, lambda world: {"playbook": world.second.pk}, draws=QUESTION, act=ADDS),
    "task_new": Route(
        changers(), changers(302), CUSTOMER,
        lambda world: {"title": "Ring", "due_on": TOMORROW, "to": world.owner.pk, "note": ""}, draws=QUESTION, act=ADDS,
    ),
    "stop": Route(post=changers(302), args=of("enrolment"), act=NAMED),
    "unstart": Route(post=changers(409), args=of("enrolment"), act=BACK),
    "playbooks": Route(everybody()),
    "playbook_new": Route(
        admins(otherwise=403), admins(302, 403), body=lambda _world: {"name": "Third", "description": ""}, draws=QUESTION, act=ADDS
    ),
    "playbook": Route(everybody(), args=own("wide")),
    "why": Route(everybody(), args=own("wide"), query="customer=Zyxcanary", draws=PART),
    "dry_run": Route(everybody(), args=own("wide")),
    "runs": Route(everybody(), args=own("play")),
    "edit": Route(admins(otherwise=403), admins(302, 403), own("drafted"), lambda _world: DESIGN,
        edit=Kind("reentry_days", "31", "32", ("s-0-title", "Write at once"))),
    "publish": Route(post=admins(302, 403), args=own("drafted"), act=LOCKED),
    "discard": Route(post=admins(302, 403), args=own("drafted"), act=NAMED),
    "pause": Route(post=admins(302, 403), args=own("play"), act=BACK),
    "roll_back": Route(post=admins(302, 403), args=lambda world: (world.play.pk, 1), act=NAMED),
}  # fmt: skip

PASSWORD: Final = {"oldpassword": "a long password", "password1": "another long one", "password2": "another long one"}
ADDRESS: Final = {"email": "nobody@demo.example"}
DONE: Final = Route(everybody(), outside=200, outside_post=405)
SIGN_IN: Final = {
    "account_login": Route(everybody(302), everybody(302), outside=200),
    "account_logout": Route(everybody(), everybody(302)),
    "account_inactive": DONE,
    "account_signup": Route(everybody(302), everybody(302), outside=200),
    "account_reauthenticate": Route(everybody(), everybody()),
    "account_email": Route(everybody(404), everybody(404)),
    "account_email_verification_sent": DONE,
    "account_change_password": Route(everybody(), everybody(302), body=lambda _world: PASSWORD),
    "account_set_password": Route(everybody(302), everybody(302)),
    "account_reset_password": Route(
        everybody(), everybody(302), body=lambda _world: ADDRESS, outside=200, outside_post=302
    ),
    "account_confirm_login_code": Route(everybody(302), everybody(302)),
    "account_confirm_email": Route(
        everybody(), everybody(404), args=lambda _world: ("no-key",), outside=200, outside_post=404
    ),
    "account_reset_password_from_key_done": DONE,
    "account_reset_password_from_key": Route(
        everybody(), everybody(), args=lambda _world: ("1", "no-key"), outside=200
    ),
    "account_reset_password_done": DONE,
    "set_language": Route(
        post=everybody(302), body=lambda _world: {"language": "ja", "next": "/me/"}, outside=405, outside_post=302
    ),
}

API: Final = {
    "api-root": Route(everybody(), outside=401),
    "api-schema": Route(everybody(), outside=401),
    "api-rate-list": Route(
        admins(), admins(201), outside=401, body=lambda _world: {"currency": "SEK", "fiscal_year": 2026, "rate": "0.1"},
    ),
    **list_of("api-load"),
    **resource("api-customer", CUSTOMER),
    "api-customer-owner": Route(
        post=changers(), args=CUSTOMER, outside=401, body=lambda _world: {"owner": None}, optional=frozenset({"before"}),
    ),
    # Rows of customers that are not the caller's are answered as if there were none.
    "api-customer-owners": Route(
        post=Rule(WRITES, sees=SIGNED_IN), outside=401, optional=frozenset({"preview"}),
        body=lambda world: {"rows": [{"customer": world.book.customer.pk, "owner": None}]},
    ),
    **resource("api-contract", with_contract),
    "api-contract-notice": Route(
        post=changers(), args=with_contract, outside=401, body=lambda _world: {"on": DAY.isoformat()},
        optional=frozenset({"lines"}),
    ),
    "api-contract-withdraw": Route(
        post=changers(), args=with_noticed, outside=401, body=lambda _world: {"on": DAY.isoformat()},
    ),
    "api-contract-end": Route(post=changers(), args=with_contract, outside=401, body=lambda _world: {"on": LATER}),
    "api-contract-runs-on": Route(post=changers(), args=with_noticed, outside=401),
    **resource("api-contact", of("contact")),
    **resource("api-touchpoint", of("touch")),
    "api-touchpoint-list": Route(
        everybody(), changers(201, 404), outside=401,
        body=lambda world: {"customer": world.book.customer.pk, "kind": "email", "happened_on": "2026-11-24",
                            "proactive": True},
        optional=frozenset({"note", "contacts", "sentiment", "next_step", "next_step_on"}),
    ),
    **resource("score", lambda world: (world.book.customer.scores.first().pk,)),
    **resource("override", of("override")),
    "override-list": Route(
        everybody(), changers(201, 404), outside=401,
        body=lambda world: {"customer": world.book.customer.pk, "value": 20, "begins": "2028-11-24",
                            "until": "2028-12-01", "reason": "Stops"},
    ),
    "override-withdraw": Route(post=changers(), args=of("override"), outside=401),
    **resource("api-sentiment", of("said")),
    "api-view-list": Route(
        everybody(), everybody(201), outside=401,
        body=lambda _world: {"kind": "customers", "name": "By program", "shared": "nobody"},
        optional=frozenset({"team", "filter", "order", "columns", "group", "position"}), act=ADDS,
    ),
    "api-view-detail": Route(Rule(frozenset({"owner"}), sees=NOBODY), args=of("view"), outside=401),
    "api-view-change": Route(
        post=Rule(frozenset({"owner"}), sees=NOBODY), args=of("view"), outside=401, body=lambda _world: {"name": "Renamed"},
        optional=frozenset({"shared", "team", "filter", "order", "columns", "group", "position"}), act=NAMED,
    ),
    "api-view-delete": Route(post=Rule(frozenset({"owner"}), 204, sees=NOBODY), args=of("view"), outside=401, act=NAMED),
    "api-mapping-list": Route(
        admins(), admins(201), outside=401, body=lambda _world: MAPPING, act=ADDS,
    ),
    "api-mapping-detail": Route(admins(), args=own("mapping"), outside=401),
    "api-mapping-change": Route(
        post=admins(), args=own("mapping"), outside=401, body=lambda _world: MAPPING, optional=frozenset({"toml"}), act=NAMED,
    ),
    "api-mapping-delete": Route(post=admins(204), args=own("mapping"), outside=401, act=NAMED),
    "api-bulk-list": Route(
        everybody(), Rule(WRITES, 201, sees=SIGNED_IN), outside=401,
        body=lambda world: {
            "kind": "customers", "act": "tag", "values": {"tags": "pilot"}, "ids": [world.book.customer.pk],
        },
        optional=frozenset({"filter", "count"}),
    ),
    "api-bulk-detail": Route(OWN_ACT, args=own("bulk"), outside=401),
    "api-bulk-row-list": Route(everybody(), outside=401),
    "api-bulk-undo": Route(post=replace(OWN_ACT, but=(("viewer", 403),)), args=own("bulk"), outside=401, act=BACK),
    "api-source-list": Route(admins(), outside=401),
    "api-import-list": Route(everybody(), outside=401),
    "api-import-detail": Route(Rule(ADMIN, sees=NOBODY), args=own("imported"), outside=401),
    "api-upload-list": Route(
        everybody(), Rule(ADMIN, 201, sees=SIGNED_IN), outside=401,
        body=lambda _world: {"name": "rates.csv", "size": 4}, act=ADDS,
    ),
    "api-upload-detail": Route(OWN_ACT, args=of("upload"), outside=401),
    "api-upload-piece": Route(
        put=replace(OWN_ACT, answer=204), args=of("upload", 1), outside=401, act="the same piece again changes nothing",
    ),
    "api-upload-complete": Route(
        post=OWN_ACT, args=of("upload"), outside=401, optional=frozenset({"sha256"}), act="again it changes nothing",
    ),
    "api-upload-remove": Route(post=replace(OWN_ACT, answer=204), args=of("upload"), outside=401, act=NAMED),
    "api-sentiment-list": Route(
        everybody(), changers(201, 404), outside=401,
        body=lambda world: {"customer": world.book.customer.pk, "value": 2},
        optional=frozenset({"note"}),
    ),
    **list_of("usage"),
    **list_of("person"),
    "person-figures": Route(SEEN, query=_customer, outside=401),
    **list_of("measure"),
    **resource("case-rule", own("rule"), everybody()),
    **resource("scorecard", own("card"), everybody()),
    **resource("case", of("case")),
    "case-plan": Route(
        post=changers(), args=of("case"), outside=401, body=lambda _world: {"type": "value", "plan": "Ring"}
    ),
    "case-snooze": Route(
        post=changers(), args=of("case"), outside=401, body=lambda _world: {"until": TOMORROW, "reason": "Away"}
    ),
    "case-close": Route(
        post=changers(), args=of("case"), outside=401, body=lambda _world: {"resolution": "resolved", "note": "Rang"}
    ),
    "case-wake": Route(post=changers(), args=of("asleep"), outside=401),
    "case-hand-on": Route(
        post=changers(), args=of("case"), outside=401, body=lambda world: {"to": world.manager.email}
    ),
    "case-reopen": Route(post=changers(), args=of("shut"), outside=401),
    **list_of("api-gone"),
    "api-record-list": Route(everybody(), outside=401),
    "api-record-bulk": Route(
        post=admins(200, 403), args=lambda _world: ("customers",), outside=401,
        body=lambda _world: {"source": "crm", "rows": [{"external_id": "C1", "name": "Acme"}]},
        optional=frozenset({"as_of", "correction", "history"}), act="names the state of each row; again it changes nothing",
    ),
    "api-record-rows": Route(everybody(), args=lambda _world: ("tickets",), query="source=crm", outside=401),
    # Of a customer that nobody has there is no row to read.
    "api-record-row": Route(
        everybody(404), put=admins(201, 403), args=lambda _world: ("customers", "crm", "C1"), outside=401,
        body=lambda _world: {"name": "Acme"}, act="names the state of the row; again it changes nothing",
    ),
    **resource("renewal", of("renewal")),
    "renewal-sums": Route(everybody(), outside=401),
    "renewal-call": Route(
        post=changers(), args=of("renewal"), outside=401,
        body=lambda _world: {"likelihood": "0.4", "category": "commit", "note": "Sure"},
    ),
    **resource("qbr", of("qbr")),
    "qbr-close": Route(
        post=changers(), args=of("qbr"), outside=401, body=lambda _world: {"goals": ["Grow"], "note": "Met"}
    ),
    **resource("task", of("task")),
    "task-complete": Route(
        post=changers(), args=of("task"), outside=401, body=lambda _world: {"outcome": "done", "note": "Rang"}
    ),
    "task-reopen": Route(post=changers(), args=of("done"), outside=401),
    "task-snooze": Route(
        post=changers(), args=of("task"), outside=401, body=lambda _world: {"until": TOMORROW, "reason": "Away"}
    ),
    "task-list": Route(
        everybody(), changers(201), outside=401, optional=frozenset({"to", "note"}),
        body=lambda world: {"customer": world.book.customer.pk, "title": "Ring", "due_on": TOMORROW},
    ),
    "task-wake": Route(post=changers(), args=of("snoozed"), outside=401),
    "task-hand-on": Route(
        post=changers(), args=of("task"), outside=401, body=lambda world: {"to": world.manager.email}
    ),
    **resource("playbook", own("play"), everybody()),
    **resource("enrolment", of("enrolment")),
    "enrolment-list": Route(
        everybody(), changers(201), outside=401,
        body=lambda world: {"customer": world.book.customer.pk, "playbook": world.second.pk},
    ),
}  # fmt: skip

HISTORY: Final = {
    "page": Route(admins(), query="?text=x&kind=customer"),
    "export": Route(admins(), draws=PART),
    "departures": Route(admins()),
    "of": Route(SEEN, args=lambda world: ("customer", world.book.customer.pk)),
}

SETASIDE: Final = {
    "page": Route(admins()),
    "again": Route(post=admins(302), args=own("aside")),
    "work_decided": Route(post=admins(302), args=lambda world: (world.parked.pk, "again")),
}

BACKUP: Final = {
    "page": Route(admins()),
    "new": Route(post=admins(302), act=ADDS),
}

GUIDE: Final = {
    "page": Route(admins()),
    "segments_fit": Route(post=admins(302), act=NAMED),
    "put_away": Route(post=admins(302), act=NAMED),
    "bring_back": Route(post=admins(302), act=NAMED),
}

APPS: Final = {
    "accounts": ACCOUNTS,
    "health": HEALTH,
    "renewals": RENEWALS,
    "playbooks": PLAYBOOKS,
    "setaside": SETASIDE,
    "history": HISTORY,
    "backup": BACKUP,
    "guide": GUIDE,
}
POLICY: Final[dict[str, Route]] = {
    **{f"{app}:{name}": route for app, routes in APPS.items() for name, route in routes.items()},
    **API,
    # The door for events knows tokens alone, nobody by their session; a form has no key and is no JSON.
    "events": Route(
        post=Rule(NOBODY, refused=400, sees=SIGNED_IN),
        args=lambda _world: ("batch",),
        outside=405,
        outside_post=400,
        act=NAMED,  # each event has its id
    ),
    **SIGN_IN,
}
EDITS: Final = {name: route.edit for name, route in POLICY.items() if route.edit}
ACTS: Final = {name: route.act for name, route in POLICY.items() if route.act}
