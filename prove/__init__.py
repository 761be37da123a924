"""The proof that an approved order becomes one purchase order, whatever goes wrong: ``python -m prove``."""
