"""Attributes of customers: the list of those that are defined, and the definition of one. Admins only."""

from __future__ import annotations

from typing import Any, Final

from django.core import signing
from django.core.exceptions import BadRequest, ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.attributes import defining, definitions
from accounts.conditions.attributes import key_of
from accounts.forms.attributes import AttributeForm
from accounts.models import Attribute
from accounts.request import SignedIn, admins_only
from config.ui import figures
from config.web import address
from config.web.acting import refused
from config.web.asking import show
from config.web.editing import Edit
from config.web.paging import numbered
from config.web.refusing import blame
from config.web.sheets import FormSheet
from config.web.toast import seen_by, toast, undo_of

ROWS: Final = 50
BOUND: Final = {"kind": (gettext_lazy("Kind"), ["kind", "choices"])}


@require_GET
@admins_only
def attributes(request: SignedIn) -> HttpResponse:
    """The attributes in their order, and the names under which customers have values that nobody defined."""
    context = {"attributes": definitions.defined(), "free": definitions.free()}
    return render(request, "accounts/attributes.html", context)


@require_http_methods(["GET", "POST"])
@admins_only
def attribute(request: SignedIn, pk: int | None = None) -> HttpResponse:
    """One attribute, and the customers whose value does not fit it. A new one may take over values (``?key=``)."""
    row = get_object_or_404(Attribute, pk=pk) if pk else Attribute(key=address.text(request, "key", 80))
    row.label = row.label or row.key[:60]
    title = row.label if pk else _("Add attribute")
    edit = Edit(request, row if pk else None, lambda: FormSheet(AttributeForm(instance=row), BOUND))
    if edit.asks:
        return edit.answer(title, back=reverse("accounts:attributes"))
    form = edit.draw(AttributeForm(edit.data, instance=row))
    if request.method == "POST" and form.is_valid():
        row.choices = form.cleaned_data["choices"]
        row.key = row.key if pk else form.cleaned_data["key"]
        try:
            before = defining.save(row)
        except ValidationError as problem:
            blame(form, problem)
        else:
            return toast(request, redirect("accounts:attributes"), edit.said(_saved(row)), _undo(row, before))
    context: dict[str, Any] = {"form": form, "attribute": row, "title": title}
    if pk:
        context["page"] = numbered(request, defining.misfits(get_object_or_404(Attribute, pk=pk)), ROWS)
        context["field"] = key_of(row)
    return show(request, "accounts/attribute.html", context, wrong=bool(form.errors))


@require_POST
@admins_only
def move(request: SignedIn, pk: int) -> HttpResponse:
    """Show an attribute earlier (``to=up``) or later (``to=down``)."""
    row = get_object_or_404(Attribute, pk=pk)
    defining.move(row, up=request.POST.get("to") == "up")
    place = [each.pk for each in definitions.defined()].index(row.pk) + 1
    message = _("“%(name)s” stands as number %(n)s.") % {"name": row.label, "n": place}
    return toast(request, redirect("accounts:attributes"), message)


@require_POST
@admins_only
def back(request: SignedIn, pk: int) -> HttpResponse:
    """Undo what was just saved of a definition; a new one goes, its values stay."""
    row = get_object_or_404(Attribute, pk=pk)
    try:
        before = signing.loads(request.GET.get("was", ""), salt=request.path)
    except signing.BadSignature as error:
        raise BadRequest(_("The address does not say what it would take back.")) from error
    try:
        if before is None:
            defining.take_back(row, seen_by(request))
        else:
            defining.put_back(row, before, seen_by(request))
    except ValidationError as problem:
        return refused(request, problem, back=reverse("accounts:attributes"))
    return toast(request, redirect("accounts:attributes"), _("Taken back: %(name)s.") % {"name": row.label})


def _undo(row: Attribute, before: Attribute | None) -> str:
    path = reverse("accounts:attribute_back", args=[row.pk])
    was = signing.dumps(defining.said(before) if before else None, salt=path, compress=True)
    return undo_of(f"{path}?was={was}", defining.mark(row))


def _saved(row: Attribute) -> str:
    if not (count := defining.misfits(row).count()):
        return _("“%(name)s” is saved.") % {"name": row.label}
    text = ngettext(
        "“%(name)s” is saved. The value of %(n)s customer does not fit: its page lists it.",
        "“%(name)s” is saved. The values of %(n)s customers do not fit: its page lists them.",
        count,
    )
    return text % {"name": row.label, "n": figures.number(count)}
