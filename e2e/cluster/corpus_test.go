package cluster

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"
)

// specimen is a pod of the project's corpus, or one that an object of it makes.
type specimen struct {
	name string // its file, from e2e/ on
	pod  *core.Pod
}

// specimens are the pods of e2e/cases and e2e/good that wait for nothing but a node.
func (c *check) specimens() []specimen {
	c.Helper()
	var found []specimen
	for _, pattern := range []string{"../cases/*/*/object.json", "../good/*/*.yaml"} {
		files, err := filepath.Glob(pattern)
		c.must(err)
		for _, file := range files {
			text, err := os.ReadFile(file)
			c.must(err)
			var object map[string]any
			decode := json.Unmarshal
			if filepath.Ext(file) == ".yaml" {
				decode = func(text []byte, to any) error { return yaml.Unmarshal(text, to) }
			}
			c.must(decode(text, &object))
			name := strings.TrimSuffix(strings.TrimPrefix(file, "../"), "/object.json")
			for i, pod := range podsOf(object) {
				if waitsForANode(pod) {
					found = append(found, specimen{fmt.Sprintf("%s#%d", name, i), bare(pod)})
				}
			}
		}
	}
	return found
}

// podsOf are the pods in an object: itself, or what its templates say, wherever they are. What is no pod by the types
// of Kubernetes can't be stored either, and is left out.
func podsOf(value any) []*core.Pod {
	var pods []*core.Pod
	switch value := value.(type) {
	case []any:
		for _, one := range value {
			pods = append(pods, podsOf(one)...)
		}
	case map[string]any:
		spec, _ := value["spec"].(map[string]any)
		if _, has := spec["containers"].([]any); has {
			pod := &core.Pod{}
			text, err := json.Marshal(value)
			if err == nil && json.Unmarshal(text, pod) == nil {
				pods = append(pods, pod)
			}
			return pods
		}
		for _, key := range sorted(value) {
			pods = append(pods, podsOf(value[key])...)
		}
	}
	return pods
}

// waitsForANode is false where a pod has its node, or waits for a volume, a claim or a gate.
func waitsForANode(pod *core.Pod) bool {
	for _, volume := range pod.Spec.Volumes {
		if volume.PersistentVolumeClaim != nil || volume.Ephemeral != nil {
			return false
		}
	}
	return pod.Spec.NodeName == "" && pod.Spec.ResourceClaims == nil && pod.Spec.SchedulingGates == nil
}

// bare is the pod without what the cluster of the checks does not have: accounts, classes, other pods, other schedulers.
func bare(pod *core.Pod) *core.Pod {
	spec := pod.Spec
	spec.ServiceAccountName, spec.DeprecatedServiceAccount, spec.PriorityClassName, spec.SchedulerName = "", "", "", ""
	spec.Priority, spec.PreemptionPolicy, spec.RuntimeClassName, spec.EphemeralContainers = nil, nil, nil, nil
	spec.TopologySpreadConstraints, spec.ImagePullSecrets = nil, nil
	if spec.RestartPolicy == "" {
		spec.RestartPolicy = core.RestartPolicyNever
	}
	if spec.Affinity != nil {
		spec.Affinity = &core.Affinity{NodeAffinity: spec.Affinity.NodeAffinity}
	}
	annotations := map[string]string{}
	for key, value := range pod.Annotations {
		if !strings.HasPrefix(key, "kubernetes.io/config.") { // a mirror of a node's own pod
			annotations[key] = value
		}
	}
	metadata := meta.ObjectMeta{GenerateName: "specimen-", Labels: pod.Labels, Annotations: annotations}
	return &core.Pod{ObjectMeta: metadata, Spec: spec}
}
