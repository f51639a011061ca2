"""From result to view: tables, charts, pictures, short errors and exports."""
