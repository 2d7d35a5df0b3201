//! Configuration: keymanager.toml, and what a Java deployment's properties mean in it.
