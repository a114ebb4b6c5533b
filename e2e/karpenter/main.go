// The referee: Karpenter's own code, and kube-scheduler's, on pods of the project's generators. README.md tells
// how it works; what it says is a recording in tests/karpenter, which `cargo test` replays.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"runtime"
	"sync"

	"github.com/aws/karpenter-provider-aws/pkg/providers/instancetype"
	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	ctrl "sigs.k8s.io/controller-runtime"
)

// scenario is a cluster and pods, each of which comes to it alone: a line of the file.
type scenario struct {
	Objects []json.RawMessage `json:"objects"`
	Pods    []json.RawMessage `json:"pods"`
}

func main() {
	facts := flag.String("facts", "", "the facts about instance types, as CSV")
	scenarios := flag.String("scenarios", "", "the file of scenarios, a line each")
	out := flag.String("out", "", "the recording that is written")
	reasons := flag.Bool("reasons", false, "print Karpenter's reason for each pod that does not run")
	flag.Parse()
	ctrl.SetLogger(logr.Discard())
	if err := run(*facts, *scenarios, *out, *reasons); err != nil {
		log.Fatal(err)
	}
}

func run(facts, scenarios, out string, reasons bool) error {
	file, err := os.Open(facts)
	if err != nil {
		return err
	}
	defer file.Close()
	names, answer, err := instances(file)
	if err != nil {
		return err
	}
	head, all, err := read(scenarios)
	if err != nil {
		return err
	}
	ctx, err := withOptions(context.Background())
	if err != nil {
		return err
	}
	types, err := newTypes(ctx, answer)
	if err != nil {
		return err
	}
	verdicts := make([][]verdict, len(all))
	errs := make([]error, len(all))
	jobs := make(chan int)
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Add(1)
		go func() {
			defer workers.Done()
			for job := range jobs {
				verdicts[job], errs[job] = all[job].judge(types)
			}
		}()
	}
	for job := range all {
		jobs <- job
	}
	close(jobs)
	workers.Wait()
	var flat []verdict
	for job, one := range verdicts {
		if errs[job] != nil {
			return fmt.Errorf("scenario %d: %w", job, errs[job])
		}
		flat = append(flat, one...)
	}
	if reasons {
		for index, one := range flat {
			fmt.Printf("%d\t%c\t%s\t%s\n", index, one.outcome, kind(one.reason), one.reason)
		}
	}
	return record(out, head, names, flat)
}

// read reads the scenarios: the first line is the head, which the recording repeats.
func read(path string) (head map[string]any, all []scenario, err error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer file.Close()
	reader := bufio.NewReader(file)
	for {
		line, err := reader.ReadBytes('\n')
		if err == io.EOF {
			return head, all, nil
		}
		if err != nil {
			return nil, nil, err
		}
		if head == nil {
			if err := json.Unmarshal(line, &head); err != nil {
				return nil, nil, err
			}
			continue
		}
		var one scenario
		if err := json.Unmarshal(line, &one); err != nil {
			return nil, nil, err
		}
		all = append(all, one)
	}
}

func (s scenario) judge(types instancetype.Provider) ([]verdict, error) {
	w, err := newWorld(context.Background(), types, s.Objects)
	if err != nil {
		return nil, err
	}
	var pods []*corev1.Pod
	for index, text := range s.Pods {
		pod := &corev1.Pod{}
		if err := json.Unmarshal(text, pod); err != nil {
			return nil, fmt.Errorf("pod %d: %w", index, err)
		}
		pods = append(pods, pod)
	}
	return w.judge(pods)
}
