package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"

	awsv1 "github.com/aws/karpenter-provider-aws/pkg/apis/v1"
	awsoptions "github.com/aws/karpenter-provider-aws/pkg/operator/options"
	"github.com/aws/karpenter-provider-aws/pkg/providers/instancetype"
	"github.com/awslabs/operatorpkg/status"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/scheme"
	eventsof "k8s.io/client-go/tools/record"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	karpv1 "sigs.k8s.io/karpenter/pkg/apis/v1"
	"sigs.k8s.io/karpenter/pkg/cloudprovider"
	"sigs.k8s.io/karpenter/pkg/controllers/provisioning"
	"sigs.k8s.io/karpenter/pkg/events"
	"sigs.k8s.io/karpenter/pkg/operator/options"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// world is a cluster as Karpenter sees it, without nodes.
type world struct {
	ctx         context.Context
	cloud       cloudprovider.CloudProvider
	provisioner *provisioning.Provisioner
	pools       map[string]*karpv1.NodePool
	classes     map[string]*awsv1.EC2NodeClass
	daemons     []*corev1.Pod
	hasLimits   bool
}

// withOptions has Karpenter's options as its own flags default them, with all features that are known.
func withOptions(ctx context.Context) (context.Context, error) {
	core, aws := &options.Options{}, &awsoptions.Options{}
	for _, one := range []interface {
		AddFlags(*options.FlagSet)
		Parse(*options.FlagSet, ...string) error
	}{core, aws} {
		flags := &options.FlagSet{FlagSet: flag.NewFlagSet("karpenter", flag.ContinueOnError)}
		one.AddFlags(flags)
		args := []string{"--feature-gates=" + featureGates}
		if one == aws {
			args = []string{"--cluster-name=referee"}
		}
		if err := one.Parse(flags, args...); err != nil {
			return nil, err
		}
	}
	return awsoptions.ToContext(options.ToContext(ctx, core), aws), nil
}

// newWorld makes the cluster of these objects. Kinds that this release does not know are passed over, and
// fields that it does not know are lost, as the API server prunes them.
func newWorld(ctx context.Context, types instancetype.Provider, objects []json.RawMessage) (*world, error) {
	w := &world{pools: map[string]*karpv1.NodePool{}, classes: map[string]*awsv1.EC2NodeClass{}}
	var err error
	if w.ctx, err = withOptions(ctx); err != nil {
		return nil, err
	}
	builder := fake.NewClientBuilder().WithScheme(scheme.Scheme).
		WithIndex(&corev1.Pod{}, "spec.nodeName", func(pod client.Object) []string {
			return []string{pod.(*corev1.Pod).Spec.NodeName}
		})
	for _, text := range objects {
		object, err := w.read(text)
		if err != nil {
			return nil, err
		}
		if object == nil {
			continue
		}
		if _, ok := newest[object.GetObjectKind().GroupVersionKind().Kind]; ok {
			builder = builder.WithStatusSubresource(object)
		}
		builder = builder.WithObjects(object)
	}
	kube := builder.Build()
	recorder := events.NewRecorder(eventsof.NewFakeRecorder(0))
	cloud, err := newProvider(w.ctx, types, kube, silent{recorder})
	if err != nil {
		return nil, err
	}
	w.cloud = &remembering{CloudProvider: cloud, types: map[string][]*cloudprovider.InstanceType{}}
	w.provisioner = newProvisioner(kube, silent{recorder}, w.cloud)
	return w, nil
}

// remembering asks for the types of a pool once: nothing changes in the cluster, and they cost most of the time.
type remembering struct {
	cloudprovider.CloudProvider
	types map[string][]*cloudprovider.InstanceType
}

func (r *remembering) GetInstanceTypes(ctx context.Context, pool *karpv1.NodePool) ([]*cloudprovider.InstanceType, error) {
	if types, ok := r.types[pool.Name]; ok {
		return types, nil
	}
	types, err := r.CloudProvider.GetInstanceTypes(ctx, pool)
	if err == nil {
		r.types[pool.Name] = types
	}
	return types, err
}

// silent says nothing: there is nobody to hear of events.
type silent struct{ events.Recorder }

func (silent) Publish(...events.Event) {}

func (w *world) read(text json.RawMessage) (client.Object, error) {
	var kind metav1.TypeMeta
	if err := json.Unmarshal(text, &kind); err != nil {
		return nil, err
	}
	var object runtime.Object
	switch kind.Kind {
	case "NodePool":
		object = &karpv1.NodePool{}
	case "EC2NodeClass":
		object = &awsv1.EC2NodeClass{}
	case "DaemonSet":
		object = &appsv1.DaemonSet{}
	default:
		made, ok := newest[kind.Kind]
		if !ok {
			return nil, nil
		}
		object = made()
	}
	if err := json.Unmarshal(text, object); err != nil {
		return nil, fmt.Errorf("%s: %w", kind.Kind, err)
	}
	switch object := object.(type) {
	case *karpv1.NodePool:
		// What the controllers say of a pool once they have seen it.
		ready(object.StatusConditions())
		w.pools[object.Name] = object
		w.hasLimits = w.hasLimits || len(object.Spec.Limits) > 0
	case *awsv1.EC2NodeClass:
		ready(object.StatusConditions())
		for _, zone := range zones {
			object.Status.Subnets = append(object.Status.Subnets, awsv1.Subnet{ID: "subnet-" + zone.id, Zone: zone.name, ZoneID: zone.id})
		}
		w.classes[object.Name] = object
	case *appsv1.DaemonSet:
		w.daemons = append(w.daemons, &corev1.Pod{ObjectMeta: object.Spec.Template.ObjectMeta, Spec: object.Spec.Template.Spec})
	}
	return object.(client.Object), nil
}

// ready sets all conditions, and with them the one that they lead to.
func ready(conditions status.ConditionSet) {
	for _, one := range conditions.List() {
		conditions.SetTrue(one.Type)
	}
}

// listsEFA says whether the pool's class lists EFA interfaces, so that its nodes have them unasked.
func (w *world) listsEFA(pool *karpv1.NodePool) bool {
	class := w.classes[pool.Spec.Template.Spec.NodeClassRef.Name]
	return class != nil && classListsEFA(class)
}
