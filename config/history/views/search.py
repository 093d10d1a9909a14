"""Everything that was changed, to search and to export, and what left the house; for admins."""

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
from django.http import HttpResponse, StreamingHttpResponse
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
# By which ways in the changes of nobody who is named are told apart.
UNNAMED: Final = {
    ITSELF: ~Q(door__in=["", DEMO, *OF_PEOPLE]),
    THE_DEMO: Q(door=DEMO),
    STRANGER: Q(door__in=OF_PEOPLE),
    OUTSIDE: Q(door=""),
}
# No index serves a text, for that would slow every change down: a search reads the entries of so many days, both ends counted.
STRETCH: Final = 31
MOST_DAYS: Final = 366
# What an entry says, decoded: its values, not the names of its fields. The whole is looked at first, which is cheaper.
SAYS: Final = """
    (history_entry.before::text ILIKE %s OR history_entry.after::text ILIKE %s) AND EXISTS (
        SELECT FROM (VALUES (history_entry.before), (history_entry.after)) said (fields), jsonb_each_text(said.fields) field
        WHERE field.value ILIKE %s OR field.value ILIKE %s
    )
"""
# Numbers follow time, which the planner does not know: without this it reads every older entry too.
BEGINS: Final = "SELECT min(id) FROM (SELECT id FROM history_entry WHERE at >= %s OFFSET 0) since"
# Of a row that was added or deleted the fields that say something, as ``Reader`` reads them.
LINES: Final = """
    greatest(1, (
        SELECT count(*) FROM jsonb_each(history_entry.before || history_entry.after) field
        WHERE jsonb_exists(%s::jsonb -> history_entry.kind, field.key)
          AND (history_entry.operation = 'changed' OR field.value NOT IN ('null', '""', '[]', '{}'))
    ))
"""
HEAD: Final = ("at", "who", "way", "what happened", "kind", "id", "name", "customer", "field", "before", "after")


class HistoryForm(forms.Form):
    """What of the history is asked for; all that is left empty asks for everything. Days are those of ``zone``."""

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
        """Refuse days that lie the wrong way round, and a text over more days than can be read while somebody waits."""
        asked = super().clean() or self.cleaned_data
        if asked.get("first") and asked.get("last") and asked["first"] > asked["last"]:
            self.add_error("first", _("The first day lies after the last."))
        first, last = asked.get("first"), self._last()
        if asked.get("text") and first and (last - first).days >= MOST_DAYS:
            words = _("A text is searched for in at most %(days)s days.")
            self.add_error("first", words % {"days": MOST_DAYS})
        return asked

    def since(self) -> dt.date | None:
        """The first day that is searched though nobody said one; None where all that was asked for is."""
        asked = self.cleaned_data
        if not asked["text"] or asked["first"]:
            return None
        return self._last() - dt.timedelta(days=STRETCH - 1)

    def _last(self) -> dt.date:
        """The last day that is asked for: today where nobody said one."""
        return self.cleaned_data.get("last") or clock.day_of(clock.now(), self.zone)

    def entries(self) -> QuerySet[Entry]:
        """The entries that a valid form asks for. A text is searched for from ``since`` on."""
        asked, rows = self.cleaned_data, Entry.objects.all()
        first = asked["first"] or self.since()
        if asked["kind"]:
            rows = rows.filter(kind=asked["kind"])
        if asked["who"]:
            rows = rows.filter(by(asked["who"]))
        if asked["text"]:
            rows = rows.filter(says(asked["text"]))
        if first:
            start = dt.datetime.combine(first, dt.time(), self.zone)
            rows = rows.filter(at__gte=start)
            if asked["text"]:
                rows = rows.filter(pk__gte=RawSQL(BEGINS, [start]))  # noqa: S611 (a constant, its value apart)
        if asked["last"]:
            rows = rows.filter(at__lt=dt.datetime.combine(asked["last"], dt.time(), self.zone) + dt.timedelta(days=1))
        return rows


def by(who: str) -> Q:
    """The entries of a choice of the filter "Who": those of a person, or of one of ``UNNAMED``."""
    return Q(actor_id=None) & UNNAMED[who] if who in UNNAMED else Q(actor_id=int(who))


def says(text: str) -> RawSQL:
    """Whether a value of an entry holds ``text`` as people read it, in either case; inside of values that are JSON, names too."""
    written = json.dumps(text, ensure_ascii=False)[1:-1]
    patterns = [f"%{escaped(words)}%" for words in (written, written, text, written)]
    return RawSQL(SAYS, patterns, output_field=BooleanField())  # noqa: S611 (a constant, its values apart)


def escaped(text: str) -> str:
    """``text`` for LIKE, as itself."""
    return re.sub(r"([\\%_])", r"\\\1", text)


@require_GET
@admins_only
@vary_on_headers("HX-Request")
def page(request: SignedIn) -> HttpResponse:
    """The newest changes that fit the filters; 400 with messages at the fields that are wrong."""
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
    """The changes that fit the filters as CSV, one line a field, the oldest first; that they left is noted."""
    frame = frame_of(request)
    form = HistoryForm(request.GET, zone=frame.zone)
    if not form.is_valid():
        raise BadRequest(_("A filter in the address cannot be read."))
    entries = form.entries()
    left("history", rows=lines_of(entries), asked=request.GET.urlencode())
    rows = _cells(entries.order_by("pk").iterator(BATCH), reader_of(request, frame, whole=True))
    response = StreamingHttpResponse(exporting.lines(HEAD, rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="history-{frame.today}.csv"'
    return response


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
    """How many lines an export of ``entries`` has: one a field, and one for an entry that says none. One statement."""
    fields = json.dumps({kept.kind: [*kept.fields, *kept.earlier] for kept in REGISTER.values()})
    lines = RawSQL(LINES, [fields], output_field=IntegerField())  # noqa: S611 (a constant, its value apart)
    return int(entries.annotate(lines=lines).aggregate(all=Sum("lines"))["all"] or 0)


def _forms(frame: Frame) -> dict[str, forms.BaseForm]:
    """The form of each kind of export, which knows by what words its filters go; owners by name, also who has left."""
    history, portfolio = HistoryForm(zone=frame.zone), FiltersForm(today=frame.today)
    people = history.fields["who"].choices  # type: ignore[attr-defined]
    portfolio.fields["owner"].widget = forms.Select(choices=[("me", _("Me")), ("nobody", _("Nobody")), *people])
    return {"history": history, "portfolio": portfolio}


def reader_of(request: SignedIn, frame: Frame, *, whole: bool = False) -> Reader:
    return Reader(request.user, frame.today, frame.zone, customers=True, whole=whole)


def _cells(entries: Iterator[Entry], reader: Reader) -> Iterator[tuple[Any, ...]]:
    """One row a changed field, or one for a row without any; names are looked up a batch at a time."""
    while batch := list(islice(entries, BATCH)):
        for act in reader.acts(batch):
            for line in act.lines:
                entry = line.entry
                start = (entry.at.isoformat(), act.who, act.door, entry.get_operation_display(), line.what)
                for each in line.fields or [Field("", "", "")]:
                    yield (*start, entry.object_id, line.name, line.customer, each.label, each.before, each.after)
