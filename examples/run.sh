#!/bin/sh
# `make run`: checks three real objects with the command line.
# Fails if a result is not the expected one.
set -u
cd "$(dirname "$0")/.." || exit 2
failed=0

judge() { # expected exit code, title, file
  printf '\n== %s\n' "$2"
  target/debug/admit "$3"
  code=$?
  if [ "$code" -ne "$1" ]; then
    echo "expected exit code $1, got $code" >&2
    failed=1
  fi
}

judge 1 "AWS's example pod can never be scheduled: denied" examples/aws-example-pod.yaml
judge 0 "the same pod with a minimum bandwidth: allowed" examples/aws-example-pod-repaired.yaml
judge 0 "the VPC CNI as shipped, without prefix delegation: repaired" examples/aws-node.yaml
exit $failed
