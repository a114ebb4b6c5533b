//go:build !karpenter_1_0

package main

import (
	"context"
	"encoding/json"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	sdk "github.com/aws/karpenter-provider-aws/pkg/aws"
	"github.com/aws/karpenter-provider-aws/pkg/providers/capacityreservation"
	"github.com/aws/karpenter-provider-aws/pkg/providers/pricing"
	"sigs.k8s.io/karpenter/pkg/apis/v1alpha1"
	"sigs.k8s.io/karpenter/pkg/cloudprovider"
	"sigs.k8s.io/karpenter/pkg/controllers/provisioning/scheduling"
	"sigs.k8s.io/karpenter/pkg/operator/options"
	karpenter "sigs.k8s.io/karpenter/pkg/scheduling"

	"k8s.io/apimachinery/pkg/runtime"
	karpv1 "sigs.k8s.io/karpenter/pkg/apis/v1"
)

// Everything that Karpenter can do and that the policy knows of.
const featureGates = "NodeOverlay=true,StaticCapacity=true,ReservedCapacity=true"

// newest are kinds that release 1.0 has not.
var newest = map[string]func() runtime.Object{
	"NodeOverlay": func() runtime.Object { return &v1alpha1.NodeOverlay{} },
}

// isStatic says whether the pool has its nodes before any pod asks.
func isStatic(pool *karpv1.NodePool) bool { return pool.Spec.Replicas != nil }

// ec2api answers from the facts. What is not asked for in scheduling panics: it is nil.
type ec2api struct {
	sdk.EC2API
	types []ec2types.InstanceTypeInfo
}

func newEC2(answer []byte) (*ec2api, error) {
	api := &ec2api{}
	return api, json.Unmarshal(answer, &api.types)
}

func (e *ec2api) DescribeInstanceTypes(context.Context, *ec2.DescribeInstanceTypesInput, ...func(*ec2.Options)) (*ec2.DescribeInstanceTypesOutput, error) {
	return &ec2.DescribeInstanceTypesOutput{InstanceTypes: e.types}, nil
}

func (e *ec2api) DescribeInstanceTypeOfferings(context.Context, *ec2.DescribeInstanceTypeOfferingsInput, ...func(*ec2.Options)) (*ec2.DescribeInstanceTypeOfferingsOutput, error) {
	var all []ec2types.InstanceTypeOffering
	for _, one := range e.types {
		for _, zone := range zones {
			all = append(all, ec2types.InstanceTypeOffering{
				InstanceType: one.InstanceType,
				LocationType: ec2types.LocationTypeAvailabilityZone,
				Location:     aws.String(zone.name),
			})
		}
	}
	return &ec2.DescribeInstanceTypeOfferingsOutput{InstanceTypeOfferings: all}, nil
}

// prices: all cost the same, so that no type is left out for want of a price.
type prices struct{ pricing.Provider }

func (prices) OnDemandPrice(ec2types.InstanceType) (float64, bool)     { return 1, true }
func (prices) SpotPrice(ec2types.InstanceType, string) (float64, bool) { return 0.5, true }

// reservations: there are none.
type reservations struct{ capacityreservation.Provider }

// optionsOfSchedule are those with which the provisioner itself schedules; one worker makes its choice the same each time.
func optionsOfSchedule(ctx context.Context) []scheduling.Options {
	return []scheduling.Options{
		scheduling.DisableReservedCapacityFallback,
		scheduling.NumConcurrentReconciles(1),
		scheduling.MinValuesPolicy(options.FromContext(ctx).MinValuesPolicy),
	}
}

// offered are the labels that an instance of the type gets from where and how it is bought, if it can be.
func offered(one *cloudprovider.InstanceType, requirements karpenter.Requirements) (map[string]string, bool) {
	return bought(one.Offerings.Available().Compatible(requirements), func(o *cloudprovider.Offering) karpenter.Requirements {
		return o.Requirements
	})
}
