package cluster

import (
	"encoding/json"
	"strings"
	"testing"

	review "k8s.io/api/admission/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

const prefixes = `{.spec.template.spec.containers[0].env[?(@.name=="ENABLE_PREFIX_DELEGATION")].value}`

// cni begins a check in kube-system, without aws-node.
func cni(t *testing.T, title string) (*check, string) {
	t.Helper()
	c := on(t, failing, title)
	c.namespace = "kube-system"
	c.kubectl("delete", "daemonset/aws-node", "--ignore-not-found").succeeds()
	return c, c.example("aws-node.yaml")
}

func TestRepairedDaemonSetIsAppliedAgain(t *testing.T) {
	c, manifest := cni(t, "aws-node with `\"false\"`, applied again and again: `configured`, and nothing is written")
	c.apply(manifest).succeeds().says("created", "[prefix-delegation]", "fixed:", "change your manifest too").told()
	c.apply(manifest).succeeds().says("configured", "[prefix-delegation]")
	c.apply(manifest).succeeds().says("configured").told()
	c.send(manifest, "diff", "-f", "-").succeeds().isQuiet()
	c.is("daemonset/aws-node", prefixes, "true")
	c.is("daemonset/aws-node", "{.metadata.generation}", "1")
}

// isQuiet is an error where kubectl printed more than warnings.
func (a answer) isQuiet() answer {
	a.Helper()
	for _, line := range strings.Split(a.Text, "\n") {
		if line != "" && !strings.HasPrefix(line, "Warning: ") {
			a.Fatalf("it should print nothing, but:\n%s", a.Text)
		}
	}
	return a
}

func TestServerSideApplyOfOneManager(t *testing.T) {
	c, manifest := cni(t, "the same by `--server-side`, four times, as the EKS add-on does: stable")
	c.apply(manifest, "--server-side", "--field-manager=eks").succeeds().says("fixed:")
	for range 3 {
		c.apply(manifest, "--server-side", "--field-manager=eks").succeeds()
	}
	c.is("daemonset/aws-node", prefixes, "true")
	c.is("daemonset/aws-node", "{.metadata.generation}", "1")
	c.tell("`\"true\"` is stored; the generation stays")
}

func TestServerSideApplyOfASecondManager(t *testing.T) {
	c, manifest := cni(t, "a second manager applies `\"false\"` too, as a GitOps tool does: a conflict about the value; with `--force-conflicts` it is repaired again")
	c.apply(manifest, "--server-side", "--field-manager=eks").succeeds()
	said := c.apply(manifest, "--server-side", "--field-manager=argocd-controller").refused().says("conflict")
	conflict, _, _ := strings.Cut(said.Text, "\n")
	c.tell("`` %s ``", conflict)
	for range 3 {
		c.apply(manifest, "--server-side", "--field-manager=argocd-controller", "--force-conflicts").succeeds()
	}
	c.is("daemonset/aws-node", prefixes, "true")
	c.is("daemonset/aws-node", "{.metadata.generation}", "1")
}

func TestManifestWithTheRepairedValue(t *testing.T) {
	c, manifest := cni(t, "what ends it: the manifest with the repaired value is silent, for every manager")
	good := strings.Replace(manifest, `ENABLE_PREFIX_DELEGATION, value: "false"`, `ENABLE_PREFIX_DELEGATION, value: "true"`, 1)
	c.apply(good, "--server-side", "--field-manager=eks").succeeds().isSilent()
	c.apply(good, "--server-side", "--field-manager=argocd-controller").succeeds().isSilent().told()
}

func TestVariableKeepsItsPlace(t *testing.T) {
	c, manifest := cni(t, "`kubectl set env … ENABLE_PREFIX_DELEGATION-` is repaired in place: no pod restarts")
	c.apply(manifest).succeeds()
	template := c.stored("daemonset/aws-node", "{.spec.template}")
	c.kubectl("set", "env", "daemonset/aws-node", "ENABLE_PREFIX_DELEGATION-").succeeds().told()
	c.is("daemonset/aws-node", "{.spec.template}", template)
	c.is("daemonset/aws-node", "{.metadata.generation}", "1")
}

func TestOldDaemonSetIsLabelled(t *testing.T) {
	c, manifest := cni(t, "a label on an aws-node from before the policy changes nothing else")
	c.before(0, manifest) // its account is not there, so neither are pods
	c.kubectl("label", "daemonset/aws-node", "team=a").succeeds().told()
	c.is("daemonset/aws-node", prefixes, "false")
	c.is("daemonset/aws-node", "{.metadata.generation}", "1")
}

func TestMissedRepair(t *testing.T) {
	c, manifest := cni(t, "aws-node applied while no policy-server answers: stored as it is, and the same manifest makes up for nothing; the audit tells")
	c.server.Kill()
	c.apply(manifest).succeeds().isSilent().told()
	c.must(c.server.Start())
	c.apply(manifest).succeeds().says("unchanged").isSilent().told()
	c.is("daemonset/aws-node", prefixes, "false")
	c.audited("daemonset/aws-node", false)
	c.kubectl("set", "env", "daemonset/aws-node", "ENABLE_PREFIX_DELEGATION=true").succeeds().told()
	c.is("daemonset/aws-node", prefixes, "true")
	c.audited("daemonset/aws-node", true)
}

// audited is an error where the audit scanner would report something else of a DaemonSet.
func (c *check) audited(object string, good bool) {
	c.Helper()
	stored := c.kubectl("get", object, "-o", "json").succeeds()
	request, err := json.Marshal(review.AdmissionReview{
		TypeMeta: meta.TypeMeta{APIVersion: "admission.k8s.io/v1", Kind: "AdmissionReview"},
		Request: &review.AdmissionRequest{
			UID: "audit", Operation: review.Create, Name: "aws-node", Namespace: c.namespace,
			Kind:     meta.GroupVersionKind{Group: "apps", Version: "v1", Kind: "DaemonSet"},
			Resource: meta.GroupVersionResource{Group: "apps", Version: "v1", Resource: "daemonsets"},
			Object:   runtime.RawExtension{Raw: []byte(stored.Text)},
		},
	})
	c.must(err)
	said, err := c.server.Audit("eks-aiml-networking-audit", request)
	c.must(err)
	if said.Allowed != good {
		c.Fatalf("the audit says %+v", said)
	}
	if !good {
		c.tell("the audit: fail")
	}
}

func TestHalfAnOutage(t *testing.T) {
	c := on(t, failing, "only the webhook that repairs can't be reached: what lacks a repair alone is admitted, with a warning")
	c.must(c.server.Register("eks-aiml-networking-mutating", "https://127.0.0.1:1"))
	defer func() { c.must(c.server.Register("", c.server.Address())) }()
	c.apply(worker).succeeds().says("Warning: [efa-required]").told()
	c.is("pod/worker", efa, "")
}
