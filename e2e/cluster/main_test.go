// Package cluster checks the policy behind a real API server. `make cluster-tests` runs it; README.md tells what it is.
package cluster

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"cluster/fixture"
)

var (
	record  = flag.Bool("record", false, "write the table of README.md anew")
	cluster *fixture.Cluster
)

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(run(m))
}

func run(m *testing.M) int {
	root, err := filepath.Abs("../..")
	if err != nil {
		return failed(err)
	}
	programs, err := fixture.FindPrograms()
	if err != nil {
		return failed(err)
	}
	fmt.Println(programs.Versions())
	dir := filepath.Join(root, "target/cluster/run") // its logs stay
	if err := os.RemoveAll(dir); err != nil {
		return failed(err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return failed(err)
	}
	cluster, err = fixture.Start(root, dir, programs)
	defer cluster.Stop()
	if err == nil {
		err = furnish()
	}
	if err != nil {
		return failed(err)
	}
	code := m.Run()
	if code == 0 && *record {
		err = write("README.md", programs.Versions())
	}
	if err != nil {
		return failed(err)
	}
	return code
}

func failed(err error) int {
	fmt.Fprintln(os.Stderr, "cluster-tests:", err)
	return 1
}

// furnish makes what a cluster has before any check: Kubewarden's namespace and account, custom kinds, nodes.
func furnish() error {
	for _, file := range []string{"furniture.yaml", "kinds.yaml"} {
		if answer := cluster.Kubectl("", "apply", "-f", file); answer.Failed {
			return fmt.Errorf("%s: %s", file, answer.Text)
		}
	}
	if answer := cluster.Kubectl("", "wait", "--for=condition=established", "--timeout=60s", "crd", "--all"); answer.Failed {
		return fmt.Errorf("%s", answer.Text)
	}
	return cluster.AddNodes(func(instanceType string) bool { return slices.Contains(few, instanceType) })
}

// few are the types of the nodes that are always there.
var few = []string{"m7i.4xlarge", "p5.48xlarge"}

const begin, end = "<!-- answers -->\n", "<!-- /answers -->\n"

// write puts what the checks told between the marks of the file.
func write(file, versions string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	before, rest, begins := bytes.Cut(text, []byte(begin))
	_, after, ends := bytes.Cut(rest, []byte(end))
	if !begins || !ends {
		return fmt.Errorf("%s has no marks", file)
	}
	table := strings.Builder{}
	fmt.Fprintf(&table, "```text\n%s\n```\n\n| what is done | what is answered |\n|--|--|\n", versions)
	for _, row := range told {
		fmt.Fprintf(&table, "| %s | %s |\n", row.title, strings.Join(row.answers, "<br>"))
	}
	return os.WriteFile(file, bytes.Join([][]byte{before, []byte(begin), []byte(table.String()), []byte(end), after}, nil), 0o644)
}
