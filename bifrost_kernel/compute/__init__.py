"""The machine beneath: its clock, its chance, and later its cores and clusters."""
