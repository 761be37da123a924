"""Figures of speed and cost, as ratios to something measured in the same run. Never a test."""
