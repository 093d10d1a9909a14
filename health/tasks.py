"""The work of health's outbox rows: each task is one domain call."""

from __future__ import annotations

from typing import Any

from config.outbox.delivery import handler
from health import digests
from health.models import Digest
from health.publishing import replaying
from health.views.digests import mail


@handler(replaying.KIND)
def replay_due(payload: dict[str, Any]) -> None:
    """Replay one past month-end under one scorecard version."""
    replaying.one(payload)


@handler(digests.MAIL)
def digest_mail_due(payload: dict[str, Any]) -> None:
    """Send the mail of one digest, unless it was deleted meanwhile."""
    digest = Digest.objects.select_related("user").filter(pk=payload["digest"]).first()
    if digest:
        mail.send(digest)
