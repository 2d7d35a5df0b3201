//! AES-256-GCM from `aes`, `ctr` and `ghash`: incremental, any nonce length (SP 800-38D).
