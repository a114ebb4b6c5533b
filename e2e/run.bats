#!/usr/bin/env bats
# The corpus through kwctl: each answer must be the recorded one. And what a user of kwctl does first.
# `make e2e-tests` writes the whole requests to target/corpus.

setup() {
  cd "$BATS_TEST_DIRNAME/.." || exit 1
}

# The answer as the corpus records it: without what every answer repeats, the patch readable.
recorded() {
  jq --sort-keys 'del(.uid, .patchType)
    | with_entries(select(.value != null))
    | if .patch then .patch |= (@base64d | fromjson) else . end'
}

@test "kwctl answers every case as recorded" {
  failed=0
  for folder in target/corpus/*/*; do
    case=e2e/cases/${folder#target/corpus/}
    # Where the policy asks its host, the answers are recorded too.
    host=()
    if [ -e "$case/host.yml" ]; then
      host=(--allow-context-aware --replay-host-capabilities-interactions "$case/host.yml")
    fi
    answer=$(kwctl run annotated-policy.wasm --request-path "$folder/request.json" \
      --settings-path "$folder/settings.json" "${host[@]}" 2>/dev/null | recorded)
    if ! diff <(jq --sort-keys . "$case/response.json") <(echo "$answer"); then
      echo "$case: differs"
      failed=$((failed + 1))
    fi
  done
  [ "$failed" -eq 0 ]
}

@test "kwctl refuses settings with every fault named" {
  run kwctl run annotated-policy.wasm --request-path target/corpus/request/web-pod/request.json \
    --settings-json '{"mutat": true, "rules": {"efa-cout": "deny"}}'
  [ "$status" -ne 0 ]
  [[ "$output" == *"mutat: unknown key; did you mean \`mutate\`?"* ]]
  [[ "$output" == *"rules.efa-cout: no rule has this id; did you mean \`efa-count\`?"* ]]
}

@test "kwctl takes the settings of every file in policy-settings" {
  for settings in policy-settings/{recommended,strict,audit,validate-only}.yml; do
    run kwctl run annotated-policy.wasm --settings-path "$settings" \
      --request-path target/corpus/request/web-pod/request.json
    [ "$status" -eq 0 ]
    [[ "$output" == *'"allowed":true'* ]]
  done
}

@test "kwctl runs the policies that enforce it" {
  for manifest in policy-settings/{mutating,validating,audit}-policy.yml; do
    # They name the module as a registry has it; here it is the file.
    sed 's|registry://.*|file://'"$PWD"'/annotated-policy.wasm|' "$manifest" >"$BATS_TEST_TMPDIR/policy.yml"
    # They name what of the cluster they may ask; here there is none, and nothing is asked.
    echo '[]' >"$BATS_TEST_TMPDIR/host.yml"
    run kwctl run "$BATS_TEST_TMPDIR/policy.yml" --allow-context-aware \
      --replay-host-capabilities-interactions "$BATS_TEST_TMPDIR/host.yml" \
      --request-path target/corpus/request/web-pod/request.json
    echo "$manifest: $output"
    [ "$status" -eq 0 ]
    [[ "$output" == *'"allowed":true'* ]]
  done
}

@test "kwctl scaffolds a manifest with the rules of the metadata" {
  kwctl scaffold manifest --type ClusterAdmissionPolicy --allow-context-aware annotated-policy.wasm \
    2>/dev/null >"$BATS_TEST_TMPDIR/policy.yml"
  grep -qx '  mutating: true' "$BATS_TEST_TMPDIR/policy.yml"
  grep -qx '    - daemonsets' "$BATS_TEST_TMPDIR/policy.yml"
  grep -qx '    kind: ResourceClaimTemplate' "$BATS_TEST_TMPDIR/policy.yml"
}

@test "kwctl scaffolds the package of Artifact Hub that is checked in" {
  version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml)
  kwctl scaffold artifacthub --metadata-path metadata.yml --questions-path questions-ui.yml \
    --output "$BATS_TEST_TMPDIR/package.yml"
  # Our own: the day, how it is installed, the comment. Kubewarden's chart has another name by kwctl's release.
  kept() { sed -e '/^#/d; /^createdAt:/d; /packages\/helm\/kubewarden\//d; /^install:/,/^[a-hj-z]/{/^install:/d; /^ /d}' "$1"; }
  diff <(kept "$BATS_TEST_TMPDIR/package.yml") <(kept "artifacthub/$version/artifacthub-pkg.yml")
}
