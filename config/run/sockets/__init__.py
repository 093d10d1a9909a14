"""gunicorn's worker for ``make run``: a thread gets whole requests only, so that slow sockets hold up nobody.

The event loop collects a request's bytes; connections that send nothing, half of the headers or the body drop by drop cost no
thread and are shut. What the kernel does not take of an answer is kept, and sent by the event loop once the thread is done with
it; a reader that is slower than a modem is shut too.
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
