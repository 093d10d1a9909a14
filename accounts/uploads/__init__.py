"""Uploads: files that arrive in pieces, stay for a while, and are read as files of this machine.

Everybody else takes a path: ``with uploads.as_file(upload) as path``.
"""

from accounts.uploads.archives import Contents, Member
from accounts.uploads.keeping import tidy
from accounts.uploads.receiving import arrived, begin, complete, put, receive, remove, sent
from accounts.uploads.spooling import Copies, as_file, contents, is_archive, roomy

__all__ = [
    "Contents",
    "Copies",
    "Member",
    "arrived",
    "as_file",
    "begin",
    "complete",
    "contents",
    "is_archive",
    "put",
    "receive",
    "remove",
    "roomy",
    "sent",
    "tidy",
]
