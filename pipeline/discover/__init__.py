"""What may be coverage: one module a kind of source, and what becomes of what it lists."""
