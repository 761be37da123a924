"""What the project knows about orders, items and purchase orders. Standard library only; no clock, no network, no database."""
