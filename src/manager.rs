//! The server's handle: composes the rooms, adds no cryptography.
