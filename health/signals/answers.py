"""Tickets and survey answers from files."""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.imports.cells import Field
from accounts.imports.persons import CONTACT, CONTACT_ID, reject_unknown_contacts
from accounts.imports.staging import Staged
from accounts.imports.targets import CUSTOMER, EXTERNAL_ID, Loaded, Target, Trouble, Values, in_order
from health.models import Severity, SurveyKind, SurveyResponse, Ticket
from health.signals.names import OF_SURVEYS, OF_TICKETS

TICKET_COLUMNS: Final = (
    "subject",
    "topic",
    "severity",
    "opened_at",
    "first_response_at",
    "solved_at",
    "reopened",
    "escalated",
    "csat",
)
SURVEY_COLUMNS: Final = ("kind", "answer", "answered_on", "comment")
# Which numbers are answers depends on the kind: ``check_survey`` says so.
MOST: Final = 1_000_000
HINT: Final = "nps and intent 0–10, csat 1–5, ces 1–7"
SCALE: Final = gettext_lazy("an answer is 0 to 10 for nps and intent, 1 to 5 for csat, 1 to 7 for ces")
SCALES: Final = {"nps": (0, 10), "csat": (1, 5), "ces": (1, 7), "intent": (0, 10)}


def load_tickets(staged: Staged) -> Loaded:
    staged.reject_unknown_customers()
    staged.reject_repeats()
    columns = {"customer_id": "w.customer_id"}
    columns |= {name: f"s.{name}" for name in TICKET_COLUMNS if staged.has(name)}
    staged.keep_unread(Ticket, TICKET_COLUMNS)
    staged.upsert(Ticket, columns)
    return staged.finish()


def check_ticket(values: Values, _day: dt.date) -> Trouble | None:
    return in_order(values, "opened_at", "solved_at") or in_order(values, "opened_at", "first_response_at")


def load_surveys(staged: Staged) -> Loaded:
    staged.reject_unknown_customers()
    staged.reject_repeats()
    columns = {"customer_id": "w.customer_id"}
    columns |= {name: f"s.{name}" for name in SURVEY_COLUMNS if staged.has(name)}
    staged.keep_unread(SurveyResponse, SURVEY_COLUMNS)
    joins = ""
    if staged.has("contact"):
        reject_unknown_contacts(staged)
        joins = CONTACT
        columns["contact_id"] = CONTACT_ID
    staged.upsert(SurveyResponse, columns, joins=joins)
    return staged.finish()


def check_survey(values: Values, _day: dt.date) -> Trouble | None:
    least, most = SCALES[values["kind"]]
    if least <= values["answer"] <= most:
        return None
    params = {"kind": values["kind"], "least": least, "most": most}
    return "answer", _("is out of range for %(kind)s (%(least)d to %(most)d)") % params


TICKETS: Final = Target(
    "tickets",
    (
        EXTERNAL_ID,
        CUSTOMER,
        Field("subject", blank="", longest=200, loose=True),
        Field("topic", blank="", longest=80, loose=True),
        Field("severity", "choice", required=True, choices=tuple(Severity.values), labels=tuple(Severity.choices)),
        Field("opened_at", "instant", required=True, past=True),
        Field("first_response_at", "instant", past=True),
        Field("solved_at", "instant", past=True),
        Field("reopened", "number", blank=0, most=32_767, loose=True),
        Field("escalated", "flag", blank=False, loose=True),
        Field("csat", "number", least=1, most=5, loose=True, hint="1–5"),
    ),
    load_tickets,
    check_ticket,
    models=(Ticket,),
    tables=("health_ticket",),
    names=OF_TICKETS,
)
SURVEYS: Final = Target(
    "surveys",
    (
        EXTERNAL_ID,
        CUSTOMER,
        Field("kind", "choice", required=True, choices=tuple(SurveyKind.values), labels=tuple(SurveyKind.choices)),
        Field("answer", "number", required=True, least=-MOST, most=MOST, hint=HINT, advice=SCALE),
        Field("answered_on", "date", required=True, past=True),
        Field("comment", blank="", longest=10_000, loose=True),
        Field("contact", longest=254, hint="external id, another key or email of a contact of the customer"),
    ),
    load_surveys,
    check_survey,
    models=(SurveyResponse,),
    tables=("health_surveyresponse",),
    names=OF_SURVEYS,
)
