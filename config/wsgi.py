"""The web server's entry point: ``gunicorn config.wsgi``."""

from __future__ import annotations

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("TSUNAGU_PROCESS", "web")

application = get_wsgi_application()

# What is loaded by now, with the addresses every view too, lives as long as the process: taken out of the collector's sight, or
# it is looked through again and again while pages are made (two milliseconds a portfolio page).
EVERY_ADDRESS = get_resolver().url_patterns
gc.collect()
gc.freeze()
