package cluster

import (
	"fmt"
	"maps"
	"testing"

	"cluster/fixture"
)

// closed is a cluster whose types are told. Of p3.16xlarge the table knows little; its name tells the rest.
var closed = fixture.Installation{Name: "closed", Files: failing.Files, Settings: allowing("p4d.24xlarge", "p3.16xlarge", "m7i.4xlarge")}

func allowing(types ...string) map[string]any {
	settings := maps.Clone(known)
	settings["instanceTypes"] = map[string]any{"allowed": types}
	return settings
}

func TestTypeOfWhichLittleIsKnown(t *testing.T) {
	c := on(t, closed, "`instanceTypes.allowed` with a type of which the table knows little: what the others lack is refused still")
	pod := `{apiVersion: v1, kind: Pod, metadata: {name: pod}, spec: %s}`
	c.apply(fmt.Sprintf(pod, `{containers: [{name: c, image: "example.com/c:1", resources: {limits: {nvidia.com/gpu: 8, vpc.amazonaws.com/efa: 8}}}]}`)).
		refused().says("[efa-count]").told()
	c.apply(fmt.Sprintf(pod, `{nodeSelector: {karpenter.k8s.aws/instance-gpu-name: h100}, containers: [{name: c, image: "example.com/c:1", resources: {limits: {nvidia.com/gpu: 8}}}]}`)).
		refused().says("[node-unsatisfiable]").told()
}
