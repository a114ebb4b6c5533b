#!/usr/bin/env bats
# The corpus through kwctl: each answer must be the recorded one.

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
  for request in e2e/cases/*/*/request.json; do
    case=$(dirname "$request")
    # Where the policy asks its host, the answers are recorded too.
    host=()
    if [ -e "$case/host.yml" ]; then
      host=(--allow-context-aware --replay-host-capabilities-interactions "$case/host.yml")
    fi
    answer=$(kwctl run annotated-policy.wasm --request-path "$request" \
      --settings-path "$case/settings.json" "${host[@]}" 2>/dev/null | recorded)
    if ! diff <(jq --sort-keys . "$case/response.json") <(echo "$answer"); then
      echo "$case: differs"
      failed=$((failed + 1))
    fi
  done
  [ "$failed" -eq 0 ]
}

@test "kwctl refuses settings with every fault named" {
  run kwctl run annotated-policy.wasm --request-path e2e/cases/request/web-pod/request.json \
    --settings-json '{"mutat": true, "rules": {"efa-cout": "deny"}}'
  [ "$status" -ne 0 ]
  [[ "$output" == *"mutat: unknown key; did you mean \`mutate\`?"* ]]
  [[ "$output" == *"rules.efa-cout: no rule has this id; did you mean \`efa-count\`?"* ]]
}
