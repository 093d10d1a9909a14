"""gunicorn's worker for ``make run``: a thread gets complete requests only, so that slow sockets block no thread.

The event loop collects a request's bytes; connections that send nothing, partial headers or a trickling body cost no
thread and are closed. The part of an answer that the kernel does not accept is stored, and the event loop sends it once
the thread is done; a reader slower than a modem is closed too.
"""

from config.run.sockets.arriving import HEAD_PATIENCE, MOST_CREDIT, SLOWEST, Arriving
from config.run.sockets.leaving import THREAD_PATIENCE, Unsent
from config.run.sockets.spooling import KEPT_IN_MEMORY, MOST_BODY, Refused, Spool
from config.run.sockets.worker import IDLE, LINGER, READ_PATIENCE, Connection, Worker

__all__ = [
    "HEAD_PATIENCE",
    "IDLE",
    "KEPT_IN_MEMORY",
    "LINGER",
    "MOST_BODY",
    "MOST_CREDIT",
    "READ_PATIENCE",
    "SLOWEST",
    "THREAD_PATIENCE",
    "Arriving",
    "Connection",
    "Refused",
    "Spool",
    "Unsent",
    "Worker",
]
