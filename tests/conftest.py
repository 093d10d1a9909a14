"""Servers and settings for the whole suite."""

from __future__ import annotations

import os

import django

from tests import servers

# At import, not in a hook: conftest files further down import models, which need settings, which need the servers.
servers.prepare()
os.environ["TSUNAGU_PROCESS"] = "test"
os.environ["TSUNAGU_HTTPS"] = "off"
os.environ["SECRET_KEY"] = "only for tests"
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
django.setup()
# Workers of pytest-xdist inherit the environment. With the module named there, pytest-django would read the settings
# before a worker has chosen its Redis number above.
del os.environ["DJANGO_SETTINGS_MODULE"]
