"""Addresses of renewals."""

from __future__ import annotations

from django.urls import path

from renewals.views import calls, forecast, leaving, pipeline, qbrs, renewal

app_name = "renewals"

urlpatterns = [
    path("renewals/", pipeline.pipeline, name="pipeline"),
    path("renewals/list/", pipeline.plain, name="list"),
    path("renewals/<int:pk>/", renewal.renewal, name="renewal"),
    path("renewals/<int:pk>/stage/", pipeline.stage, name="stage"),
    path("renewals/<int:pk>/stage/<slug:before>/back/", pipeline.stage_back, name="stage_back"),
    path("renewals/<int:pk>/parts/<slug:name>/", renewal.part, name="part"),
    path("renewals/<int:pk>/facts/", renewal.refresh, name="refresh"),
    path("renewals/<int:pk>/call/", calls.call, name="call"),
    path("renewals/<int:pk>/call/back/", calls.call_back, name="call_back"),
    path("renewals/<int:pk>/cell/<slug:field>/", forecast.cell, name="cell"),
    path("renewals/<int:pk>/decide/", calls.decide, name="decide"),
    path("renewals/<int:pk>/withdraw/", calls.withdraw, name="withdraw"),
    path("renewals/<int:pk>/renew/", renewal.renew, name="renew"),
    path("renewals/<int:pk>/churn/", renewal.churn, name="churn"),
    path("renewals/<int:pk>/reopen/", renewal.reopen, name="reopen"),
    path("contracts/<int:pk>/leaving/<slug:act>/", leaving.leaving, name="leaving"),
    path("contracts/<int:pk>/leaving-back/", leaving.back, name="leaving_back"),
    path("customers/<int:pk>/renewal/", renewal.panel, name="panel"),
    path("forecast/", forecast.page, name="forecast"),
    path("qbrs/", qbrs.due, name="qbrs"),
    path("qbrs/<int:pk>/", qbrs.qbr, name="qbr"),
    path("qbrs/<int:pk>/reopen/", qbrs.reopen, name="qbr_reopen"),
]
