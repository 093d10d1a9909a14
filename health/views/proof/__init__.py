"""How well scorecards and people predicted, on pages."""
