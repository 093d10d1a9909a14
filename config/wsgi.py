"""The web server's entry point: ``gunicorn config.wsgi``."""

from __future__ import annotations

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("TSUNAGU_PROCESS", "web")

application = get_wsgi_application()

# Everything loaded by now, all views by the URL patterns, lives as long as the process: freeze it, or the collector
# would scan it again and again while pages are rendered (two milliseconds a portfolio page).
EVERY_ADDRESS = get_resolver().url_patterns
gc.collect()
gc.freeze()
