"""A form that is sent twice acts once: each drawn form carries a key, and the second press gets the first one's answer."""
