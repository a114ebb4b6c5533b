package main

import (
	"errors"
	"fmt"
	"sort"
	"strings"

	awsv1 "github.com/aws/karpenter-provider-aws/pkg/apis/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/component-helpers/scheduling/corev1/nodeaffinity"
	karpv1 "sigs.k8s.io/karpenter/pkg/apis/v1"
	"sigs.k8s.io/karpenter/pkg/cloudprovider"
	"sigs.k8s.io/karpenter/pkg/controllers/nodeclaim/lifecycle"
	"sigs.k8s.io/karpenter/pkg/controllers/provisioning"
	"sigs.k8s.io/karpenter/pkg/controllers/provisioning/scheduling"
	karpenter "sigs.k8s.io/karpenter/pkg/scheduling"
	"sigs.k8s.io/karpenter/pkg/utils/resources"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// outcome is what becomes of a pod.
type outcome byte

const (
	// runs: Karpenter makes a node, and kube-scheduler binds the pod to it.
	runs outcome = 'R'
	// wrong: Karpenter makes nodes of which kube-scheduler takes none for the pod.
	wrong outcome = 'W'
	// none: Karpenter makes no node.
	none outcome = 'N'
	// ignored: Karpenter does not look at the pod.
	ignored outcome = 'I'
)

// verdict is the outcome with the types of which a node runs the pod, and Karpenter's reason where there is none.
type verdict struct {
	outcome outcome
	types   []string
	reason  string
	// static: the nodes are those of a pool that has them before any pod asks.
	static bool
}

// judge says what becomes of each of the pods, as if it were alone. They come at once, because a look at all types
// costs more than a pod does: each of them wanting a node without the others. Where pools have
// limits they come one at a time, because each node would leave less for the next.
func (w *world) judge(pods []*corev1.Pod) ([]verdict, error) {
	verdicts := make([]verdict, len(pods))
	var batch []*corev1.Pod
	position := map[types.UID]int{}
	flush := func() error {
		defer func() { batch = nil }()
		if len(batch) == 0 {
			return nil
		}
		results, err := solve(w.ctx, w.provisioner, batch)
		if errors.Is(err, provisioning.ErrNodePoolsNotFound) {
			for _, pod := range batch {
				at := position[pod.UID]
				verdicts[at] = w.onStatic(pods[at], verdict{outcome: none, reason: err.Error()})
			}
			return nil
		}
		if err != nil {
			return err
		}
		for pod, err := range results.PodErrors {
			at := position[pod.UID]
			verdicts[at] = w.onStatic(pods[at], verdict{outcome: none, reason: err.Error()})
		}
		for _, claim := range results.NewNodeClaims {
			if len(claim.Pods) != 1 {
				return fmt.Errorf("%d pods on a node", len(claim.Pods))
			}
			at := position[claim.Pods[0].UID]
			verdicts[at] = w.onNodeOf(pods[at], claim)
		}
		return nil
	}
	for at, pod := range pods {
		if err := w.validate(pod); err != nil {
			verdicts[at] = w.onStatic(pod, verdict{outcome: ignored, reason: err.Error()})
			continue
		}
		one := pod.DeepCopy()
		one.UID = types.UID(fmt.Sprint(at))
		one.Name = fmt.Sprintf("%s-%d", pod.Name, at)
		setApart(one)
		position[one.UID] = at
		batch = append(batch, one)
		if w.hasLimits || len(batch) == 25 {
			if err := flush(); err != nil {
				return nil, err
			}
		}
	}
	return verdicts, flush()
}

// setApart has pods that come at once each take a node of its own.
func setApart(pod *corev1.Pod) {
	alone := map[string]string{"referee": "apart"}
	pod.Labels = alone
	if pod.Spec.Affinity == nil {
		pod.Spec.Affinity = &corev1.Affinity{}
	}
	pod.Spec.Affinity.PodAntiAffinity = &corev1.PodAntiAffinity{
		RequiredDuringSchedulingIgnoredDuringExecution: []corev1.PodAffinityTerm{{
			LabelSelector: &metav1.LabelSelector{MatchLabels: alone},
			TopologyKey:   corev1.LabelHostname,
		}},
	}
}

// onNodeOf is the verdict about a pod for which Karpenter makes a node.
func (w *world) onNodeOf(pod *corev1.Pod, claim *scheduling.NodeClaim) verdict {
	if types := w.runningOn(pod, claim); len(types) > 0 {
		return verdict{outcome: runs, types: types}
	}
	return w.onStatic(pod, verdict{outcome: wrong})
}

// validate is the provisioner's look at a pod. Lists that an API server refuses, such as a bound without a number,
// make it panic: no such pod ever comes to it.
func (w *world) validate(pod *corev1.Pod) (err error) {
	defer func() {
		if panicked := recover(); panicked != nil {
			err = fmt.Errorf("unreadable: %v", panicked)
		}
	}()
	return w.provisioner.Validate(w.ctx, pod.DeepCopy())
}

// runningOn are the types on which the node of a claim runs the pod.
func (w *world) runningOn(pod *corev1.Pod, claim *scheduling.NodeClaim) []string {
	// The claim lists the types with the lowest prices alone; each of them may be launched.
	options, requirements := claim.InstanceTypeOptions, claim.Requirements
	pool := w.pools[claim.NodePoolName]
	made := claimOf(&claim.NodeClaimTemplate, pool)
	asksForEFA := !resources.IsZero(resources.RequestsForPods(pod)[awsv1.ResourceEFA])
	return w.binding(pod, pool, made, options, requirements, asksForEFA)
}

// onStatic looks for a node of a static pool that runs the pod: such nodes are there before it asks.
func (w *world) onStatic(pod *corev1.Pod, otherwise verdict) verdict {
	for _, pool := range w.pools {
		if !isStatic(pool) {
			continue
		}
		types, err := w.cloud.GetInstanceTypes(w.ctx, pool)
		if err != nil {
			continue
		}
		template := scheduling.NewNodeClaimTemplate(pool)
		var fitting []*cloudprovider.InstanceType
		for _, one := range types {
			if one.Requirements.Intersects(template.Requirements) == nil {
				fitting = append(fitting, one)
			}
		}
		requirements := template.Requirements
		found := w.binding(pod, pool, claimOf(template, pool), fitting, requirements, false)
		if len(found) > 0 {
			otherwise.outcome, otherwise.static = runs, true
			otherwise.types = append(otherwise.types, found...)
		}
	}
	return otherwise
}

// binding are those of the types on whose nodes kube-scheduler binds the pod.
func (w *world) binding(pod *corev1.Pod, pool *karpv1.NodePool, claim *karpv1.NodeClaim, types []*cloudprovider.InstanceType,
	requirements karpenter.Requirements, asksForEFA bool) []string {
	var names []string
	for _, one := range types {
		if node, ok := w.node(pool, claim, one, requirements, asksForEFA); ok && binds(pod, w.daemons, node) {
			names = append(names, one.Name)
		}
	}
	sort.Strings(names)
	return names
}

const tenancy = "karpenter.k8s.aws/instance-tenancy"

// olderLabels are what kubelet and the cloud's controller give a node beside the newer ones.
var olderLabels = map[string]string{
	"beta.kubernetes.io/arch":                  corev1.LabelArchStable,
	"beta.kubernetes.io/os":                    corev1.LabelOSStable,
	"beta.kubernetes.io/instance-type":         corev1.LabelInstanceTypeStable,
	"failure-domain.beta.kubernetes.io/zone":   corev1.LabelTopologyZone,
	"failure-domain.beta.kubernetes.io/region": corev1.LabelTopologyRegion,
}

// node is the node that is launched as this type, as the provider and then the claim's controller label it.
func (w *world) node(pool *karpv1.NodePool, claim *karpv1.NodeClaim, one *cloudprovider.InstanceType,
	requirements karpenter.Requirements, asksForEFA bool) (*corev1.Node, bool) {
	labels, ok := offered(one, requirements)
	if !ok {
		return nil, false
	}
	for key, requirement := range one.Requirements {
		if _, is := labels[key]; !is && requirement.Len() == 1 {
			labels[key] = requirement.Values()[0]
		}
	}
	if one.Requirements.Has(tenancy) {
		// An instance is shared unless the pod wants otherwise.
		labels[tenancy] = "default"
		if wanted := requirements.Get(tenancy); !wanted.Has("default") {
			labels[tenancy] = wanted.Any()
		}
	}
	allocatable := corev1.ResourceList{}
	for name, quantity := range one.Allocatable() {
		if quantity.IsZero() || name == awsv1.ResourceEFA && !asksForEFA && !w.listsEFA(pool) {
			continue
		}
		// Release 1.0 takes Qualcomm's accelerators for Neuron devices; no plugin offers them as such.
		if name == awsv1.ResourceAWSNeuron && strings.HasPrefix(one.Name, "dl2q.") {
			continue
		}
		allocatable[name] = quantity
	}
	claim = lifecycle.PopulateNodeClaimDetails(claim.DeepCopy(), &karpv1.NodeClaim{ObjectMeta: metav1.ObjectMeta{Labels: labels}})
	labels = claim.Labels
	labels[corev1.LabelHostname] = "node-of-karpenter"
	for older, label := range olderLabels {
		labels[older] = labels[label]
	}
	return &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: "node-of-karpenter", Labels: labels},
		Spec:       corev1.NodeSpec{Taints: claim.Spec.Taints},
		Status:     corev1.NodeStatus{Allocatable: allocatable},
	}, true
}

