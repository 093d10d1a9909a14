"""``manage.py keep_backups``: make, verify and remove backups until stopped."""

from __future__ import annotations

import logging
import time
from typing import Any, Final

import psycopg
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection

from config.backup import keeping
from config.backup.address import ours
from config.backup.management.spoken import SpokenCommand
from config.backup.models import Backup
from config.logs import first_line

log = logging.getLogger("backup")

PAUSE: Final = 5.0
PAUSE_AFTER_TROUBLE: Final = 30.0
# A missed nightly backup is caught up this long after the start.
NIGHTS_AFTER: Final = 300.0


class Command(SpokenCommand):
    help = "Make the backups that are asked for, one after the other, restore each for a trial, and remove old ones."

    def act(self, _options: dict[str, Any]) -> None:
        """Run until stopped; reports the stop only where something was left behind. A broken-off backup begins anew."""
        try:
            self.keep()
        except KeyboardInterrupt as stop:
            if getattr(stop, "__notes__", None):
                raise

    def keep(self) -> None:
        self.place, self.began = keeping.here(), time.monotonic()
        self.resumed = False
        log.info("keeping %s backups", settings.BACKUPS_KEPT)
        while True:
            time.sleep(self.one_round())

    def one_round(self) -> float:
        """Make one backup if any waits; returns the seconds to wait before the next round."""
        try:
            if not self.resumed:
                keeping.resume(self.place)
                self.resumed = True
            row = keeping.take(self.place, nightly=time.monotonic() - self.began >= NIGHTS_AFTER)
            if row is None:
                return PAUSE
            self.make(row)
            return 0
        except (DatabaseError, InterfaceError, psycopg.Error, OSError) as error:
            log.warning("%s", first_line(error))
            self.resumed = False
            return PAUSE_AFTER_TROUBLE
        finally:
            connection.close()

    def make(self, row: Backup) -> None:
        folder = keeping.folder()
        keeping.perform(row, ours(), folder)
        row.refresh_from_db()
        if row.error:
            log.error("%s", row.error)
        keeping.take_stock(self.place, folder)
        keeping.remove_old(self.place, settings.BACKUPS_KEPT)
        keeping.remove_left(folder)
