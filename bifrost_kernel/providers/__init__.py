"""Sources of bars: sample, file, frame, yahoo, synthetic."""
