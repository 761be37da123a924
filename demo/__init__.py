"""The demonstration: everything on one machine, started, driven and ended by a program.

``python -m demo run`` (``make demo``) goes the whole way once. ``up`` and ``down`` start and end the same for a person.
"""
