"""Make datasets ready, split them, and audit them."""
