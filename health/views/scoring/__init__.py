"""A customer's score on its page: panels, overrides, what is new."""
