"""The two APIs as Python calls: NuORDER and Lightspeed Retail. The only room that knows HTTP."""
