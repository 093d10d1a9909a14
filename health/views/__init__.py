"""Health on pages."""
