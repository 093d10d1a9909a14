"""Every address: the apps', signing in, the API, the language switch."""

from __future__ import annotations

from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, re_path

from accounts.views.mailed_link import set_password
from config.errors import not_found
from config.ui.language import choose_language
from config.web.api.routes import APPS, api_router
from config.web.api.schema import DocumentView
from health.views.using import door

handler400 = "config.errors.bad_request"
handler403 = "config.errors.forbidden"
handler404 = "config.errors.not_found"
handler500 = "config.errors.server_error"

urlpatterns: list[URLPattern | URLResolver] = [
    *(path("", include(f"{app}.urls")) for app in APPS),
    path("", include("config.setaside.urls")),
    path("", include("config.history.urls")),
    path("", include("config.backup.urls")),
    path("", include("config.guide.urls")),
    # Admins change addresses: nobody gets allauth's page for doing it oneself.
    path("sign-in/email/", not_found, name="account_email"),
    re_path(
        r"^sign-in/password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        set_password,
        name="account_reset_password_from_key",
    ),
    path("sign-in/", include("allauth.account.urls")),
    path("language/", choose_language, name="set_language"),
    # As clients of the Segment tracking API post to it, with and without a slash: nothing may lead them elsewhere.
    re_path(rf"^v1/(?P<kind>{door.KINDS})/?$", door.door, name="events"),
    path("api/v1/schema/", DocumentView.as_view(), name="api-schema"),
    path("api/v1/", include(api_router().urls)),
]
if settings.ADMIN_MOUNTED:
    urlpatterns.append(path("django-admin/", admin.site.urls))
