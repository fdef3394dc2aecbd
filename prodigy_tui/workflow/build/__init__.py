"""Nodes -> the workflow: which form every node has, one builder for each part of a file."""
