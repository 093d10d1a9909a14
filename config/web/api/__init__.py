"""The REST API under /api/v1/: what it reads, what each resource checks at the door, how lists are walked."""
