"""Surfaces that draw themselves line by line from the view-model."""
