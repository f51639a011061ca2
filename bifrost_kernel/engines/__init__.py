"""Pure engines, one for each question a trading platform answers."""
