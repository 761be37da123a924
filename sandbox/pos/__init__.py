"""The stand-in Lightspeed Retail (R-Series): OAuth 2, API V3, limiter, back office."""
