"""The whole history to search and to export, and the log of exports; for admins."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

from django import forms
from django.core.exceptions import BadRequest
from django.db.models import BooleanField, IntegerField, Q, QuerySet, Sum
from django.db.models.expressions import RawSQL
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from accounts import exporting
from accounts.forms.portfolio import FiltersForm
from accounts.keyset import Order
from accounts.models import User
from accounts.request import SignedIn, admins_only
from config import clock
from config.fields import DayField
from config.history.actors import DEMO, OF_PEOPLE
from config.history.departures import left
from config.history.kept import REGISTER
from config.history.models import Departure, Entry
from config.history.views.asking import Asking
from config.history.views.values import DEPARTED, door_words, what
from config.history.views.wording import Field, Reader
from config.ui.context import Frame, frame_of
from config.web.paging import walked

SIZE: Final = 50
BATCH: Final = 500
NEWEST: Final = Order("id", int, descending=True)
OUTSIDE: Final = "outside"
ITSELF: Final = "itself"
THE_DEMO: Final = "demo"
STRANGER: Final = "stranger"
# The groups of changes without a person, by their doors.
UNNAMED: Final = {
    ITSELF: ~Q(door__in=["", DEMO, *OF_PEOPLE]),
    THE_DEMO: Q(door=DEMO),
    STRANGER: Q(door__in=OF_PEOPLE),
    OUTSIDE: Q(door=""),
}
# No index serves a text search, for that would slow every change down: it reads the entries of so many days, both ends
# included.
STRETCH: Final = 31
MOST_DAYS: Final = 366
# Matches the decoded values of an entry, not its field names. The whole JSON is matched first, which is cheaper.
SAYS: Final = """
    (history_entry.before::text ILIKE %s OR history_entry.after::text ILIKE %s) AND EXISTS (
        SELECT FROM (VALUES (history_entry.before), (history_entry.after)) said (fields), jsonb_each_text(said.fields) field
        WHERE field.value ILIKE %s OR field.value ILIKE %s
    )
"""
# Ids follow time, which the planner does not know: without this condition it also reads every older entry.
BEGINS: Final = "SELECT min(id) FROM (SELECT id FROM history_entry WHERE at >= %s OFFSET 0) since"
# The number of lines of an entry; of an added or deleted row only non-empty fields count, as in ``Reader``.
LINES: Final = """
    greatest(1, (
        SELECT count(*) FROM jsonb_each(history_entry.before || history_entry.after) field
        WHERE jsonb_exists(%s::jsonb -> history_entry.kind, field.key)
          AND (history_entry.operation = 'changed' OR field.value NOT IN ('null', '""', '[]', '{}'))
    ))
"""
HEAD: Final = ("at", "who", "way", "what happened", "kind", "id", "name", "customer", "field", "before", "after")


class HistoryForm(forms.Form):
    """The filters of the history; empty ones do not restrict it. Days are those of ``zone``."""

    kind = forms.ChoiceField(label=gettext_lazy("What"), required=False)
    who = forms.ChoiceField(label=gettext_lazy("Who"), required=False)
    text = forms.CharField(label=gettext_lazy("Value contains"), required=False, max_length=100)
    first = DayField(label=gettext_lazy("First day"), required=False)
    last = DayField(label=gettext_lazy("Last day"), required=False)

    def __init__(self, *args: Any, zone: dt.tzinfo, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone = zone
        anything = [("", _("Any"))]
        kinds = sorted(((kept.kind, what(kept)) for kept in REGISTER.values()), key=lambda kind: kind[1])
        people = [(str(pk), name) for pk, name in User.objects.order_by("name", "pk").values_list("pk", "name")]
        self.fields["kind"].choices = anything + kinds  # type: ignore[attr-defined]
        self.fields["who"].choices = [  # type: ignore[attr-defined]
            *anything, (ITSELF, _("Tsunagu by itself")), (THE_DEMO, _("The demo")),
            (STRANGER, _("Somebody not signed in")), (OUTSIDE, _("Unknown, outside Tsunagu")), *people,
        ]  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """Refuse reversed days, and a text search over too many days."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("first") and cleaned.get("last") and cleaned["first"] > cleaned["last"]:
            self.add_error("first", _("The first day lies after the last."))
        first, last = cleaned.get("first"), self._last()
        if cleaned.get("text") and first and (last - first).days >= MOST_DAYS:
            message = _("A text is searched for in at most %(days)s days.")
            self.add_error("first", message % {"days": MOST_DAYS})
        return cleaned

    def since(self) -> dt.date | None:
        """The first day of a text search without one; None where the filters apply as they are."""
        cleaned = self.cleaned_data
        if not cleaned["text"] or cleaned["first"]:
            return None
        return self._last() - dt.timedelta(days=STRETCH - 1)

    def _last(self) -> dt.date:
        """The last day of the filter, by default today."""
        return self.cleaned_data.get("last") or clock.day_of(clock.now(), self.zone)

    def entries(self) -> QuerySet[Entry]:
        """The entries that match a valid form. A text search begins at ``since``."""
        cleaned, rows = self.cleaned_data, Entry.objects.all()
        first = cleaned["first"] or self.since()
        if cleaned["kind"]:
            rows = rows.filter(kind=cleaned["kind"])
        if cleaned["who"]:
            rows = rows.filter(by(cleaned["who"]))
        if cleaned["text"]:
            rows = rows.filter(says(cleaned["text"]))
        if first:
            start = dt.datetime.combine(first, dt.time(), self.zone)
            rows = rows.filter(at__gte=start)
            if cleaned["text"]:
                rows = rows.filter(pk__gte=RawSQL(BEGINS, [start]))  # noqa: S611 (a constant, its value apart)
        if cleaned["last"]:
            rows = rows.filter(at__lt=dt.datetime.combine(cleaned["last"], dt.time(), self.zone) + dt.timedelta(days=1))
        return rows


