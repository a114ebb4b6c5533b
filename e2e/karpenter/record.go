package main

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"runtime/debug"
	"strings"
)

// Of these modules the recording names the version.
var judges = map[string]string{
	"sigs.k8s.io/karpenter":                 "karpenter",
	"github.com/aws/karpenter-provider-aws": "provider",
	"k8s.io/component-helpers":              "scheduler",
}

// record writes the recording: the head, then a line a pod. It has the outcome, and for a pod that runs its
// types as numbers of the facts' rows that are known (`12-15,98`), or `=` and the number of the line that has
// the same; `s` before them where a static pool runs it. For one that does not it has the kind of reason.
func record(path string, head map[string]any, names []string, verdicts []verdict) error {
	build, ok := debug.ReadBuildInfo()
	if !ok {
		return fmt.Errorf("the program does not know its modules")
	}
	for _, module := range build.Deps {
		if name, ok := judges[module.Path]; ok {
			head[name] = module.Version
		}
	}
	head["types"] = len(names)
	first, err := json.Marshal(head)
	if err != nil {
		return err
	}
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer file.Close()
	// No time and no name in it: the same verdicts are the same bytes.
	packed, err := gzip.NewWriterLevel(file, gzip.BestCompression)
	if err != nil {
		return err
	}
	numbers := map[string]int{}
	for number, name := range names {
		numbers[name] = number
	}
	fmt.Fprintf(packed, "%s\n", first)
	lines := map[string]int{}
	for line, one := range verdicts {
		text := kind(one.reason)
		if one.outcome == runs {
			text = ranges(one.types, numbers)
			if before, ok := lines[text]; ok && len(text) > 8 {
				text = fmt.Sprintf("=%d", before)
			} else {
				lines[text] = line
			}
			if one.static {
				text = "s" + text
			}
		}
		fmt.Fprintf(packed, "%c%s\n", one.outcome, text)
	}
	return packed.Close()
}

// ranges writes sorted names of types as ranges of their numbers.
func ranges(types []string, numbers map[string]int) string {
	var parts []string
	for i := 0; i < len(types); {
		j := i
		for j+1 < len(types) && numbers[types[j+1]] == numbers[types[j]]+1 {
			j++
		}
		if i == j {
			parts = append(parts, fmt.Sprint(numbers[types[i]]))
		} else {
			parts = append(parts, fmt.Sprintf("%d-%d", numbers[types[i]], numbers[types[j]]))
		}
		i = j + 1
	}
	return strings.Join(parts, ",")
}

// Kinds of reasons, by words that Karpenter's messages have; the test has a name for each. A message that is about
// several pools has several.
var kinds = []struct {
	kind  byte
	words []string
}{
	{'t', []string{"did not tolerate"}},
	{'l', []string{"does not have known values"}},
	{'k', []string{"incompatible requirements, key"}},
	{'m', []string{"minValues"}},
	{'x', []string{"limits"}},
	{'p', []string{"no nodepools found", "filtered out all available instance types"}},
	{'q', []string{"met all requirements"}},
	{'r', []string{"has enough resources"}},
	{'o', []string{"has the required offering"}},
	// What meets one part fails another.
	{'b', []string{"resources, requirements", "resources, had a", "met the scheduling requirements", "had the required resources", "resources/offering", "had a required offering"}},
	// Why a pod is ignored.
	{'f', []string{"matchFields"}},
	{'d', []string{"configured to not run"}},
	{'u', []string{"unreadable"}},
	{'a', []string{"not allowed", "is restricted"}},
	{'v', []string{"must have", "invalid", "unsupported", "has an unsupported operator", "not valid", "must be"}},
}

func kind(reason string) string {
	var found []byte
	for _, one := range kinds {
		for _, word := range one.words {
			if strings.Contains(reason, word) {
				found = append(found, one.kind)
				break
			}
		}
	}
	return string(found)
}
