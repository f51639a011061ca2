"""Made-up bars: seeded, on real sessions, always labelled."""
