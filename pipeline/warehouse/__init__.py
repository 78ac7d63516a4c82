"""The warehouse: PostgreSQL, one module a family of tables; the statements are in `sql/queries/`."""
