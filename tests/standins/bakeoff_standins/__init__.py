"""Small components for tests: quick ones, and ones that misbehave in every way."""
