"""The brands file: which brands are read from NuORDER, and into which POS account their orders go."""

from nuorder_pos.config.model import AccountConfig, AutoApprove, BrandConfig, BrandsFile, dag_id_of
from nuorder_pos.config.read import brands_path, load_brands

__all__ = [
    "AccountConfig",
    "AutoApprove",
    "BrandConfig",
    "BrandsFile",
    "brands_path",
    "dag_id_of",
    "load_brands",
]
