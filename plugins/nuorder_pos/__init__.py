"""Finalized NuORDER orders become Lightspeed Retail (R-Series) purchase orders: reviewed, and once."""
