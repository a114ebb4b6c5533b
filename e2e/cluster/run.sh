#!/bin/sh
# `make cluster-tests`: gets what the checks need, and runs them. Where a part can't be had it says so and ends
# well; with CLUSTER_TESTS=required that is a failure.
set -eu
cd "$(dirname "$0")/../.."

skip() {
  echo "cluster-tests: skipped: $1" >&2
  if [ "${CLUSTER_TESTS-}" = required ]; then exit 1; fi
  exit 0
}
is_there() { command -v "$1" >/dev/null; }

is_there go || skip "Go is not installed; see https://go.dev/doc/install"
is_there kwctl || skip "kwctl is not on the PATH; Kubewarden's releases have it, see https://docs.kubewarden.io"
is_there policy-server || skip "policy-server is not on the PATH; it is a file in Kubewarden's image of that name: \
docker create --name policy-server ghcr.io/kubewarden/policy-server:v1.35.0 && docker cp policy-server:/policy-server ."
make --no-print-directory annotated-policy.wasm

# The control plane is taken from the PATH as a whole, or built of the modules that go.mod pins.
bin=$PWD/target/cluster/bin
if ! { is_there etcd && is_there kube-apiserver && is_there kube-controller-manager && is_there kube-scheduler && is_there kubectl; }; then
  mkdir -p "$bin"
  echo "cluster-tests: building the control plane in $bin, at first for some 20 minutes of CPU" >&2
  version=$(go -C e2e/cluster list -m -f '{{.Version}}' k8s.io/kubernetes)
  go -C e2e/cluster build -o "$bin/" -ldflags "-s -w -X k8s.io/component-base/version.gitVersion=$version" tool || skip "the control plane can't be built: its Go modules can't be had"
  ln -sf server "$bin/etcd"
  PATH=$bin:$PATH
fi
cd e2e/cluster
exec go test -count=1 -timeout=40m . "$@"
