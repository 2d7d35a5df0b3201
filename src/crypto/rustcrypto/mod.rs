//! The pure Rust provider: for targets without a C compiler, and the independent oracle in tests.
