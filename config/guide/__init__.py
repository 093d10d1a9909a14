"""The first steps of an admin: people, segments, data, first scores."""
