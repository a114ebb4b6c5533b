package cluster

// waiting are the good pods that no node of the checks runs, by what they wait for. A pod that is neither here nor
// placed is a failure, and so is one that is here and placed.
var waiting = map[string][]string{
	"a node of EKS Auto Mode": {
		"good/auto-mode/daemonset-off-auto-nodes.yaml#0", "good/auto-mode/game-2048-deployment.yaml#0",
		"good/auto-mode/memory-optimised-pod.yaml#0", "good/auto-mode/nvidia-smi-pod.yaml#0",
		"good/auto-mode/training-pod-efa-p5.yaml#0",
	},
	"a node outside EC2": {
		"good/hybrid/cilium-on-hybrid-nodes.yaml#0", "good/hybrid/nodes-without-an-instance-type.yaml#0",
		"good/hybrid/sixteen-gpus-on-premises.yaml#0", "good/hybrid/vllm-on-premises.yaml#0",
	},
	"a type as HyperPod names it": {
		"good/hyperpod/health-monitoring-agent.yaml#0", "good/hyperpod/inference-operator-pod-g5.yaml#0",
		"good/hyperpod/kubeflow-worker-trn2.yaml#0", "good/hyperpod/pytorch-job-p5.yaml#0",
	},
	"Windows": {
		"good/windows/ebs-csi-node-windows.yaml#0", "good/windows/gmsa-sql-pod.yaml#0", "good/windows/gpu-directx-pod.yaml#0",
		"good/windows/iis-deployment.yaml#0", "good/windows/iis-pod.yaml#0",
	},
	"a label of the cluster's own, or of an agent": {
		"good/inference/mig-mixed-strategy-h100.yaml#0", "good/inference/time-slicing-gpu-one-of-many.yaml#0",
		"good/inference/time-slicing-gpu-shared.yaml#0", "good/inference/triton-pod-mig-1g-5gb.yaml#0",
		"good/managed-node-groups/placement-group-topology-pod.yaml#0", "good/other/labels-of-the-cluster-own.yaml#0",
		"good/system/gpu-operator-toolkit.yaml#0", "good/system/nvidia-device-plugin.yaml#0",
	},
	"a node, node group or NodePool by its name": {
		"good/inference/vllm-pod-karpenter-single-gpu.yaml#0", "good/managed-node-groups/cluster-autoscaler.yaml#0",
		"good/managed-node-groups/gpu-pod-by-node-group.yaml#0", "good/other/daemonset-controller-pod.yaml#0",
		"good/training/raycluster-p5e.yaml#0",
	},
	"spot or reserved capacity, or another zone": {
		"good/jobs/argo-workflow-preprocess-pod.yaml#0", "good/karpenter/pod-capacity-reservation-and-tenancy.yaml#0",
		"good/managed-node-groups/training-pod-capacity-block-label.yaml#0", "good/training/mpi-worker-pod-p4de.yaml#0",
	},
	"a type of which the table does not know the CPUs": {
		"good/inference/trn2-3xlarge.yaml#0", "good/managed-node-groups/beta-labels-pod.yaml#0",
		"good/other/type-known-by-bandwidth-only.yaml#0", "good/other/type-newer-than-the-table.yaml#0",
	},
	"a device that the table does not count: Gaudi, Neuron cores, part of a GPU": {
		"good/inference/fractional-gpu-g6f.yaml#0", "good/inference/inf2-xlarge-neuroncores.yaml#0",
		"good/training/gaudi-dl1-pod.yaml#0", "good/training/trn1n-neuroncores-pod.yaml#0",
	},
}

// wrapped is denied, and placed all the same: kube-scheduler counts in 64 bits with a sign, and 2⁶⁴-1 EFA interfaces
// are less than none. No kubelet admits it.
const wrapped = "cases/efa-count/more-than-any-number#0"
