"""The web server of the fault tests: the product's middleware over ``tests.faults.site``."""

from __future__ import annotations

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from django.conf import settings

settings.ROOT_URLCONF = "tests.faults.site"

from config.wsgi import application  # noqa: E402 (the addresses are chosen first)
from tests.faults.skewed import skew  # noqa: E402

skew()

__all__ = ["application"]
