"""Word embeddings, trained or pretrained, as document features; cluster features and clusterers."""
