module e2e/karpenter

go 1.26

require (
	github.com/aws/karpenter-provider-aws v1.0.8
	sigs.k8s.io/karpenter v1.0.5
)
