"""Which contracts the renewal sweep has to look at, and from which day on."""

from __future__ import annotations

from django.db import models


class TermCheck(models.Model):
    """Look at this contract's terms from ``from_day`` on; the sweep deletes what it took up.

    Append-only, so writers never wait for one another. Triggers of this app write a row, due at
    once, whenever a contract, its lines or a rate change, whoever changes them; the sweep itself
    writes the day on which a contract must be looked at again. Without a foreign key: a mark
    outlives a deleted contract and is then dropped.
    """

    contract_id = models.BigIntegerField(db_index=True)
    from_day = models.DateField(db_index=True)

    def __str__(self) -> str:
        return f"{self.contract_id} from {self.from_day}"
