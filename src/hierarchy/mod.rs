//! Root, Module and Base keys: policy, states, current-key rule, generate, renew, rotate, revoke (docs/hierarchy.md).
