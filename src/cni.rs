//! The VPC CNI: its DaemonSet, its configuration for Windows, and how it reads both.

mod daemon_set;
mod mode;
mod names;
mod start;
mod variable;
mod windows;

pub use daemon_set::DaemonSet;
pub use mode::mode;
pub use names::*;
pub use start::{Refused, refused, refuses_targets};
pub use variable::{Switch, Variable};
pub use windows::Windows;
