"""A stored match report as people read it: a table, a page, a file. Pure: from the report's data to text."""
