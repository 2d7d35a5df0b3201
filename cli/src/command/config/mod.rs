//! `config …`

pub(crate) mod import;
