//! The client's handle: certificates in, envelopes out; no store, no token.
