"""Draw charts and pictures as inline SVG, and describe what one trial predicted."""
