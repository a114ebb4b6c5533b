package cluster

import (
	"fmt"
	"strings"
	"testing"
)

// Specs of pods, for templates. AWS's example is repaired in the pods, since nobody applies those from a file.
const (
	exampleSpec  = `{nodeSelector: {karpenter.k8s.aws/instance-network-bandwidth: "100000", node.kubernetes.io/instance-type: p5.48xlarge}, containers: [{name: c, image: "example.com/c:1", resources: {limits: {vpc.amazonaws.com/efa: 1}}}]}`
	hopelessSpec = `{nodeSelector: {node.kubernetes.io/instance-type: g5.xlarge, kubernetes.io/arch: arm64}, containers: [{name: c, image: "example.com/c:1", resources: {limits: {nvidia.com/gpu: 1}}}]}`
	webSpec      = `{containers: [{name: c, image: "example.com/c:1"}]}`
)

// workload is an object of the kind, named `made`, whose pods have the spec.
func workload(kind, spec string) string {
	once := strings.Replace(spec, "{", "{restartPolicy: Never, ", 1)
	template := `{metadata: {labels: {app: made}}, spec: ` + spec + `}`
	switch kind {
	case "Job":
		return `{apiVersion: batch/v1, kind: Job, metadata: {name: made}, spec: {parallelism: 2, completions: 2, template: {spec: ` + once + `}}}`
	case "CronJob":
		return `{apiVersion: batch/v1, kind: CronJob, metadata: {name: made}, spec: {schedule: "@daily", jobTemplate: {spec: {template: {spec: ` + once + `}}}}}`
	case "PyTorchJob":
		return `{apiVersion: kubeflow.org/v1, kind: PyTorchJob, metadata: {name: made}, spec: {pytorchReplicaSpecs: {Worker: {replicas: 2, template: {spec: ` + spec + `}}}}}`
	case "DaemonSet":
		return `{apiVersion: apps/v1, kind: DaemonSet, metadata: {name: made}, spec: {selector: {matchLabels: {app: made}}, template: ` + template + `}}`
	default: // Deployment, StatefulSet, ReplicaSet
		return `{apiVersion: apps/v1, kind: ` + kind + `, metadata: {name: made}, spec: {replicas: 2, selector: {matchLabels: {app: made}}, template: ` + template + `}}`
	}
}

// minimum is where a repaired pod of the example says which nodes it may be put on.
const minimum = `.spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpressions[0].operator`

// repaired is an error where a pod has the exact bandwidth still.
func (c *check) repaired(count int) {
	c.Helper()
	for _, pod := range c.awaitPods(count, "Running", minimum) {
		if !strings.HasSuffix(pod, "=Gt") {
			c.Fatalf("not repaired: %s", pod)
		}
	}
}

func TestJobWhosePodsAreRepaired(t *testing.T) {
	c := on(t, failing, "a Job of AWS's example is admitted, and its pods are repaired and run")
	c.apply(workload("Job", exampleSpec)).succeeds().says("[bandwidth-value]").told()
	c.repaired(2)
	c.tell("2 pods run, each with `Gt` in place of the exact value")
}

func TestDeploymentWhosePodsAreRepaired(t *testing.T) {
	c := on(t, failing, "a Deployment of it: the same")
	c.apply(workload("Deployment", exampleSpec)).succeeds().says("[bandwidth-value]").told()
	c.repaired(2)
	c.kubectl("rollout", "status", "deployment/made", "--timeout=60s").succeeds().told()
}

func TestDaemonSetThatCannotBeRepaired(t *testing.T) {
	c := on(t, failing, "a DaemonSet of it is refused: its pods are not asked about, and what is applied from a file is only added to")
	c.apply(workload("DaemonSet", exampleSpec)).refused().says("[node-unsatisfiable]").told()
}

func TestTemplatesThatNothingRuns(t *testing.T) {
	c := on(t, failing, "templates that nothing runs: all kinds are refused as they are applied")
	for _, kind := range []string{"Deployment", "StatefulSet", "ReplicaSet", "CronJob", "PyTorchJob"} {
		c.apply(workload(kind, hopelessSpec)).refused().says("[node-unsatisfiable]")
	}
	c.apply(workload("Job", hopelessSpec)).refused().says("[node-unsatisfiable]").told()
}

func TestDeploymentWithoutHardware(t *testing.T) {
	c := on(t, failing, "a Deployment that names no hardware: neither it nor its ReplicaSet nor its pods are asked about")
	c.unasked(func() {
		c.apply(workload("Deployment", webSpec)).succeeds()
		c.kubectl("rollout", "status", "deployment/made", "--timeout=60s").succeeds().told()
	})
}

// What a pod that a controller makes is refused for, only the controller hears: it tells it in events.
func TestControllerHearsARefusal(t *testing.T) {
	c := on(t, failing, "a pod that a controller makes is refused: an event says it")
	c.before(0, strings.Replace(workload("ReplicaSet", hopelessSpec), "replicas: 2", "replicas: 0", 1))
	c.kubectl("scale", "replicaset/made", "--replicas=1").succeeds().isSilent()
	c.await("the event", func() error {
		said := c.kubectl("get", "events", "--field-selector=reason=FailedCreate", "-o", "jsonpath={.items[*].message}")
		if !strings.Contains(said.Text, "[node-unsatisfiable]") {
			return fmt.Errorf("%s", said.Text)
		}
		answer{c, said.Answer}.told()
		return nil
	})
}
