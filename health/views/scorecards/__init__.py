"""The scorecard editor, for admins, and the scorecards in use."""
