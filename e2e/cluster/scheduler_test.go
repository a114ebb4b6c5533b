package cluster

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/errors"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"cluster/fixture"
)

// What kube-scheduler does with a pod, and what was said of it.
type verdict string

const (
	silent verdict = "silent"
	warned verdict = "warned"
	denied verdict = "denied"
)

func sorted[V any](values map[string]V) []string { return slices.Sorted(maps.Keys(values)) }

// listener collects the warnings of one request.
type listener struct{ heard []string }

func (l *listener) HandleWarningHeader(_ int, _ string, text string) { l.heard = append(l.heard, text) }

// judge asks for a pod in a dry run: the verdict, what was said, and the pod as it would be stored. A pod that the API
// server itself refuses has no verdict.
func (c *check) judge(client kubernetes.Interface, heard *listener, pod *core.Pod) (verdict, string, *core.Pod) {
	heard.heard = nil
	stored, err := client.CoreV1().Pods(c.namespace).Create(context.Background(), pod, meta.CreateOptions{DryRun: []string{meta.DryRunAll}})
	if err != nil {
		if _, said, is := strings.Cut(err.Error(), "denied the request: "); is {
			return denied, said, pod
		}
		return "", err.Error(), nil
	}
	said := slices.DeleteFunc(heard.heard, func(text string) bool { return !strings.HasPrefix(text, "[") })
	repaired := pod.DeepCopy()
	repaired.Spec = stored.Spec
	if len(said) > 0 {
		return warned, strings.Join(said, "; "), repaired
	}
	return silent, "", repaired
}

// isPlaced stores a pod where nobody judges it, and waits for what kube-scheduler says.
func (c *check) isPlaced(pod *core.Pod) (bool, string) {
	c.Helper()
	ctx, now := context.Background(), int64(0)
	client := cluster.Client.CoreV1().Pods(fixture.Namespace)
	made, err := client.Create(ctx, pod, meta.CreateOptions{})
	if errors.IsInvalid(err) { // it can't be stored, whatever the policy says
		return false, err.Error()
	}
	c.must(err)
	var said core.PodCondition
	c.await("kube-scheduler has looked at the pod", func() error {
		seen, err := client.Get(ctx, made.Name, meta.GetOptions{})
		if err != nil {
			return err
		}
		for _, condition := range seen.Status.Conditions {
			if condition.Type == core.PodScheduled {
				said = condition
				return nil
			}
		}
		return fmt.Errorf("no word of it yet")
	})
	c.must(client.Delete(ctx, made.Name, meta.DeleteOptions{GracePeriodSeconds: &now}))
	return said.Status == core.ConditionTrue, said.Message
}

func TestScheduler(t *testing.T) {
	c := on(t, failing, "the pods of e2e/cases and e2e/good against kube-scheduler, with an empty node of each type of the table, by Karpenter and in a managed node group: how many it placed")
	c.send("", "--namespace=kube-system", "delete", "daemonset/aws-node", "--ignore-not-found").succeeds()
	c.must(cluster.AddNodes(func(instanceType string) bool { return !slices.Contains(few, instanceType) }))
	c.await("no other pod has a node", func() error {
		pods, err := cluster.Client.CoreV1().Pods("").List(context.Background(), meta.ListOptions{FieldSelector: "spec.nodeName!="})
		if err == nil && len(pods.Items) > 0 {
			err = fmt.Errorf("%d have", len(pods.Items))
		}
		return err
	})
	heard := &listener{}
	config := rest.CopyConfig(cluster.Config)
	config.WarningHandler = heard
	client, err := kubernetes.NewForConfig(config)
	c.must(err)

	counts := map[verdict]map[bool]int{silent: {}, warned: {}, denied: {}}
	waits := map[string]string{}
	for reason, names := range waiting {
		for _, name := range names {
			waits[name] = reason
		}
	}
	for _, specimen := range c.specimens() {
		verdict, said, pod := c.judge(client, heard, specimen.pod)
		if verdict == "" {
			c.Logf("%s: not a pod for the API server: %s", specimen.name, said)
			continue
		}
		placed, why := c.isPlaced(pod)
		c.Logf("%s: %s, placed: %t %s %s", specimen.name, verdict, placed, said, why)
		counts[verdict][placed]++
		reason, mayWait := waits[specimen.name]
		switch {
		case verdict == denied && placed && specimen.name != wrapped:
			c.Errorf("%s: denied, and placed", specimen.name)
		case strings.HasPrefix(specimen.name, "good/") && placed == mayWait:
			c.Errorf("%s: placed is %t, and it may wait for %q", specimen.name, placed, reason)
		}
	}
	for _, verdict := range []verdict{silent, warned, denied} {
		c.tell("%s: %d placed, %d never", verdict, counts[verdict][true], counts[verdict][false])
	}
	if counts[denied][false] == 0 || counts[silent][true] == 0 {
		c.Fatal("nothing was compared")
	}
}
