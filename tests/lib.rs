//! The one integration binary: a file a capability.

mod diagnostics;
