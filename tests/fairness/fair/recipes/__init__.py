"""Recipes by kind of data: plain functions that import the libraries alone."""
