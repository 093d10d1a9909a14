"""Addresses of the history."""

from __future__ import annotations

from django.urls import path

from config.history.views import objects, search

app_name = "history"

urlpatterns = [
    path("history/", search.page, name="page"),
    path("history/export.csv", search.export, name="export"),
    path("history/left/", search.departures, name="departures"),
    path("history/<slug:kind>/<int:pk>/", objects.of, name="of"),
]
