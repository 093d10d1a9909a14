"""Shared by the pages of all apps: forms, acts and their answers, paging, addresses; and the base of the API."""
