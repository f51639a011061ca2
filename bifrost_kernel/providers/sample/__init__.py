"""Real daily prices that come with the package, without a network."""
