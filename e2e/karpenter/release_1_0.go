//go:build karpenter_1_0

package main

import (
	"context"
	"encoding/json"

	"github.com/aws/aws-sdk-go/aws"
	"github.com/aws/aws-sdk-go/aws/request"
	"github.com/aws/aws-sdk-go/service/ec2"
	"github.com/aws/aws-sdk-go/service/ec2/ec2iface"
	awsv1 "github.com/aws/karpenter-provider-aws/pkg/apis/v1"
	awscache "github.com/aws/karpenter-provider-aws/pkg/cache"
	provider "github.com/aws/karpenter-provider-aws/pkg/cloudprovider"
	"github.com/aws/karpenter-provider-aws/pkg/providers/instancetype"
	"github.com/aws/karpenter-provider-aws/pkg/providers/pricing"
	"github.com/patrickmn/go-cache"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"
	karpv1 "sigs.k8s.io/karpenter/pkg/apis/v1"
	"sigs.k8s.io/karpenter/pkg/cloudprovider"
	"sigs.k8s.io/karpenter/pkg/controllers/provisioning"
	"sigs.k8s.io/karpenter/pkg/controllers/provisioning/scheduling"
	"sigs.k8s.io/karpenter/pkg/controllers/state"
	"sigs.k8s.io/karpenter/pkg/events"
	karpenter "sigs.k8s.io/karpenter/pkg/scheduling"
)

const featureGates = "SpotToSpotConsolidation=false"

// newest are kinds that this release has not.
var newest = map[string]func() runtime.Object{}

// isStatic: this release knows no such pools, and prunes `replicas`.
func isStatic(*karpv1.NodePool) bool { return false }

// ec2api answers from the facts. What is not asked for in scheduling panics: it is nil.
type ec2api struct {
	ec2iface.EC2API
	types []*ec2.InstanceTypeInfo
}

func (e *ec2api) DescribeInstanceTypesPagesWithContext(_ aws.Context, _ *ec2.DescribeInstanceTypesInput, page func(*ec2.DescribeInstanceTypesOutput, bool) bool, _ ...request.Option) error {
	page(&ec2.DescribeInstanceTypesOutput{InstanceTypes: e.types}, true)
	return nil
}

func (e *ec2api) DescribeInstanceTypeOfferingsPagesWithContext(_ aws.Context, _ *ec2.DescribeInstanceTypeOfferingsInput, page func(*ec2.DescribeInstanceTypeOfferingsOutput, bool) bool, _ ...request.Option) error {
	var all []*ec2.InstanceTypeOffering
	for _, one := range e.types {
		for _, zone := range zones {
			all = append(all, &ec2.InstanceTypeOffering{InstanceType: one.InstanceType, Location: aws.String(zone.name)})
		}
	}
	page(&ec2.DescribeInstanceTypeOfferingsOutput{InstanceTypeOfferings: all}, true)
	return nil
}

// prices: all cost the same, so that no type is left out for want of a price.
type prices struct{ pricing.Provider }

func (prices) OnDemandPrice(string) (float64, bool)     { return 1, true }
func (prices) SpotPrice(string, string) (float64, bool) { return 0.5, true }

// newTypes makes the types of what EC2 answers. Its cache goes by what of a class matters, so that all clusters share it.
func newTypes(ctx context.Context, answer []byte) (instancetype.Provider, error) {
	api := &ec2api{}
	if err := json.Unmarshal(answer, &api.types); err != nil {
		return nil, err
	}
	types := instancetype.NewDefaultProvider(region, cache.New(cache.NoExpiration, 0), api, nil, awscache.NewUnavailableOfferings(), prices{})
	if err := types.UpdateInstanceTypes(ctx); err != nil {
		return nil, err
	}
	return types, types.UpdateInstanceTypeOfferings(ctx)
}

func newProvider(_ context.Context, types instancetype.Provider, kube client.Client, recorder events.Recorder) (cloudprovider.CloudProvider, error) {
	return provider.New(types, nil, recorder, kube, nil, nil), nil
}

func newProvisioner(kube client.Client, recorder events.Recorder, cloud cloudprovider.CloudProvider) *provisioning.Provisioner {
	cluster := state.NewCluster(clock.RealClock{}, kube)
	return provisioning.NewProvisioner(kube, recorder, cloud, cluster, clock.RealClock{})
}

func solve(ctx context.Context, provisioner *provisioning.Provisioner, pods []*corev1.Pod) (scheduling.Results, error) {
	scheduler, err := provisioner.NewScheduler(ctx, pods, nil)
	if err != nil {
		return scheduling.Results{}, err
	}
	return scheduler.Solve(ctx, pods), nil
}

func claimOf(template *scheduling.NodeClaimTemplate, pool *karpv1.NodePool) *karpv1.NodeClaim {
	return template.ToNodeClaim(pool)
}

func tolerates(toleration *corev1.Toleration, taint *corev1.Taint) bool {
	return toleration.ToleratesTaint(taint)
}

// offered are the labels that an instance of the type gets from where and how it is bought, if it can be.
func offered(one *cloudprovider.InstanceType, requirements karpenter.Requirements) (map[string]string, bool) {
	return bought(one.Offerings.Available().Compatible(requirements), func(o cloudprovider.Offering) karpenter.Requirements {
		return o.Requirements
	})
}

// classListsEFA: this release knows no lists of interfaces.
func classListsEFA(*awsv1.EC2NodeClass) bool { return false }
