package cluster

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"cluster/fixture"
)

// looking is the pair of policies where they may look at the cluster, with the settings of e2e/cases/cluster.
var looking = fixture.Installation{
	Name: "cluster context", Files: []string{"mutating-policy.yml", "validating-policy.yml"},
	Settings: map[string]any{"clusterContext": true, "provisioning": "karpenter", "accelerators": map[string]any{"whole": true}},
}

// A pod that no NodePool of examples/cluster makes: `gpu` has g5, g6 and g6e.
const p5OfInference = `
apiVersion: v1
kind: Pod
metadata: {name: p5}
spec:
  nodeSelector: {example.com/team: inference, karpenter.k8s.aws/instance-family: p5}
  tolerations: [{key: nvidia.com/gpu, operator: Exists}]
  containers: [{name: c, image: example.com/c:1, resources: {limits: {nvidia.com/gpu: 8}}}]
`

// TestContext has steps that build on each other: rights are given, then a NodePool changes.
func TestContext(t *testing.T) {
	c := on(t, looking, "`clusterContext: true` without the rights of cluster-context-rbac.yml: a pod does not pass in silence")
	for _, file := range []string{"cni.yaml", "nodeclasses.yaml", "nodepools.yaml", "overlays.yaml"} {
		c.send(c.example("cluster/"+file), "--namespace=", "apply", "-f", "-").succeeds()
	}
	// The policy says what it could not read. A policy-server that waits for a list which it may not have never gets to
	// that: then the API server gives up, and says so.
	said := c.apply(p5OfInference, "--dry-run=server").told()
	if !strings.Contains(said.Text, "list `nodepools`") && !strings.Contains(said.Text, "failed calling webhook") {
		c.Fatalf("in silence:\n%s", said.Text)
	}
	rights, err := os.ReadFile("../../policy-settings/cluster-context-rbac.yml")
	c.must(err)
	c.send(string(rights), "--namespace=", "apply", "-f", "-").succeeds()

	c.also("with the rights: a pod that no NodePool makes is refused, and the nearest is named")
	c.eventually(func() fixture.Answer { return c.apply(p5OfInference, "--dry-run=server").Answer }, "no NodePool fits the pod: the nearest, `gpu`").told()

	c.also("the cases of e2e/cases/cluster, each with the objects of examples/cluster: answered as recorded")
	c.recorded()

	c.also("a NodePool takes p5 too: the same pod is admitted")
	c.kubectl("patch", "nodepool/gpu", "--type=json", "-p",
		`[{"op": "replace", "path": "/spec/template/spec/requirements/0/values", "value": ["g5", "g6", "g6e", "p5"]}]`).succeeds()
	c.eventually(func() fixture.Answer { return c.apply(p5OfInference, "--dry-run=server").Answer }, "pod/p5 created (server dry run)").told()
}

// eventually repeats a question until the answer says the text: policy-server follows the cluster by watching it.
func (c *check) eventually(ask func() fixture.Answer, text string) answer {
	c.Helper()
	var said fixture.Answer
	c.await(text, func() error {
		if said = ask(); !strings.Contains(said.Text, text) {
			return fmt.Errorf("%s", said.Text)
		}
		return nil
	})
	return answer{c, said}
}

// recorded is an error where a case of e2e/cases/cluster is answered differently than its response.json says.
func (c *check) recorded() {
	c.Helper()
	cases, err := filepath.Glob("../cases/cluster/*/response.json")
	c.must(err)
	for _, file := range cases {
		folder := filepath.Dir(file)
		object, err := os.ReadFile(folder + "/object.json")
		c.must(err)
		text, err := os.ReadFile(file)
		c.must(err)
		var wanted struct {
			Allowed  bool
			Status   struct{ Message string }
			Warnings []string
		}
		c.must(json.Unmarshal(text, &wanted))
		said := c.send(string(object), "--namespace=", "create", "--dry-run=server", "-f", "-")
		if said.Failed == wanted.Allowed || !strings.HasSuffix(said.Text, wanted.Status.Message) {
			c.Errorf("%s: %s\nrecorded: %s", filepath.Base(folder), said.Text, text)
		}
		var warnings []string
		for _, line := range strings.Split(said.Text, "\n") {
			if warning, is := strings.CutPrefix(line, "Warning: ["); is {
				warnings = append(warnings, "["+warning)
			}
		}
		if !slices.Equal(warnings, wanted.Warnings) {
			c.Errorf("%s: warnings %q\nrecorded: %q", filepath.Base(folder), warnings, wanted.Warnings)
		}
	}
	c.tell("%d of %d", len(cases), len(cases))
}
