//! What is asked outside the request: the cluster, where `clusterContext` allows it, and registries
//! of images. Each question is one call of the host; what can't be asked is unknown.

mod claims;
mod get;
mod image_content;

pub use claims::{Claims, EFA_CLASS, claims};
pub use get::{Query, get};
pub use image_content::Inside;
