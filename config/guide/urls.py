"""Addresses of the first steps."""

from __future__ import annotations

from django.urls import path

from config.guide import views

app_name = "guide"

urlpatterns = [
    path("first-steps/", views.page, name="page"),
    path("first-steps/segments/", views.segments_fit, name="segments_fit"),
    path("first-steps/put-away/", views.put_away, name="put_away"),
    path("first-steps/bring-back/", views.bring_back, name="bring_back"),
]
