//! The embedded store: one SQLite file with the tables of the MOSIP database (docs/storage.md).
