//! The kinds that the policy checks, listed only here. Tests compare metadata.yml, the manifests and the
//! documents with this list.

/// Declares the kinds that the policy checks: API group, kind, and the plural that webhooks use.
macro_rules! kinds {
    ($($group:literal $name:literal $plural:literal $kind:ident)*) => {
        /// A kind that the policy checks.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Kind {
            $(#[doc = concat!("`", $name, "` of `", $group, "`")] $kind,)*
        }

        /// Group, name, plural, kind.
        pub const KINDS: &[(&str, &str, &str, Kind)] = &[$(($group, $name, $plural, Kind::$kind),)*];
    };
}

kinds! {
    "" "ConfigMap" "configmaps" ConfigMap
    "" "Pod" "pods" Pod
    "" "PodTemplate" "podtemplates" PodTemplate
    "" "ReplicationController" "replicationcontrollers" ReplicationController
    "apps" "DaemonSet" "daemonsets" DaemonSet
    "apps" "Deployment" "deployments" Deployment
    "apps" "ReplicaSet" "replicasets" ReplicaSet
    "apps" "StatefulSet" "statefulsets" StatefulSet
    "batch" "CronJob" "cronjobs" CronJob
    "batch" "Job" "jobs" Job
    "batch.volcano.sh" "Job" "jobs" VolcanoJob
    "crd.k8s.amazonaws.com" "ENIConfig" "eniconfigs" EniConfig
    "disaggregatedset.x-k8s.io" "DisaggregatedSet" "disaggregatedsets" DisaggregatedSet
    "eks.amazonaws.com" "NodeClass" "nodeclasses" AutoModeNodeClass
    "jobset.x-k8s.io" "JobSet" "jobsets" JobSet
    "karpenter.k8s.aws" "EC2NodeClass" "ec2nodeclasses" Ec2NodeClass
    "karpenter.sh" "NodeOverlay" "nodeoverlays" NodeOverlay
    "karpenter.sh" "NodePool" "nodepools" NodePool
    "kubeflow.org" "JAXJob" "jaxjobs" JaxJob
    "kubeflow.org" "MPIJob" "mpijobs" MpiJob
    "kubeflow.org" "PaddleJob" "paddlejobs" PaddleJob
    "kubeflow.org" "PyTorchJob" "pytorchjobs" PyTorchJob
    "kubeflow.org" "TFJob" "tfjobs" TfJob
    "kubeflow.org" "XGBoostJob" "xgboostjobs" XgBoostJob
    "leaderworkerset.x-k8s.io" "LeaderWorkerSet" "leaderworkersets" LeaderWorkerSet
    "nvidia.com" "DynamoGraphDeployment" "dynamographdeployments" DynamoGraphDeployment
    "ray.io" "RayCluster" "rayclusters" RayCluster
    "ray.io" "RayCronJob" "raycronjobs" RayCronJob
    "ray.io" "RayJob" "rayjobs" RayJob
    "ray.io" "RayService" "rayservices" RayService
    "resource.k8s.io" "ResourceClaim" "resourceclaims" ResourceClaim
    "resource.k8s.io" "ResourceClaimTemplate" "resourceclaimtemplates" ResourceClaimTemplate
    "sagemaker.amazonaws.com" "HyperPodPyTorchJob" "hyperpodpytorchjobs" HyperPodPyTorchJob
    "serving.kserve.io" "LLMInferenceService" "llminferenceservices" LlmInferenceService
    "trainer.kubeflow.org" "ClusterTrainingRuntime" "clustertrainingruntimes" ClusterTrainingRuntime
    "trainer.kubeflow.org" "TrainJob" "trainjobs" TrainJob
    "trainer.kubeflow.org" "TrainingRuntime" "trainingruntimes" TrainingRuntime
}

impl Kind {
    /// The kind of this API group and name; the version does not matter.
    pub fn of(group: &str, kind: &str) -> Option<Self> {
        // Shortcut for most requests, which are about pods.
        if group.is_empty() && kind == "Pod" {
            return Some(Self::Pod);
        }
        let known = KINDS.iter().find(|(of, name, ..)| *of == group && *name == kind);
        known.map(|(.., kind)| *kind)
    }

    /// The name of the kind.
    pub fn name(self) -> &'static str {
        KINDS.iter().find(|(.., kind)| *kind == self).map_or("", |(_, name, ..)| name)
    }

    /// `true` if objects of the kind are repaired, not only checked.
    pub fn is_mutated(self) -> bool {
        matches!(self, Self::Pod | Self::DaemonSet)
    }

    /// `true` if objects of the kind make pods, so that only pods are read of them.
    pub fn makes_pods(self) -> bool {
        !matches!(
            self,
            Self::AutoModeNodeClass
                | Self::ConfigMap
                | Self::Ec2NodeClass
                | Self::EniConfig
                | Self::NodeOverlay
                | Self::NodePool
                | Self::Pod
                | Self::ResourceClaim
                | Self::ResourceClaimTemplate
        )
    }

    /// `true` if objects of the kind are jobs that train, or are as tightly coupled.
    pub fn trains(self) -> bool {
        matches!(
            self,
            Self::ClusterTrainingRuntime
                | Self::HyperPodPyTorchJob
                | Self::JaxJob
                | Self::MpiJob
                | Self::PaddleJob
                | Self::PyTorchJob
                | Self::TfJob
                | Self::TrainJob
                | Self::TrainingRuntime
                | Self::XgBoostJob
        )
    }

    /// `true` if objects of the kind serve.
    pub fn serves(self) -> bool {
        matches!(self, Self::DynamoGraphDeployment | Self::LlmInferenceService | Self::RayService)
    }

    /// `true` if objects of the kind leave most of their pods' spec to another object, or to an
    /// operator's own templates, so that a missing field proves nothing.
    pub fn is_partial(self) -> bool {
        matches!(
            self,
            Self::ClusterTrainingRuntime
                | Self::LlmInferenceService
                | Self::TrainJob
                | Self::TrainingRuntime
        )
    }
}
