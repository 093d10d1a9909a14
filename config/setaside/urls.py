"""Addresses of what was set aside."""

from __future__ import annotations

from django.urls import path

from config.setaside import views

app_name = "setaside"

urlpatterns = [
    path("settings/set-aside/", views.page, name="page"),
    path("settings/set-aside/<int:pk>/again/", views.again, name="again"),
    path("settings/set-aside/work/<int:pk>/<slug:decision>/", views.work_decided, name="work_decided"),
]
