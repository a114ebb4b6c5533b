//! Questions outside the request: to the cluster, if `clusterContext` allows it, and to registries of
//! images. Each question is asked once per request; what can't be asked is unknown.

mod ask;
mod claims;
mod device_class;
mod image_content;
mod karpenter;
mod plugins;

pub use ask::{Cluster, Query};
pub use claims::{Claimed, Claims, asked, claimed, claims};
pub use device_class::{EFA_CLASS, GPU_CLASS};
pub use image_content::Inside;
pub use karpenter::{Overlay, Pool, Required, State, class, overlays, pools, state};
pub use plugins::{EFA_PLUGIN, efa_plugins};
