//! The PKCS#12 key file (docs/key-file.md).
