"""Simulators: wishes and bars in, orders, fills and nav out."""
