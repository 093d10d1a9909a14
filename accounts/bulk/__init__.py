"""Acts on many rows of a list at once: apps register theirs when they load; each is kept, worked off in chunks and taken back."""

from accounts.bulk.acts import Act, Before, Done, Values, Who, done, find, of_kind, plain, register
from accounts.bulk.keeping import tidy
from accounts.bulk.running import AT_ONCE, begin, go_on, resume, stop, take_back

__all__ = [
    "AT_ONCE",
    "Act",
    "Before",
    "Done",
    "Values",
    "Who",
    "begin",
    "done",
    "find",
    "go_on",
    "of_kind",
    "plain",
    "register",
    "resume",
    "stop",
    "take_back",
    "tidy",
]
