"""Speed, as ratios within one run; each module prints rows of (what, value, unit)."""
