package cluster

import (
	"fmt"
	"strings"
	"testing"
)

func TestWhatIsNeverAsked(t *testing.T) {
	c := on(t, failing, "of a pod with a fault from before the policy: labels, image, status, ephemeral containers, resize, binding, eviction, deletion are not asked about")
	old := strings.Replace(worker, "{limits: {", `{limits: {cpu: "1", `, 1)
	c.before(2, old, strings.Replace(old, "name: worker", "name: other", 1))
	c.awaitPods(2, "Running", ".status.phase")
	c.unasked(func() {
		c.kubectl("label", "pod/worker", "team=a").succeeds().told()
		c.kubectl("set", "image", "pod/worker", "pytorch=example.com/train:2").succeeds()
		c.kubectl("debug", "pod/worker", "--image=example.com/debug:1", "--attach=false", "--profile=general").succeeds()
		c.kubectl("patch", "pod/worker", "--subresource=status", "--type=merge", "-p", `{"status": {"message": "m"}}`).succeeds()
		c.kubectl("patch", "pod/worker", "--subresource=resize", "-p", `{"spec": {"containers": [{"name": "pytorch", "resources": {"requests": {"cpu": "2"}, "limits": {"cpu": "2"}}}]}}`).succeeds().told()
		eviction := `{"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "other", "namespace": "` + c.namespace + `"}}`
		c.send(eviction, "create", "--raw", "/api/v1/namespaces/"+c.namespace+"/pods/other/eviction", "-f", "-").succeeds()
		c.kubectl("delete", "pod/worker").succeeds().told()
	})
}

func TestOldWorkloads(t *testing.T) {
	c := on(t, failing, "workloads with a fault from before the policy take labels, scale, and go: not asked about")
	kinds := []string{"deployment", "statefulset", "replicaset"}
	c.before(5, workload("Deployment", hopelessSpec), workload("StatefulSet", hopelessSpec),
		strings.Replace(workload("ReplicaSet", hopelessSpec), "app: made", "app: alone", -1))
	c.unasked(func() {
		for _, kind := range kinds {
			c.kubectl("label", kind+"/made", "team=a").succeeds()
			c.kubectl("scale", kind+"/made", "--replicas=1").succeeds()
		}
		for _, kind := range kinds {
			c.kubectl("delete", kind+"/made").succeeds()
		}
	})
	c.tell("9 commands succeed, and no call")
}

func TestOldDeploymentTakesANewImage(t *testing.T) {
	c := on(t, failing, "a Deployment from before the policy takes a new image, with a warning; its new ReplicaSet is not in the way")
	c.before(2, workload("Deployment", exampleSpec))
	c.kubectl("set", "image", "deployment/made", "c=example.com/c:2").succeeds().says("[bandwidth-value]").told()
	c.await("the new ReplicaSet has pods", func() error {
		said := cluster.Kubectl("", "-n", c.namespace, "get", "replicasets", "-o",
			`jsonpath={range .items[?(@.spec.template.spec.containers[0].image=="example.com/c:2")]}{.status.replicas}{end}`)
		if said.Failed || said.Text != "2" {
			return fmt.Errorf("it has %q", said.Text)
		}
		return nil
	})
	c.repaired(2)
	c.kubectl("rollout", "status", "deployment/made", "--timeout=60s").succeeds().told()
}

func TestReplicaSetOfAnOldDeployment(t *testing.T) {
	c := on(t, failing, "the ReplicaSet of a Deployment from before the policy comes, though nothing runs its pods: the Deployment has been judged")
	c.before(2, workload("Deployment", hopelessSpec))
	c.kubectl("set", "image", "deployment/made", "c=example.com/c:2").succeeds().says("Warning: [node-unsatisfiable]").told()
	c.await("the new ReplicaSet", func() error {
		said := cluster.Kubectl("", "-n", c.namespace, "get", "replicasets", "-o", "jsonpath={.items[*].spec.template.spec.containers[0].image}")
		if !strings.Contains(said.Text, "example.com/c:2") {
			return fmt.Errorf("images: %s", said.Text)
		}
		return nil
	})
}

func TestNewFaultInAnUpdate(t *testing.T) {
	c := on(t, failing, "an update that makes a good template hopeless is refused, an old fault is a warning")
	c.apply(workload("Deployment", webSpec)).succeeds()
	c.apply(workload("Deployment", hopelessSpec)).refused().says("[node-unsatisfiable]").told()
	c.before(2+1, strings.ReplaceAll(workload("StatefulSet", hopelessSpec), "made", "old"))
	c.kubectl("set", "image", "statefulset/old", "c=example.com/c:2").succeeds().says("Warning: [node-unsatisfiable]").told()
}

func TestGatedPod(t *testing.T) {
	c := on(t, failing, "a gated pod takes its nodes later, as with Kueue: judged when its last gate goes")
	pod := `{apiVersion: v1, kind: Pod, metadata: {name: gated}, spec: {schedulingGates: [{name: example.com/quota}], containers: [{name: c, image: "example.com/c:1", resources: {limits: {nvidia.com/gpu: 1}}}]}}`
	c.create(pod).succeeds()
	c.unasked(func() {
		c.kubectl("patch", "pod/gated", "--type=merge", "-p", `{"spec": {"nodeSelector": {"node.kubernetes.io/instance-type": "g5.xlarge", "kubernetes.io/arch": "arm64"}}}`).succeeds()
	})
	c.kubectl("patch", "pod/gated", "--type=json", "-p", `[{"op": "remove", "path": "/spec/schedulingGates"}]`).
		refused().says("[node-unsatisfiable]").told()
}

func TestObjectOfMoreThanAMegabyte(t *testing.T) {
	c := on(t, failing, "a PyTorchJob of 1.2 MB: created and judged; an update of it is over policy-server's limit, and passes")
	long := strings.Replace(workload("PyTorchJob", hopelessSpec), "metadata: {", "metadata: {annotations: {notes: "+strings.Repeat("n", 200_000)+"}, ", 1)
	long = strings.Replace(long, "spec: {pytorch", "spec: {notes: "+strings.Repeat("n", 1_000_000)+", pytorch", 1)
	c.create(long).refused().says("[node-unsatisfiable]")
	fits := strings.Replace(long, "arm64", "amd64", 1)
	c.create(fits).succeeds().told()
	c.unasked(func() { c.kubectl("label", "pytorchjob/made", "team=a").succeeds() })
	hopeless := `[{"op": "replace", "path": "/spec/pytorchReplicaSpecs/Worker/template/spec/nodeSelector/kubernetes.io~1arch", "value": "arm64"}]`
	c.kubectl("patch", "pytorchjob/made", "--type=json", "-p", hopeless).succeeds().told()
	c.kubectl("delete", "pytorchjob/made").succeeds()
}

func TestAuditPolicies(t *testing.T) {
	c := on(t, failing, "audit-policy.yml: the API server never asks its policies, in all of these checks")
	c.apply(hopeless).refused()
	all, err := cluster.Asked("")
	c.must(err)
	audits, err := cluster.Asked("audit")
	c.must(err)
	if audits > 0 || all == 0 {
		c.Fatalf("%d of %d calls are theirs", audits, all)
	}
	c.tell("0 of %d calls", all)
}
