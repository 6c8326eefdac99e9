//! A stack <-> AWS: what is there, what has to change, and changing it.

#[cfg_attr(not(test), expect(dead_code, reason = "nothing registers or describes yet"))]
mod convert;
pub mod diff;
