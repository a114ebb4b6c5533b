package cluster

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"cluster/fixture"
)

// Eight clients make pods as fast as they are answered, in turns: some in a namespace whose pods are judged, some in
// Kubewarden's own, whose are not. No scheduler looks at them.
const (
	clients = 8
	turns   = 5
	pods    = 100 // in a turn
)

func TestLoad(t *testing.T) {
	c := on(t, failing, "how long it takes to create a pod, with 8 clients: median, 99th percentile; with the webhooks, without them")
	web := "{apiVersion: v1, kind: Pod, spec: {containers: [{name: web, image: 'example.com/web:1'}]}}"
	judged := "{apiVersion: v1, kind: Pod, spec: {nodeSelector: {node.kubernetes.io/instance-type: p5.48xlarge}, containers: [{name: c, image: 'example.com/c:1', resources: {limits: {nvidia.com/gpu: 1}}}]}}"
	for _, kind := range []struct{ name, manifest string }{
		{"a web pod, not asked about", web}, {"a GPU pod, judged twice", judged}, {"a training pod, repaired and judged", worker},
	} {
		var with, without []time.Duration
		for range turns {
			with = append(with, c.load(kind.manifest, c.namespace)...)
			without = append(without, c.load(kind.manifest, fixture.Namespace)...)
		}
		c.tell("%s: %s with, %s without", kind.name, figures(with), figures(without))
	}
}

// load creates pods in a namespace, and gives the times of the answers.
func (c *check) load(manifest, namespace string) []time.Duration {
	c.Helper()
	pod := &core.Pod{}
	c.must(yaml.UnmarshalStrict([]byte(manifest), pod))
	pod.Name, pod.GenerateName, pod.Spec.SchedulerName = "", "load-", "nobody"
	client := cluster.Client.CoreV1().Pods(namespace)
	ctx, now := context.Background(), int64(0)
	var mutex sync.Mutex
	var times []time.Duration
	var failure error
	var workers sync.WaitGroup
	for range clients {
		workers.Go(func() {
			for range pods / clients {
				begun := time.Now()
				_, err := client.Create(ctx, pod, meta.CreateOptions{})
				took := time.Since(begun)
				mutex.Lock()
				times = append(times, took)
				if err != nil {
					failure = err
				}
				mutex.Unlock()
			}
		})
	}
	workers.Wait()
	c.must(failure)
	c.must(client.DeleteCollection(ctx, meta.DeleteOptions{GracePeriodSeconds: &now}, meta.ListOptions{}))
	return times
}

// figures are the median and the 99th percentile.
func figures(times []time.Duration) string {
	slices.Sort(times)
	at := func(share float64) float64 {
		return float64(times[int(share*float64(len(times)-1))].Microseconds()) / 1000
	}
	return fmt.Sprintf("%.1f ms, %.1f ms", at(0.5), at(0.99))
}
