"""The error for the person at the keyboard, as one sentence."""


class Trouble(Exception):  # noqa: N818 -- reads as the domain's word: nothing here is caught as an "error"
    """One sentence with the problem and its remedy."""
