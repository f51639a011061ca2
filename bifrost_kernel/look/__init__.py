"""One visual language: colour tokens, style sheets, number and time formats."""
