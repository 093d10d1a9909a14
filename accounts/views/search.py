"""What ⌘K finds."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts import finding
from accounts.request import SignedIn


@require_GET
def search(request: SignedIn) -> HttpResponse:
    """Customers and contacts with the words in their name: a list for the palette, else a page."""
    words = request.GET.get("q", "").strip()[:100]
    context = {"words": words}
    if words:
        context["customers"] = finding.customers(request.user, words)  # type: ignore[assignment]
        context["contacts"] = finding.contacts(request.user, words)  # type: ignore[assignment]
    name = "accounts/_found.html" if request.htmx else "accounts/search.html"
    return render(request, name, context)
