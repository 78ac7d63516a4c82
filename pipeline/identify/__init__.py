"""Which articles and texts are the same: URLs, copies, stories."""
