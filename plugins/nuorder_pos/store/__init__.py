"""The project's own database: the only room that knows SQLAlchemy. Runs on Postgres and on SQLite."""
