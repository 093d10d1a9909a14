"""Addresses of the backups."""

from __future__ import annotations

from django.urls import path

from config.backup import views

app_name = "backup"

urlpatterns = [
    path("settings/backups/", views.page, name="page"),
    path("settings/backups/new/", views.new, name="new"),
]
