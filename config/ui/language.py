"""Choosing the language of the pages, stored in a cookie and with the signed-in person."""

from __future__ import annotations

from django.contrib.auth import get_user_model
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import check_for_language
from django.views.decorators.http import require_POST
from django.views.i18n import set_language


@login_not_required
@require_POST
def choose_language(request: HttpRequest) -> HttpResponseBase:
    """Redirect to ``next`` in the chosen language; stored for a signed-in person on every machine."""
    language = request.POST.get("language", "")
    if request.user.is_authenticated and check_for_language(language):
        get_user_model()._default_manager.filter(pk=request.user.pk).update(language=language)
    return set_language(request)
