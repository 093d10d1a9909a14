"""What changed between two scores of a customer."""
