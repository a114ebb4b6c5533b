#!/bin/sh
# `make run`: three real objects, judged by the command line.
# Fails where a verdict is not the one expected.
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
judge 0 "the same pod with the bandwidth as a minimum: allowed" examples/aws-example-pod-repaired.yaml
judge 0 "the VPC CNI as shipped, without prefix delegation: repaired" examples/aws-node.yaml
exit $failed
