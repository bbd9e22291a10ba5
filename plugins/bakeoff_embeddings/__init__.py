"""Word embeddings trained here or elsewhere, document features made of them, and clustering."""
