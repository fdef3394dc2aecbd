"""The variables and the environment that steps see."""
