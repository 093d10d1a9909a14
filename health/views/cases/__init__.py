"""Cases and case rules on pages."""
