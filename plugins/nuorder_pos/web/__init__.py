"""The merchant's desk: pages and a JSON API inside Airflow's UI. Knows nothing of Airflow; ``airflow.web`` puts it in."""
