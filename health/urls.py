"""Addresses of health: panels of a customer, the rows behind a part, scorecards."""

from __future__ import annotations

from django.urls import path

from health.views import changes, digest, live, panels, proof, scorecards

app_name = "health"
urlpatterns = [
    path("customers/<int:pk>/health/", panels.panel, name="panel"),
    path("customers/<int:pk>/health/recompute/", panels.recompute, name="recompute"),
    path("customers/<int:pk>/health/<slug:measure>/", panels.score_part, name="score_part"),
    path("customers/<int:pk>/live/", live.customer, name="live"),
    path("customers/live/", live.portfolio, name="live_portfolio"),
    path("customers/<int:pk>/changes/", changes.changed_panel, name="changed_panel"),
    path("customers/<int:pk>/usage/", panels.usage_panel, name="usage_panel"),
    path("digest/", digest.digest, name="digest"),
    path("digest/<int:pk>/", digest.digest, name="digest_of"),
    path("scorecards/", scorecards.scorecards, name="scorecards"),
    path("scorecards/<int:pk>/proof/", proof.proof, name="proof"),
    path("scorecards/<int:pk>/proof/beside/", proof.beside, name="proof_beside"),
    path("scorecards/<int:pk>/replays/", proof.replays, name="replays"),
    path("scorecards/<int:pk>/replay/", proof.replay, name="replay"),
]
