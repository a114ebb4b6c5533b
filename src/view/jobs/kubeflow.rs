//! The jobs of Kubeflow's Training Operator and of the MPI Operator.
//!
//! Source: kubeflow/trainer (release-1.9) pkg/apis/kubeflow.org/v1; kubeflow/mpi-operator pkg/apis.

use super::{Kind, Made, Replicas};
use crate::json::{self, Fields, Map, Read, Reader, Slot, Text};

/// The replicas of Kubeflow's jobs, by role.
pub(super) fn read<'a>(made: &mut Made<'a>, reader: &mut Reader<'a>) -> json::Result<()> {
    let job: KubeflowJob<'a> = made.spec(reader)?;
    let KubeflowJob { field, replicas, run_launcher_as_worker } = job;
    let mpi = made.kind == Kind::MpiJob;
    let is = |role: &str, name: &str| role.eq_ignore_ascii_case(name);
    // Parameter servers and evaluators take no part in the collectives; a launcher of MPI can.
    let takes_part = |role: &str| match mpi {
        true => is(role, "Worker") || (run_launcher_as_worker && is(role, "Launcher")),
        false => ["Chief", "Master", "Worker"].iter().any(|name| is(role, name)),
    };
    let count = |role: &Text<'_>, set: &Replicas<'_>| {
        let absent = u64::from(!(mpi && is(role, "Worker")));
        // `elasticPolicy.maxReplicas` is only a bound; it doesn't show how many there are.
        set.replicas.0.unwrap_or(absent)
    };
    let taking_part = replicas.0.iter().filter(|(role, _)| takes_part(role));
    let nodes = taking_part.map(|(role, set)| count(role, set)).fold(0, u64::saturating_add);
    for (role, set) in replicas.0 {
        let place = json::join(&format!("/spec/{field}"), &role) + "/template/spec";
        let is_helper = !takes_part(&role);
        made.push(set.template, place, Some(nodes), is_helper);
    }
    Ok(())
}

/// Any of Kubeflow's jobs: each has a field of its own for its replicas.
#[derive(Default)]
struct KubeflowJob<'a> {
    field: &'static str,
    replicas: Map<'a, Replicas<'a>>,
    run_launcher_as_worker: bool,
}

const REPLICA_SPECS: [&str; 6] = [
    "jaxReplicaSpecs",
    "mpiReplicaSpecs",
    "paddleReplicaSpecs",
    "pytorchReplicaSpecs",
    "tfReplicaSpecs",
    "xgbReplicaSpecs",
];

json::read_as! { Object: KubeflowJob<'a> }

impl<'a> Fields<'a> for KubeflowJob<'a> {
    fn field(&mut self, _: &'static str, key: &str) -> Slot<'_, 'a> {
        if key == "runLauncherAsWorker" {
            return self.run_launcher_as_worker.slot();
        }
        let Some(field) = REPLICA_SPECS.iter().find(|field| **field == key) else {
            return Slot::Unread;
        };
        self.field = field;
        self.replicas.slot()
    }
}
