//! Progress of long work, and its cancellation.
