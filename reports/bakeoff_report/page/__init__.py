"""Render sections as HTML, and write the page and the files beside it."""
