"""Addresses of health: panels of a customer, the rows behind a part, scorecards."""

from __future__ import annotations

from django.urls import path

from health import views

app_name = "health"
urlpatterns = [
    path("customers/<int:pk>/health/", views.panel, name="panel"),
    path("customers/<int:pk>/health/recompute/", views.recompute, name="recompute"),
    path("customers/<int:pk>/health/<slug:measure>/", views.score_part, name="score_part"),
    path("customers/<int:pk>/usage/", views.usage_panel, name="usage_panel"),
    path("scorecards/", views.scorecards, name="scorecards"),
]
