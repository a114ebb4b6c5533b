package cluster

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"cluster/fixture"
)

// outage is a way in which a policy-server is none. What begins it returns what ends it.
type outage struct {
	name  string
	begin func(*check) func()
}

var outages = []outage{
	{"killed", func(c *check) func() {
		c.server.Kill()
		return func() { c.must(c.server.Start()) }
	}},
	{"stopped", func(c *check) func() {
		c.must(c.server.Pause())
		return func() { c.must(c.server.Resume()) }
	}},
	{"slow", func(c *check) func() {
		address, stop, err := c.server.Slow(time.Second)
		c.must(err)
		c.must(c.server.Register("", address))
		return func() {
			c.must(c.server.Register("", c.server.Address()))
			stop()
		}
	}},
}

const gpuSpec = `{nodeSelector: {node.kubernetes.io/instance-type: p5.48xlarge}, containers: [{name: c, image: "example.com/c:1", resources: {limits: {nvidia.com/gpu: 1}}}]}`

func TestOutageWithFail(t *testing.T) {
	for _, outage := range outages {
		t.Run(outage.name, func(t *testing.T) { outage.check(t, failing) })
	}
}

func TestOutageWithIgnore(t *testing.T) {
	for _, outage := range outages {
		t.Run(outage.name, func(t *testing.T) { outage.check(t, ignoring) })
	}
}

func (o outage) check(t *testing.T, installation fixture.Installation) {
	c := on(t, installation, fmt.Sprintf("policy-server %s, with %s", o.name, installation.Files[1]))
	c.apply(named("gpu", workload("Deployment", gpuSpec))).succeeds()
	c.apply(named("web", workload("Deployment", webSpec))).succeeds()
	c.rollout("gpu")
	c.rollout("web")
	refuses := installation.Name == "fail" && o.name != "slow"

	end := o.begin(c)
	ended := false
	finish := func() {
		if !ended {
			ended = true
			end()
		}
	}
	defer finish() // the checks that follow need the server

	c.timed("a label on a GPU Deployment", func() { c.kubectl("label", "deployment/gpu", "team=a").succeeds() })
	c.timed("scaling it down", func() {
		c.kubectl("scale", "deployment/gpu", "--replicas=1").succeeds()
		c.rollout("gpu")
	})
	c.timed("scaling a web Deployment from 2 to 4", func() {
		c.kubectl("scale", "deployment/web", "--replicas=4").succeeds()
		c.rollout("web")
	})
	c.timed("a driver's DaemonSet in gpu-operator, on both p5.48xlarge", func() { c.driver("gpu-operator") })
	c.timed("the same in another namespace", func() { c.driver(c.namespace) })
	c.timed("a new GPU Pod", func() {
		pod := c.apply(worker)
		if refuses {
			pod.refused().says("failed calling webhook").told()
		} else {
			pod.succeeds().told()
		}
	})
	c.kubectl("scale", "deployment/gpu", "--replicas=3").succeeds()
	if refuses {
		c.await("the ReplicaSet tells of the refusal", func() error {
			said := cluster.Kubectl("", "-n", c.namespace, "get", "events", "--field-selector=reason=FailedCreate", "-o", "jsonpath={.items[*].message}")
			if !strings.Contains(said.Text, "failed calling webhook") {
				return fmt.Errorf("events: %s", said.Text)
			}
			return nil
		})
		finish()
		c.timed("scaling the GPU Deployment up, from the server's return", func() { c.rollout("gpu") })
	} else {
		c.timed("scaling the GPU Deployment from 1 to 3", func() { c.rollout("gpu") })
		finish()
	}
	c.apply(named("hopeless-after", hopeless)).refused().says("[node-unsatisfiable]")
}

// named gives a manifest of these checks another name.
func named(name, manifest string) string {
	manifest = strings.ReplaceAll(manifest, "app: made", "app: "+name)
	return strings.NewReplacer("name: made", "name: "+name, "name: hopeless", "name: "+name).Replace(manifest)
}

// rollout waits until a Deployment is whole. Controllers that were refused try again after a time that doubles.
func (c *check) rollout(name string) {
	c.Helper()
	c.kubectl("rollout", "status", "deployment/"+name, "--timeout=180s").succeeds()
}

// timed tells how long the steps took.
func (c *check) timed(what string, steps func()) {
	c.Helper()
	begun := time.Now()
	steps()
	c.tell("%s: %.1f s", what, time.Since(begun).Seconds())
}

// driver installs a DaemonSet of what a new node needs, and waits for its pods.
func (c *check) driver(namespace string) {
	c.Helper()
	where := "--namespace=" + namespace
	c.send(workload("DaemonSet", gpuSpec), where, "apply", "-f", "-").succeeds()
	c.send("", where, "rollout", "status", "daemonset/made", "--timeout=60s").succeeds()
	c.send("", where, "delete", "daemonset/made").succeeds()
}
