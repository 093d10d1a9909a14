"""What stops the servers from starting, said in one sentence to the person at the keyboard."""


class Trouble(Exception):  # noqa: N818 -- reads as the domain's word: nothing here is caught as an "error"
    """One sentence: what is wrong and what to do about it."""
