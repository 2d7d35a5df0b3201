//! The same on what servers use: records in PostgreSQL, master keys on a SoftHSM token.
//!
//! What is left is looked at by programs that are not ours: `psql`, `pkcs11-tool`, and a reader of SoftHSM's files.

mod doctor;
mod failover;
mod kills;
mod look;
mod one_key;
mod place;
mod softhsm;
mod start;
mod transfer;
