"""Thin shells for Airflow: operators, sensor, trigger, hooks, links, retry policy, plugin, provider."""
