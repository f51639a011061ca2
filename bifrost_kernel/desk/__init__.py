"""What a person holds: verbs that return results which show themselves."""

from bifrost_kernel.desk.desk import Desk, open_desk

__all__ = ["Desk", "open_desk"]
