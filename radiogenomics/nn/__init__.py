"""Torch modules and training; the only package that imports torch."""
