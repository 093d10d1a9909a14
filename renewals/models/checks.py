"""Which contracts the renewal sweep must check, and from which day on."""

from __future__ import annotations

from django.db import models


class TermCheck(models.Model):
    """A contract whose terms the sweep must check from ``from_day`` on; the sweep deletes the rows it processes.

    Append-only, so that writers never wait for one another. Database triggers of this app write a row, due at once,
    whenever a contract, its lines or a rate change; the sweep itself writes the day of a contract's next check.
    There is no foreign key: a row outlives a deleted contract and is then dropped.
    """

    contract_id = models.BigIntegerField(db_index=True)
    from_day = models.DateField(db_index=True)

    def __str__(self) -> str:
        return f"{self.contract_id} from {self.from_day}"
