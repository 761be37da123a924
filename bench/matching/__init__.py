"""How good matching is: labelled cases by seed, judged by what was written down while they were made. Never a test.

The generator knows nothing of the matcher: not its rules, not its words, not its arithmetic.
"""
