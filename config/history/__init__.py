"""The change history of the record and its configuration (who, when, before, after), and the log of exports.

Database triggers write it, so that it includes bulk statements, raw SQL and psql; ``reading`` reads it.
"""