def by(who: str) -> Q:
    """The entries of a choice of the filter "Who": those of a person, or of one of ``UNNAMED``."""
    return Q(actor_id=None) & UNNAMED[who] if who in UNNAMED else Q(actor_id=int(who))


def says(text: str) -> RawSQL:
    """Whether a value of an entry contains ``text``, ignoring case; in JSON values their field names count too."""
    encoded = json.dumps(text, ensure_ascii=False)[1:-1]
    patterns = [f"%{escaped(pattern)}%" for pattern in (encoded, encoded, text, encoded)]
    return RawSQL(SAYS, patterns, output_field=BooleanField())  # noqa: S611 (a constant, its values apart)


def escaped(text: str) -> str:
    """``text`` escaped for LIKE."""
    return re.sub(r"([\\%_])", r"\\\1", text)


@require_GET
@admins_only
@vary_on_headers("HX-Request")
def page(request: SignedIn) -> HttpResponse:
    """The newest changes that match the filters; 400 with messages at invalid fields."""
    frame = frame_of(request)
    form = HistoryForm(request.GET, zone=frame.zone)
    if not form.is_valid():
        return render(request, "history/page.html", {"form": form, "tab": "changes"}, status=400)
    page = walked(request, form.entries(), NEWEST, SIZE)
    context = {
        "form": form,
        "tab": "changes",
        "since": form.since(),
        "acts": reader_of(request, frame).acts(page.rows),
        "page": page,
        "asked": request.GET.urlencode(),
    }
    return render(request, "history/page.html", context)


@require_GET
@admins_only
def export(request: SignedIn) -> Any:
    """The changes that match the filters as CSV, one line a field, the oldest first; the export is logged."""
    frame = frame_of(request)
    form = HistoryForm(request.GET, zone=frame.zone)
    if not form.is_valid():
        raise BadRequest(_("A filter in the address cannot be read."))
    entries = form.entries()
    left("history", rows=lines_of(entries), asked=request.GET.urlencode())
    rows = _cells(entries.order_by("pk").iterator(BATCH), reader_of(request, frame, whole=True))
    return exporting.file(f"history-{frame.today}", HEAD, rows)


@require_GET
@admins_only
def departures(request: SignedIn) -> HttpResponse:
    """Exported data, the newest first: who took it, how many rows, what was asked for."""
    page = walked(request, Departure.objects.all(), NEWEST, SIZE)
    frame = frame_of(request)
    reader = reader_of(request, frame)
    reader.people(row.actor_id for row in page)
    asking = Asking(_forms(frame))
    rows = [
        (row, reader.instant(row.at), reader.who(row.actor_id, row.door), door_words(row.door),
         DEPARTED.get(row.what, row.what), asking.words(row.what, row.filters.get("asked", "")))
        for row in page
    ]  # fmt: skip
    return render(request, "history/departures.html", {"rows": rows, "page": page, "tab": "departures"})


def lines_of(entries: QuerySet[Entry]) -> int:
    """How many lines an export of ``entries`` has: one per field, and one for an entry without any. One statement."""
    fields = json.dumps({kept.kind: [*kept.fields, *kept.earlier] for kept in REGISTER.values()})
    lines = RawSQL(LINES, [fields], output_field=IntegerField())  # noqa: S611 (a constant, its value apart)
    return int(entries.annotate(lines=lines).aggregate(all=Sum("lines"))["all"] or 0)


def _forms(frame: Frame) -> dict[str, forms.BaseForm]:
    """The form of each kind of export, for the labels of its filters; owners by name, former ones included."""
    history, portfolio = HistoryForm(zone=frame.zone), FiltersForm(today=frame.today)
    people = history.fields["who"].choices  # type: ignore[attr-defined]
    portfolio.fields["owner"].widget = forms.Select(choices=[("me", _("Me")), ("nobody", _("Nobody")), *people])
    return {"history": history, "portfolio": portfolio}


def reader_of(request: SignedIn, frame: Frame, *, whole: bool = False) -> Reader:
    return Reader(request.user, frame.today, frame.zone, customers=True, whole=whole)


def _cells(entries: Iterator[Entry], reader: Reader) -> Iterator[tuple[Any, ...]]:
    """One row per changed field, or one for an entry without any; names are looked up a batch at a time."""
    while batch := list(islice(entries, BATCH)):
        for act in reader.acts(batch):
            for line in act.lines:
                entry = line.entry
                start = (entry.at.isoformat(), act.who, act.door, entry.get_operation_display(), line.what)
                for field in line.fields or [Field("", "", "")]:
                    yield (*start, entry.object_id, line.name, line.customer, field.label, field.before, field.after)