// bought chooses an offering and gives its labels: the first by the names of what it is, so that it is the same in
// each run.
func bought[O any](offerings []O, requirements func(O) karpenter.Requirements) (map[string]string, bool) {
	var first karpenter.Requirements
	least := ""
	for _, one := range offerings {
		all := requirements(one)
		name := all.Get(karpv1.CapacityTypeLabelKey).Any() + all.Get(corev1.LabelTopologyZone).Any()
		if first == nil || name < least {
			first, least = all, name
		}
	}
	labels := map[string]string{}
	for key, requirement := range first {
		// That there is no reservation is a requirement that a label is absent.
		if requirement.Len() > 0 {
			labels[key] = requirement.Any()
		}
	}
	return labels, first != nil
}

// binds says whether kube-scheduler binds the pod to the node, on which the daemons run too.
func binds(pod *corev1.Pod, daemons []*corev1.Pod, node *corev1.Node) bool {
	if !admits(pod, node) {
		return false
	}
	all := []*corev1.Pod{pod}
	for _, daemon := range daemons {
		if admits(daemon, node) {
			all = append(all, daemon)
		}
	}
	return resources.Fits(resources.RequestsForPods(all...), node.Status.Allocatable)
}

// admits: node selector, required affinity and taints.
func admits(pod *corev1.Pod, node *corev1.Node) bool {
	if is, err := nodeaffinity.GetRequiredNodeAffinity(pod).Match(node); err != nil || !is {
		return false
	}
	for i := range node.Spec.Taints {
		taint := &node.Spec.Taints[i]
		if taint.Effect == corev1.TaintEffectPreferNoSchedule {
			continue
		}
		tolerated := false
		for j := range pod.Spec.Tolerations {
			tolerated = tolerated || tolerates(&pod.Spec.Tolerations[j], taint)
		}
		if !tolerated {
			return false
		}
	}
	return true
}
