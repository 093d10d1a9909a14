"""The CSM's sentiment on the customer's page: one press, an optional note, and Undo."""

from __future__ import annotations

from typing import Final

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import access
from accounts import sentiment as feelings
from accounts.forms.sentiment import VALUES, SentimentForm
from accounts.models import Customer, Sentiment
from accounts.request import SignedIn, posted
from config.ui.context import frame_of
from config.web.acting import acted
from config.web.asking import fragment_or_page, show
from config.web.finding import changeable, may_change, visible
from config.web.paging import numbered

SHOWN: Final = 10
CHANGED: Final = ("accounts:changed",)


@require_http_methods(["GET", "POST"])
def sentiment(request: SignedIn, pk: int) -> HttpResponse:
    """The panel with earlier sentiments; a POST records a new one and offers Undo."""
    customer = visible(request, Customer.objects, pk)
    # Ids of its own: the panel stands on a page whose dialogs have a note as well.
    form = SentimentForm(posted(request), auto_id="sentiment_%s")
    if request.method != "POST":
        return _panel(request, customer, form)
    if not may_change(request, customer):
        raise PermissionDenied
    if not form.is_valid():
        return _panel(request, customer, form)
    entry = feelings.say(customer, author=request.user, day=frame_of(request).today, **form.cleaned_data)
    undo = reverse("accounts:sentiment_undo", args=[pk, entry.pk])
    message = _("Sentiment %(value)s of 5.") % {"value": entry.value}
    # The event makes the panel reload itself once; answering with the panel here as well would race with that.
    return acted(request, message, undo, changed=CHANGED, back=reverse("accounts:customer", args=[pk]))


@require_POST
def sentiment_undo(request: SignedIn, pk: int, said_pk: int) -> HttpResponse:
    """Take back the sentiment that its author has just recorded; the previous one applies again."""
    customer = changeable(request, Customer.objects, pk)
    own = Sentiment.objects.filter(customer=customer, author=request.user, touch__isnull=True)
    feelings.take_back(get_object_or_404(own, pk=said_pk))
    return acted(request, "", changed=CHANGED, back=reverse("accounts:customer", args=[pk]))


def _panel(request: SignedIn, customer: Customer, form: SentimentForm) -> HttpResponse:
    context = {
        "customer": customer,
        "form": form,
        "values": VALUES,
        "page": numbered(request, feelings.history(customer), SHOWN),
        "may_change": access.writes(request.user),
    }
    return show(request, fragment_or_page(request, "accounts/sentiment.html"), context, wrong=bool(form.errors))
