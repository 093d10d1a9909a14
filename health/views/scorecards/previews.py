"""The effect of publishing a draft now: the panel beside it, and the list of customers who change band."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Final

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from accounts import company
from accounts.keyset import read_number
from accounts.models import Band, Customer
from accounts.request import SignedIn, admins_change
from config import clock
from config.ui import figures
from config.ui.charts import Band as Stretch
from config.ui.histogram import tens_chart
from config.web import address
from config.web.paging import Page, after
from health import scorecards
from health.forms.lines import MeasuresForm
from health.measures import Measure, catalogue
from health.models import Scorecard
from health.publishing import checking, preview
from health.publishing.preview import Preview
from health.scorecards import Content
from health.views.scorecards import drafts

PAGE: Final = 50
MOST: Final = 10**14
BANDS: Final = ("none", *Band.values)


@require_http_methods(["GET", "POST"])
@admins_change
def panel(request: SignedIn, pk: int) -> HttpResponse:
    """The preview panel of the stored draft or, on POST, of the typed one; saves nothing.

    It carries the share of customers with data for each row of the page. When the typed values cannot be read it
    previews the stored draft, with a notice.
    """
    row, by_key = drafts.draft(pk), catalogue()
    stored = scorecards.content_of(row)
    typed = _typed(request, stored, by_key)
    content = typed or stored
    effect = preview.preview(row, clock.today(), Customer.objects.visible_to(request.user), content)
    context = {
        "card": row,
        "content": content,
        "preview": effect,
        "digest": preview.digest(content),
        "unsaved": content != stored,
        "unreadable": request.method == "POST" and typed is None,
        "currency": company.currency(),
        "chart": chart(row, content, effect) if effect.customers else "",
        "data": [(by_key[key], effect.has_data.get(key)) for key in row.measures if key in by_key],
    }
    return render(request, "health/scorecard/_preview.html", context)


def _typed(request: SignedIn, stored: Content, by_key: Mapping[str, Measure]) -> Content | None:
    """The typed content of the measures page; None when it cannot be read or would be refused."""
    if request.method != "POST":
        return None
    form = MeasuresForm(stored, by_key, request.POST)
    if not form.is_valid():
        return None
    content = replace(stored, groups=form.said())
    return None if checking.problems(content, by_key, whole=False) else content


def chart(row: Scorecard, content: Content, effect: Preview) -> str:
    """The scores by tens before and after, on the draft's bands."""
    green, yellow = float(content.green_from), float(content.yellow_from)
    values = {"n": figures.number(effect.customers), "v": row.version}
    return tens_chart(
        effect.before,
        effect.after,
        names=(_("now"), _("v%(v)s draft") % values),
        title=ngettext(
            "Scores of %(n)s customer, now and under version %(v)s",
            "Scores of %(n)s customers, now and under version %(v)s",
            effect.customers,
        )
        % values,
        bands=[Stretch("risk", 0, yellow), Stretch("watch", yellow, green), Stretch("good", green, 100)],
    )


@require_GET
@admins_change
def movers(request: SignedIn, pk: int) -> HttpResponse:
    """Customers who would change band, the largest ARR first, paged; ``from`` and ``to`` select one band each."""
    row = drafts.draft(pk)
    bands = {name: _band(request, name) for name in ("from", "to")}
    visible = Customer.objects.visible_to(request.user)
    filters = {"before": bands["from"], "after": bands["to"], "beyond": after(request, _arr, empty=True)}
    rows = preview.movers(row, clock.today(), visible, **filters, limit=PAGE + 1)  # type: ignore[arg-type]
    last = rows[PAGE - 1] if len(rows) > PAGE else None
    page = Page(rows[:PAGE], None, f"{'' if last.arr is None else last.arr}~{last.customer}" if last else None)
    context = drafts.head(row, "measures") | {"page": page, "bands": bands, "currency": company.currency()}
    return render(request, "health/scorecard/movers.html", context)


def _band(request: SignedIn, name: str) -> str | None:
    band = address.choice(request, name, BANDS)
    return None if not band else "" if band == "none" else band


def _arr(text: str) -> Decimal:
    arr = read_number(text)
    if abs(arr) > MOST:
        raise ValueError(text)
    return arr
