"""Attributes of customers that an admin defines: their kinds, their definitions, and their values."""
