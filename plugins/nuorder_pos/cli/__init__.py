"""The command line ``nuorder-pos``: every verb for people (a table) and for machines (``--json``)."""
