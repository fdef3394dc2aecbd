"""The workflow language: text -> workflow or problems, and the pure rules of its values, texts and items."""
