"""Sharing agent providers and money: who may start, who waits, who is told what."""
