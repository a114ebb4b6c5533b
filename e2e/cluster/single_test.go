package cluster

import "testing"

func TestSinglePolicy(t *testing.T) {
	c := on(t, single, "single-policy.yml alone refuses and repairs, and lets everything pass while no policy-server answers")
	c.apply(hopeless).refused().says("[node-unsatisfiable]")
	c.apply(workload("Deployment", hopelessSpec)).refused().says("[node-unsatisfiable]")
	c.apply(worker).succeeds().says("fixed:").told()
	c.server.Kill()
	c.apply(hopeless).succeeds().isSilent().told()
	c.must(c.server.Start())
	c.apply(named("again", hopeless)).refused().says("[node-unsatisfiable]").told()
}
