"""The Celery app. It knows two tasks: deliver one outbox row, run one schedule.

Redis carries ids only and may be wiped at any moment; docs/operations.md, "Delivery", gives the reasons for each
setting.
"""

from __future__ import annotations

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("TSUNAGU_PROCESS", "worker")

from celery import Celery
from django.conf import settings
from kombu import Queue

from config.schedule import BEAT

VISIBILITY = 900
HARD_LIMIT = 300

app = Celery("tsunagu", broker=settings.REDIS_URL)
app.conf.update(
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    task_ignore_result=True,
    result_backend=None,
    broker_transport_options={
        "visibility_timeout": VISIBILITY,
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
        "socket_connect_timeout": 1,
        "socket_timeout": 30,
        "socket_keepalive": True,
        "health_check_interval": 25,
    },
    task_soft_time_limit=240,
    task_time_limit=HARD_LIMIT,
    task_publish_retry_policy={
        "max_retries": 2,
        "interval_start": 0,
        "interval_step": 0.1,
        "interval_max": 0.2,
    },
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    worker_eta_task_limit=100,
    worker_soft_shutdown_timeout=30,
    worker_max_tasks_per_child=500,
    worker_max_memory_per_child=300_000,
    worker_cancel_long_running_tasks_on_connection_loss=False,
    worker_hijack_root_logger=False,
    # Messages of beat must not wait behind a backlog of work: workers take from both queues in turn.
    task_queues=(Queue("work"), Queue("knocks")),
    task_default_queue="work",
    task_routes={"schedule.run": {"queue": "knocks"}},
    task_create_missing_queues=False,
    beat_scheduler="config.living:LivingScheduler",
    worker_consumer="config.living:LivingConsumer",
    task_serializer="json",
    accept_content=["json"],
    timezone="UTC",
    beat_schedule=BEAT,
)
app.autodiscover_tasks()
app.autodiscover_tasks(["config"])
