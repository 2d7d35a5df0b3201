//! The aws-lc based provider, the default.
