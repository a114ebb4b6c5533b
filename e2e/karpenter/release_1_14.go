//go:build !karpenter_1_0 && !karpenter_1_8

package main

import (
	"context"

	awsv1 "github.com/aws/karpenter-provider-aws/pkg/apis/v1"
	awscache "github.com/aws/karpenter-provider-aws/pkg/cache"
	provider "github.com/aws/karpenter-provider-aws/pkg/cloudprovider"
	"github.com/aws/karpenter-provider-aws/pkg/providers/arczonalshift"
	"github.com/aws/karpenter-provider-aws/pkg/providers/instancetype"
	"github.com/aws/karpenter-provider-aws/pkg/providers/placementgroup"
	"github.com/patrickmn/go-cache"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/klog/v2"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	karpv1 "sigs.k8s.io/karpenter/pkg/apis/v1"
	"sigs.k8s.io/karpenter/pkg/cloudprovider"
	"sigs.k8s.io/karpenter/pkg/cloudprovider/overlay"
	"sigs.k8s.io/karpenter/pkg/controllers/nodeoverlay"
	"sigs.k8s.io/karpenter/pkg/controllers/provisioning"
	"sigs.k8s.io/karpenter/pkg/controllers/provisioning/scheduling"
	"sigs.k8s.io/karpenter/pkg/controllers/state"
	"sigs.k8s.io/karpenter/pkg/events"
)

// groups: there are no placement groups.
type groups struct{ placementgroup.Provider }

func (groups) Get(context.Context, placementgroup.NodeClass) (*placementgroup.PlacementGroup, error) {
	return nil, nil
}

// newTypes makes the types of what EC2 answers. Its cache goes by what of a class matters, so that all clusters share it.
func newTypes(ctx context.Context, answer []byte) (instancetype.Provider, error) {
	api, err := newEC2(answer)
	if err != nil {
		return nil, err
	}
	forever := func() *cache.Cache { return cache.New(cache.NoExpiration, 0) }
	types := instancetype.NewDefaultProvider(forever(), forever(), forever(), api, nil, prices{}, reservations{}, groups{},
		awscache.NewUnavailableOfferings(), instancetype.NewDefaultResolver(region), arczonalshift.NewNoopProvider(), nil)
	if err := types.UpdateInstanceTypes(ctx); err != nil {
		return nil, err
	}
	return types, types.UpdateInstanceTypeOfferings(ctx)
}

func newProvider(ctx context.Context, types instancetype.Provider, kube client.Client, recorder events.Recorder) (cloudprovider.CloudProvider, error) {
	store := nodeoverlay.NewInstanceTypeStore()
	plain := provider.New(types, nil, recorder, kube, nil, nil, reservations{}, groups{}, store, nil)
	controller := nodeoverlay.NewController(clock.RealClock{}, kube, plain, store, state.NewCluster(clock.RealClock{}, kube, plain))
	if _, err := controller.Reconcile(ctx, reconcile.Request{}); err != nil {
		return nil, err
	}
	return overlay.Decorate(plain, kube, store), nil
}

func newProvisioner(kube client.Client, recorder events.Recorder, cloud cloudprovider.CloudProvider) *provisioning.Provisioner {
	cluster := state.NewCluster(clock.RealClock{}, kube, cloud)
	return provisioning.NewProvisioner(kube, recorder, cloud, cluster, clock.RealClock{}, nil, nil)
}

func solve(ctx context.Context, provisioner *provisioning.Provisioner, pods []*corev1.Pod) (scheduling.Results, error) {
	scheduler, err := provisioner.NewScheduler(ctx, pods, nil, nil, optionsOfSchedule(ctx)...)
	if err != nil {
		return scheduling.Results{}, err
	}
	return scheduler.Solve(ctx, pods)
}

func claimOf(template *scheduling.NodeClaimTemplate, _ *karpv1.NodePool) *karpv1.NodeClaim {
	return template.ToNodeClaim()
}

func tolerates(toleration *corev1.Toleration, taint *corev1.Taint) bool {
	return toleration.ToleratesTaint(klog.Background(), taint, false)
}

func classListsEFA(class *awsv1.EC2NodeClass) bool {
	for _, one := range class.Spec.NetworkInterfaces {
		if one.InterfaceType == awsv1.InterfaceTypeEFAOnly {
			return true
		}
	}
	return false
}
