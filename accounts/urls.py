"""Addresses of the record."""

from __future__ import annotations

from django.urls import path

from accounts.views import (
    closing_days,
    conditions,
    contracts,
    counts,
    customers,
    portfolio,
    rates,
    search,
    sentiment,
    settings,
    team,
)

app_name = "accounts"

urlpatterns = [
    path("customers/", portfolio.portfolio, name="portfolio"),
    path("customers/totals/", portfolio.totals, name="totals"),
    path("customers/filters/", portfolio.filters, name="filters"),
    path("customers/export.csv", portfolio.export, name="export"),
    path("customers/new/", customers.customer_new, name="customer_new"),
    path("customers/<int:pk>/", customers.customer, name="customer"),
    path("customers/<int:pk>/edit/", customers.customer_edit, name="customer_edit"),
    path("customers/<int:pk>/contacts/", customers.contacts_panel, name="contacts_panel"),
    path("customers/<int:pk>/contacts/new/", customers.contact_new, name="contact_new"),
    path("customers/<int:pk>/contacts/<int:contact_pk>/", customers.contact_edit, name="contact_edit"),
    path("customers/<int:pk>/timeline/", customers.timeline_panel, name="timeline_panel"),
    path("customers/<int:pk>/touches/new/", customers.touch_new, name="touch_new"),
    path("customers/<int:pk>/touches/<int:touch_pk>/undo/", customers.touch_undo, name="touch_undo"),
    path("customers/<int:pk>/sentiment/", sentiment.sentiment, name="sentiment"),
    path("customers/<int:pk>/sentiment/<int:said_pk>/undo/", sentiment.sentiment_undo, name="sentiment_undo"),
    path("customers/<int:pk>/contracts/", customers.contract_panel, name="contract_panel"),
    path("contracts/<int:pk>/lines/notice/", contracts.lines_notice, name="lines_notice"),
    path("contracts/<int:pk>/runs-on/", contracts.runs_on, name="runs_on"),
    path("contracts/to-settle/", contracts.to_settle, name="to_settle"),
    path("customers/<int:pk>/plan/", customers.plan_panel, name="plan_panel"),
    path("search/", search.search, name="search"),
    path("counts/", counts.counts, name="counts"),
    path("settings/organisation/", settings.organisation, name="organisation"),
    path("settings/closing-days/", closing_days.closing_days, name="closing_days"),
    path("settings/closing-days/<int:pk>/remove/", closing_days.remove, name="closing_day_remove"),
    path("settings/closing-days/<str:day>/back/", closing_days.back, name="closing_day_back"),
    path("settings/rates/", rates.rates, name="rates"),
    path("settings/rates/<str:currency>/<int:fiscal_year>/", rates.history, name="rate_history"),
    path("settings/segments/", settings.segments, name="segments"),
    path("settings/segments/new/", settings.segment, name="segment_new"),
    path("settings/segments/<int:pk>/", settings.segment, name="segment"),
    path("settings/segments/<int:pk>/move/", settings.segment_move, name="segment_move"),
    path("settings/segments/<int:pk>/why/", settings.segment_why, name="segment_why"),
    path("settings/conditions/<slug:prefix>/", conditions.conditions, name="conditions"),
    path("settings/users/", settings.users, name="users"),
    path("settings/users/new/", settings.user, name="user_new"),
    path("settings/users/<int:pk>/", settings.user, name="user"),
    path("settings/users/<int:pk>/deactivate/", settings.user_deactivate, name="user_deactivate"),
    path("settings/users/<int:pk>/reactivate/", settings.user_reactivate, name="user_reactivate"),
    path("team/", team.team, name="team"),
    path("team/hand-over/", team.hand_over, name="hand_over"),
    path("team/handovers/<int:pk>/undo/", team.handover_undo, name="handover_undo"),
    path("covers/", team.covers, name="covers"),
    path("covers/<int:pk>/end/", team.cover_end, name="cover_end"),
    path("me/", settings.myself, name="myself"),
]
