package cluster

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	meta "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cluster/fixture"
)

// The three ways to install the policy. What pods do not show is known here: each node attaches all of its EFA interfaces.
var (
	known = map[string]any{
		"efa":          map[string]any{"devicePlugin": true, "interfaces": "all"},
		"accelerators": map[string]any{"whole": true},
	}
	failing  = fixture.Installation{Name: "fail", Files: []string{"mutating-policy.yml", "validating-policy.yml", "audit-policy.yml"}, Settings: known}
	ignoring = fixture.Installation{Name: "ignore", Files: []string{"mutating-policy.yml", "validating-policy-ignore.yml"}, Settings: known}
	single   = fixture.Installation{Name: "single", Files: []string{"single-policy.yml"}, Settings: known}
)

// row is a line of the table in README.md.
type row struct {
	title   string
	answers []string
}

var told []*row

// check is a check under way: what it does is told in its log, and what matters of the answers in the table.
type check struct {
	*testing.T
	server    *fixture.PolicyServer
	namespace string
	row       *row
}

// on begins a check with an installation of the policy, in a namespace of its own.
func on(t *testing.T, installation fixture.Installation, title string) *check {
	t.Helper()
	server, err := cluster.Install(installation)
	c := &check{T: t, server: server, namespace: "default", row: &row{title: title}}
	c.must(err)
	told = append(told, c.row)
	own := c.newNamespace(strings.ToLower(regexp.MustCompile("[^A-Za-z0-9]+").ReplaceAllString(strings.TrimPrefix(t.Name(), "Test"), "-")))
	c.namespace = own
	t.Cleanup(func() { cluster.Kubectl("", "delete", "namespace", own, "--wait=false") })
	return c
}

// also goes on with the check: what follows has a row of its own in the table.
func (c *check) also(title string) {
	c.row = &row{title: title}
	told = append(told, c.row)
}

// newNamespace is ready for pods.
func (c *check) newNamespace(name string) string {
	c.Helper()
	c.kubectl("create", "namespace", name).succeeds()
	c.await("the namespace has its account", func() error {
		_, err := cluster.Client.CoreV1().ServiceAccounts(name).Get(context.Background(), "default", meta.GetOptions{})
		return err
	})
	return name
}

func (c *check) must(err error) {
	c.Helper()
	if err != nil {
		c.Fatal(err)
	}
}

// await waits until the condition gives no error. A minute is long enough where it ever comes true.
func (c *check) await(what string, condition func() error) {
	c.Helper()
	c.must(fixture.Await(time.Minute, what, condition))
}

// tell puts a line into the table.
func (c *check) tell(format string, values ...any) {
	c.row.answers = append(c.row.answers, strings.ReplaceAll(fmt.Sprintf(format, values...), "|", "\\|"))
}

// answer is what kubectl said to one command of the check.
type answer struct {
	*check
	fixture.Answer
}

// kubectl runs kubectl in the check's namespace.
func (c *check) kubectl(args ...string) answer {
	c.Helper()
	return c.send("", args...)
}

// apply gives the manifest to `kubectl apply`, in the check's namespace.
func (c *check) apply(manifest string, options ...string) answer {
	c.Helper()
	return c.send(manifest, append([]string{"apply", "-f", "-"}, options...)...)
}

// create gives the manifest to `kubectl create`.
func (c *check) create(manifest string, options ...string) answer {
	c.Helper()
	return c.send(manifest, append([]string{"create", "-f", "-"}, options...)...)
}

func (c *check) send(manifest string, args ...string) answer {
	c.Helper()
	if !strings.HasPrefix(args[0], "--namespace=") { // a check may name another one, or none
		args = append([]string{"-n", c.namespace}, args...)
	}
	said := cluster.Kubectl(manifest, args...)
	c.Logf("$ kubectl %s\n%s", strings.Join(args, " "), said.Text)
	return answer{c, said}
}

// succeeds is an error where kubectl failed.
func (a answer) succeeds() answer {
	a.Helper()
	if a.Failed {
		a.Fatalf("it should succeed, but:\n%s", a.Text)
	}
	return a
}

// refused is an error where kubectl did not fail.
func (a answer) refused() answer {
	a.Helper()
	if !a.Failed {
		a.Fatalf("it should be refused, but:\n%s", a.Text)
	}
	return a
}

// says is an error where a text is not part of the answer.
func (a answer) says(texts ...string) answer {
	a.Helper()
	for _, text := range texts {
		if !strings.Contains(a.Text, text) {
			a.Fatalf("it should say %q, but:\n%s", text, a.Text)
		}
	}
	return a
}

// isSilent is an error where the policy said anything.
func (a answer) isSilent() answer {
	a.Helper()
	if strings.Contains(a.Text, "Warning: [") || strings.Contains(a.Text, "denied the request") {
		a.Fatalf("the policy should say nothing, but:\n%s", a.Text)
	}
	return a
}

var (
	// wrapping is what kubectl and the API server put around what the policy, or a failed call of it, says.
	wrapping = regexp.MustCompile(`(?s)Error from server[^:]*: (error when .*"STDIN": )?|admission webhook "[^"]*" |failed to call webhook: Post "[^"]*": `)
	longest  = 160
)

// told puts the answer into the table, without what is wrapped around it and with long lines cut.
func (a answer) told() answer {
	for _, line := range strings.Split(wrapping.ReplaceAllString(a.Text, ""), "\n") {
		if letters := []rune(strings.TrimSpace(line)); len(letters) > longest {
			line = string(letters[:longest]) + " …"
		}
		if line != "" {
			a.tell("%s", "`` "+line+" ``")
		}
	}
	return a
}

// unasked is an error where the API server asked the policies while the steps were taken.
func (c *check) unasked(steps func()) {
	c.Helper()
	before, err := cluster.Asked("")
	c.must(err)
	steps()
	after, err := cluster.Asked("")
	c.must(err)
	if after != before {
		c.Fatalf("the policies were asked %d times, and should not be", after-before)
	}
}

// before applies the manifests as if the policy came later, once their pods are there.
func (c *check) before(pods int, manifests ...string) {
	c.Helper()
	c.must(cluster.Unregister())
	defer func() { c.must(c.server.Register("", c.server.Address())) }()
	for _, manifest := range manifests {
		c.apply(manifest).succeeds()
	}
	c.awaitPods(pods, "", ".status.phase")
}

// awaitPods waits until the namespace has as many pods as are wanted, in a phase if one is named, and says what each of
// them has at the path.
func (c *check) awaitPods(count int, phase, path string) []string {
	c.Helper()
	filter := "*"
	if phase != "" {
		filter = `?(@.status.phase=="` + phase + `")`
	}
	var pods []string
	c.await(fmt.Sprintf("%d pods", count), func() error {
		said := cluster.Kubectl("", "-n", c.namespace, "get", "pods", "-o",
			`jsonpath={range .items[`+filter+`]}{.metadata.name}={`+path+`}{"\n"}{end}`)
		pods = strings.Fields(said.Text)
		if said.Failed || len(pods) != count {
			return fmt.Errorf("there are %d: %s", len(pods), said.Text)
		}
		return nil
	})
	return pods
}

// stored is what the API server has under a path of an object.
func (c *check) stored(object, path string) string {
	c.Helper()
	return c.kubectl("get", object, "-o", "jsonpath="+path).succeeds().Text
}

// is is an error where the API server has something else stored under the path.
func (c *check) is(object, path, wanted string) {
	c.Helper()
	if got := c.stored(object, path); got != wanted {
		c.Fatalf("%s %s is %q, and should be %q", object, path, got, wanted)
	}
}
