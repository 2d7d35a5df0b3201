//! Master backends in memory with capability switches, and the conformance suite for any backend.
//!
//! [`SoftwareMaster`] keeps its keys in memory. Its switches make it a backend that offers raw RSA only, OAEP only, or
//! no AES, so that what stands above a backend meets each of them. [`HostShaped`] puts any backend behind calls by
//! value on another thread, as a foreign language makes them.

mod host;
mod memory;
mod suite;

pub use host::HostShaped;
pub use memory::{SoftwareMaster, SoftwareMasterOptions};
pub use suite::conformance;
