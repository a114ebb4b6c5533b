//! Kubernetes' own formats, whatever the kind: quantities, resources, label selectors, images.

mod compute;
mod image;
mod label_selector;
mod quantity;
mod resource;

pub use compute::Compute;
pub use image::{Reference, Version};
pub use label_selector::{LabelSelector, Pods};
pub use quantity::Quantity;
pub use resource::{Amounts, EFA, POD_ENI, Resource, ResourceSet};
