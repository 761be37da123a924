"""The stand-in NuORDER: OAuth 1 in two schemes, orders, products, product images."""
