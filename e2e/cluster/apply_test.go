package cluster

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// example reads a manifest of examples/.
func (c *check) example(name string) string {
	c.Helper()
	text, err := os.ReadFile("../../examples/" + name)
	c.must(err)
	return string(text)
}

// A worker of a training job takes all GPUs of its node and none of its 32 EFA interfaces: it lacks a repair that only adds.
const worker = `
apiVersion: v1
kind: Pod
metadata: {name: worker, labels: {training.kubeflow.org/operator-name: pytorchjob-controller}}
spec:
  nodeSelector: {node.kubernetes.io/instance-type: p5.48xlarge}
  containers:
    - name: pytorch
      image: example.com/train:1
      env: [{name: PET_NNODES, value: "4"}]
      resources: {limits: {nvidia.com/gpu: "8"}}
      volumeMounts: [{name: shm, mountPath: /dev/shm}]
  volumes: [{name: shm, emptyDir: {medium: Memory}}]
`

// Nothing runs it: the CPUs of a g5.xlarge are AMD's.
const hopeless = `
apiVersion: v1
kind: Pod
metadata: {name: hopeless}
spec:
  nodeSelector: {node.kubernetes.io/instance-type: g5.xlarge, kubernetes.io/arch: arm64}
  containers: [{name: c, image: example.com/c:1, resources: {limits: {nvidia.com/gpu: 1}}}]
`

const efa = "{.spec.containers[0].resources.limits.vpc\\.amazonaws\\.com/efa}"

func TestPodThatNothingRuns(t *testing.T) {
	c := on(t, failing, "a pod that nothing runs: `kubectl apply`, client and server side, dry run")
	c.apply(hopeless).refused().says("denied the request", "[node-unsatisfiable]").told()
	c.apply(hopeless, "--server-side").refused().says("[node-unsatisfiable]")
	c.apply(hopeless, "--dry-run=server").refused().says("[node-unsatisfiable]")
	c.apply(hopeless, "--dry-run=client").succeeds().isSilent().told()
	c.create(strings.Replace(hopeless, "name: hopeless", "generateName: hopeless-", 1)).refused().says("[node-unsatisfiable]")
}

func TestExampleOfAWS(t *testing.T) {
	c := on(t, failing, "AWS's example pod, applied from a file")
	c.apply(c.example("aws-example-pod.yaml")).refused().says("[node-unsatisfiable]").told()
	c.apply(c.example("aws-example-pod-repaired.yaml")).succeeds()
}

func TestRepairedPodIsAppliedAgain(t *testing.T) {
	c := on(t, failing, "a pod that is repaired, applied twice: the repair adds, so the second is no change")
	c.apply(worker).succeeds().says("created", "[efa-required]", "fixed:").told()
	// kubectl sends the order of its lists, since the volume of the account has come in between: nothing is written.
	c.apply(worker).succeeds().isSilent().told()
	c.is("pod/worker", "{.metadata.generation}", "1")
	c.is("pod/worker", efa, "32")
}

func TestRepairedPodIsAppliedOnTheServersSide(t *testing.T) {
	c := on(t, failing, "the same with `--server-side`, twice")
	c.apply(worker, "--server-side").succeeds().says("serverside-applied", "fixed:")
	c.apply(worker, "--server-side").succeeds().says("serverside-applied").isSilent().told()
	c.is("pod/worker", "{.metadata.generation}", "1")
}

func TestDryRun(t *testing.T) {
	c := on(t, failing, "`--dry-run=server` shows the repaired pod, and stores nothing")
	said := c.apply(worker, "--dry-run=server", "-o", "jsonpath="+efa).succeeds().says("fixed:", "32")
	c.kubectl("get", "pod/worker").refused().says("NotFound").told()
	said.says("[efa-required]")
}

func TestGenerateName(t *testing.T) {
	c := on(t, failing, "`generateName`: repaired too")
	c.create(strings.Replace(worker, "name: worker", "generateName: worker-", 1)).succeeds().says("fixed:")
	c.is("pods", strings.Replace(efa, "{.", "{.items[0].", 1), "32")
	c.tell("32 × `vpc.amazonaws.com/efa` are stored")
}

func TestFindingIsToldOnce(t *testing.T) {
	c := on(t, failing, "two policies find the same: it is told once")
	two := strings.NewReplacer(", kubernetes.io/arch: arm64", "", "gpu: 1", "gpu: 2").Replace(hopeless)
	said := c.apply(two, "--dry-run=server").succeeds().told()
	if count := strings.Count(said.Text, "[node-unsatisfiable]"); count != 1 {
		c.Fatalf("told %d times", count)
	}
}

func TestLongVariableList(t *testing.T) {
	c := on(t, failing, "a pod of 1 MB is judged and repaired")
	var variables strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&variables, "{name: V%d, value: %s}, ", i, strings.Repeat("v", 1000))
	}
	large := strings.Replace(worker, "env: [", "env: ["+variables.String(), 1)
	c.create(large).succeeds().says("fixed:") // `kubectl apply` has no room for it in its annotation
	c.is("pod/worker", efa, "32")
	c.tell("32 × `vpc.amazonaws.com/efa` are stored")
}

// The table's own columns say it: 16 CPUs, 1536 GiB.
func TestMoreThanATypeHas(t *testing.T) {
	c := on(t, failing, "more CPUs, or more memory, than the type has")
	pod := `
apiVersion: v1
kind: Pod
metadata: {name: large}
spec:
  nodeSelector: {node.kubernetes.io/instance-type: %s}
  containers: [{name: c, image: example.com/c:1, resources: {limits: {%s}}}]
`
	c.apply(fmt.Sprintf(pod, "p5.4xlarge", "nvidia.com/gpu: 1, cpu: 200, memory: 4Gi")).refused().says("p5.4xlarge").told()
	c.apply(fmt.Sprintf(pod, "g6e.48xlarge", "nvidia.com/gpu: 1, cpu: 2, memory: 3000Gi")).refused().says("g6e.48xlarge").told()
}

func TestPodWithoutHardware(t *testing.T) {
	c := on(t, failing, "a pod that names no hardware: the policies are not asked")
	c.unasked(func() {
		c.apply("{apiVersion: v1, kind: Pod, metadata: {name: web}, spec: {containers: [{name: web, image: example.com/web:1}]}}").succeeds().told()
	})
}
