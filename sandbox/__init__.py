"""A stand-in NuORDER and a stand-in Lightspeed Retail (R-Series), spoken over real sockets.

The package is written from the published facts about the two services only. It shares no code with the
product it serves as a counterpart for, so that a misreading of either API cannot hide on both sides.

Start it with ``python -m sandbox``; ``python -m sandbox describe`` lists the sample orders.
"""

__all__: list[str] = []
