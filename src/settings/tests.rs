use rstest::rstest;

use super::*;

fn read(json: &str) -> Result<Settings<'_>, Error> {
    Settings::read(Some(RawJson(json)))
}

#[rstest]
#[case::empty("{}")]
#[case::null("null")]
#[case::everything(
    r#"{"rules": {"efa-count": "off", "efa-limits": "fix"}, "mutate": false,
        "prefixDelegation": {"warmPrefixTarget": 2}, "nodeLabels": "autoMode",
        "exempt": {"namespaces": ["kube-system"], "podSelector": {"matchLabels": {"a": "b"}}},
        "training": {"podSelector": {"matchExpressions": [{"key": "a", "operator": "Exists"}]}},
        "inference": {"namespaces": [], "builtInSignals": false},
        "efa": {"devicePlugin": true, "inspectImages": true, "inspectRegistries": ["docker.io", "localhost", "registry.example:5000"],
                "interfaces": {"p5*": 8, "ml.p5.48xlarge": 16, "p9.48xlarge": 64}, "trainingImages": ["*/train:*"], "refusedImages": []},
        "clusterContext": false,
        "bandwidth": {"minimumMbps": 400000},
        "capacity": {"prefixDelegation": false, "minimumPodsPerNode": 30, "customNetworking": true,
                     "reservedEnis": 1, "maxEnis": null, "recommendedCap": false,
                     "securityGroupsForPods": "auto"},
        "instanceTypes": {"unknown": "deny", "allowed": ["p5*", "m5.large", "ml.p5en.48xlarge", "ml.g6*", "p9*"],
                          "extra": [{"name": "p9.48xlarge", "efaInterfaces": 64, "gpuName": "b900",
                                     "bareMetal": false}]}}"#
)]
#[case::off_as_kubectl_reads_it(
    r#"{"rules": {"efa-count": false}, "instanceTypes": {"unknown": false}}"#
)]
#[case::a_flag_as_a_form_writes_it(r#"{"efa": {"devicePlugin": "true"}}"#)]
#[case::nulls(r#"{"rules": null, "mutate": null, "prefixDelegation": null}"#)]
fn accepts(#[case] json: &str) {
    assert_eq!(validate(json), []);
    read(json).unwrap();
}

#[rstest]
#[case::a_type_whose_name_is_none(
    r#"{"instanceTypes": {"extra": [{"name": "p9\n"}]}}"#,
    "instanceTypes.extra[0].name: `p9\\n` is not made of letters, digits, `-`, `_` and `.`"
)]
#[case::a_fact_that_no_label_can_hold(
    r#"{"instanceTypes": {"extra": [{"name": "p9.large", "gpuName": "b`1"}]}}"#,
    "instanceTypes.extra[0].gpuName: `b'1` is not made of letters, digits, `-`, `_` and `.`"
)]
#[case::unknown_key(r#"{"mutat": true}"#, "mutat: unknown key; did you mean `mutate`?")]
#[case::letters_that_changed_places(
    r#"{"rulse": {}}"#,
    "rulse: unknown key; did you mean `rules`?"
)]
#[case::a_key_that_looks_like_another(
    "{\"rules\u{200b}\": {}}",
    "rules?: unknown key; did you mean `rules`?"
)]
#[case::unknown_key_far_from_all(
    r#"{"colour": 1}"#,
    "colour: unknown key; known are `accelerators`, `annotate`, `bandwidth`, `capacity`, `clusterContext`, `efa`, `exceptions`, `exempt`, `inference`, `instanceTypes`, `karpenterVersion`, `mutate`, `network`, `nodeLabels`, `prefixDelegation`, `provisioning`, `rulePages`, `rules`, `training`, `unrepaired`"
)]
#[case::unknown_rule(
    r#"{"rules": {"efa-limit": "warn"}}"#,
    "rules.efa-limit: no rule has this id; did you mean `efa-limits`?"
)]
#[case::unknown_action(
    r#"{"rules": {"efa-limits": "denny"}}"#,
    "rules.efa-limits: `denny` is not one of `off`, `warn`, `deny`, `fix`; did you mean `deny`?"
)]
#[case::fix_without_remedy(
    r#"{"rules": {"efa-count": "fix"}}"#,
    "rules.efa-count: this rule has no certain remedy, so it can't be `fix`; use `off`, `warn` or `deny`"
)]
#[case::wrong_type(r#"{"mutate": "yes"}"#, "mutate: must be `true` or `false`, not \"yes\"")]
#[case::nested(
    r#"{"prefixDelegation": {"warmPrefixTarget": 0}}"#,
    "prefixDelegation.warmPrefixTarget: must be a whole number from 1 to 1024, not 0"
)]
#[case::fix_of_a_type(
    r#"{"instanceTypes": {"unknown": "fix"}}"#,
    "instanceTypes.unknown: `fix` is not one of `off`, `warn`, `deny`"
)]
#[case::number_out_of_range(
    r#"{"capacity": {"reservedEnis": -1}}"#,
    "capacity.reservedEnis: must be a whole number from 0 to 16, not -1"
)]
#[case::no_list(
    r#"{"instanceTypes": {"allowed": "p5*"}}"#,
    "instanceTypes.allowed: must be a list of strings, not \"p5*\""
)]
#[case::no_string_in_a_list(
    r#"{"instanceTypes": {"allowed": ["p5*", 5]}}"#,
    "instanceTypes.allowed[1]: must be a string, not 5"
)]
#[case::a_type_without_name(
    r#"{"instanceTypes": {"extra": [{"vcpus": 4}]}}"#,
    "instanceTypes.extra[0].name: is missing"
)]
#[case::a_name_that_is_null(
    r#"{"instanceTypes": {"extra": [{"name": null}]}}"#,
    "instanceTypes.extra[0].name: is missing"
)]
#[case::a_name_that_is_no_string(
    r#"{"instanceTypes": {"extra": [{"name": 9}]}}"#,
    "instanceTypes.extra[0].name: must be a string, not 9"
)]
#[case::no_type(
    r#"{"instanceTypes": {"extra": [null]}}"#,
    "instanceTypes.extra[0]: must be an object, not null"
)]
#[case::more_types_than_there_is_room_for(
    &format!(r#"{{"instanceTypes": {{"extra": [{}]}}}}"#,
        (0..65).map(|n| format!(r#"{{"name": "p9.{n}xlarge"}}"#)).collect::<Vec<_>>().join(",")),
    "instanceTypes.extra: there is room for 64 types, not for 65"
)]
#[case::a_column_that_is_not_known(
    r#"{"instanceTypes": {"extra": [{"name": "p9.48xlarge", "efaInterface": 4}]}}"#,
    "instanceTypes.extra[0].efaInterface: unknown key; did you mean `efaInterfaces`?"
)]
#[case::a_column_of_another_form(
    r#"{"instanceTypes": {"extra": [{"name": "p9.48xlarge", "vcpus": "many"}]}}"#,
    "instanceTypes.extra[0].vcpus: must be a whole number from 0 to 4294967294, not \"many\""
)]
#[case::a_type_in_capitals(
    r#"{"instanceTypes": {"extra": [{"name": "P9.48xlarge"}]}}"#,
    "instanceTypes.extra[0].name: EC2 writes the names of types in small letters, not `P9.48xlarge`"
)]
#[case::one_type_in_two_spellings(
    r#"{"instanceTypes": {"extra": [{"name": "p9.48xlarge"}, {"name": "ml.p9.48xlarge"}]}}"#,
    "instanceTypes.extra[1].name: `p9.48xlarge` is listed twice"
)]
#[case::no_registry_to_ask(
    r#"{"efa": {"inspectImages": true}}"#,
    "efa.inspectImages: no registry may be asked; name those that may in `inspectRegistries`"
)]
#[case::a_registry_with_a_path(
    r#"{"efa": {"inspectRegistries": ["ghcr.io/owner"]}}"#,
    "efa.inspectRegistries: `ghcr.io/owner` is no host of a registry as images name it, such as `docker.io`"
)]
#[case::a_registry_that_is_no_host(
    r#"{"efa": {"inspectRegistries": ["ghcr"]}}"#,
    "efa.inspectRegistries: `ghcr` is no host of a registry as images name it, such as `docker.io`"
)]
#[case::pages_without_an_address(
    r#"{"rulePages": "docs/rules"}"#,
    "rulePages: must be an address that begins with `https://` or `http://`, without blanks, not \"docs/rules\""
)]
#[case::pages_that_end_a_message(
    r#"{"rulePages": "https://a.example/; drop `it`"}"#,
    "rulePages: must be an address that begins with `https://` or `http://`, without blanks, not \"https://a.example/; drop `it`\""
)]
#[case::registries_with_a_wildcard(
    r#"{"efa": {"inspectRegistries": ["*.amazonaws.com"]}}"#,
    "efa.inspectRegistries: `*.amazonaws.com` is no host of a registry as images name it, such as `docker.io`"
)]
#[case::an_operator_of_no_selector(
    r#"{"exempt": {"podSelector": {"matchExpressions": [{"key": "a", "operator": "Gt", "values": ["1"]}]}}}"#,
    "exempt.podSelector.matchExpressions[0].operator: `Gt` is not one of `In`, `NotIn`, `Exists`, `DoesNotExist`"
)]
#[case::a_label_that_is_no_string(
    r#"{"training": {"podSelector": {"matchLabels": {"a": true}}}}"#,
    "training.podSelector.matchLabels.a: must be a string, not true"
)]
#[case::an_expression_that_would_select_all(
    r#"{"exempt": {"podSelector": {"matchExpressions": [{"key": "team", "operator": "NotIn"}]}}}"#,
    "exempt.podSelector.matchExpressions[0].values: is missing"
)]
#[case::an_expression_without_key(
    r#"{"exempt": {"podSelector": {"matchExpressions": [{"operator": "Exists"}]}}}"#,
    "exempt.podSelector.matchExpressions[0].key: is missing"
)]
#[case::a_type_that_is_there_twice(
    r#"{"instanceTypes": {"extra": [{"name": "p9.48xlarge"}, {"name": "p9.48xlarge"}]}}"#,
    "instanceTypes.extra[1].name: `p9.48xlarge` is listed twice"
)]
#[case::a_release_as_a_number(
    r#"{"karpenterVersion": 1.10}"#,
    "karpenterVersion: must be `auto`, or a release since 1.0 as a string, such as \"1.14\", not 1.10"
)]
#[case::a_release_before_all(
    r#"{"karpenterVersion": "0.37"}"#,
    "karpenterVersion: must be `auto`, or a release since 1.0 as a string, such as \"1.14\", not \"0.37\""
)]
#[case::neither_auto_nor_a_flag(
    r#"{"efa": {"devicePlugin": "yes"}}"#,
    "efa.devicePlugin: must be `auto`, `true` or `false`, not \"yes\""
)]
#[case::a_label_domain(
    r#"{"nodeLabels": "automode"}"#,
    "nodeLabels: `automode` is not one of `auto`, `karpenter`, `autoMode`, `both`, `none`; did you mean `autoMode`?"
)]
#[case::not_an_object("[]", "must be an object, not a list")]
fn refuses(#[case] json: &str, #[case] message: &str) {
    let faults: Vec<String> = validate(json).iter().map(ToString::to_string).collect();
    assert_eq!(faults, [message]);
    assert!(read(json).is_err(), "a request must refuse what the start refuses");
}

#[test]
fn typos_are_named_beside_other_faults() {
    let json = r#"{"mutate": 1, "instanceTypes": {"allowed": ["p5.48xlarg"]}}"#;
    let paths: Vec<String> = validate(json).into_iter().map(|fault| fault.path).collect();
    assert_eq!(paths, ["mutate", "instanceTypes.allowed[0]"]);
}

/// They are only searched at startup: in a request, searching the table would cost too much.
#[rstest]
#[case::a_slip(
    r#"{"instanceTypes": {"allowed": ["p5.48xlarg", "p9.48xlarge", "p5*"]}}"#,
    &["instanceTypes.allowed[0]: the instance type `p5.48xlarg` is not known (as of 2026-08-21); \
       did you mean `p5.48xlarge`? Else describe it in `instanceTypes.extra`"]
)]
#[case::a_slip_as_hyperpod_spells_it(
    r#"{"instanceTypes": {"allowed": ["ml.p5.48xlarg"]}}"#,
    &["instanceTypes.allowed[0]: the instance type `ml.p5.48xlarg` is not known (as of 2026-08-21); \
       did you mean `p5.48xlarge`? Else describe it in `instanceTypes.extra`"]
)]
#[case::capitals(
    r#"{"instanceTypes": {"allowed": ["P5*", "P5.48xlarge"]}}"#,
    &["instanceTypes.allowed[0]: no known instance type matches `P5*` (as of 2026-08-21); \
       did you mean `p5*`? Else describe it in `instanceTypes.extra`",
      "instanceTypes.allowed[1]: the instance type `P5.48xlarge` is not known (as of 2026-08-21); \
       did you mean `p5.48xlarge`? Else describe it in `instanceTypes.extra`"]
)]
#[case::patterns_that_match_nothing(
    r#"{"instanceTypes": {"allowed": ["zz*", "p55.*", "p9*", "p5.*xlrge"]}}"#,
    &["instanceTypes.allowed[0]: no known instance type matches `zz*` (as of 2026-08-21); \
       describe it in `instanceTypes.extra`",
      "instanceTypes.allowed[1]: no known instance type matches `p55.*` (as of 2026-08-21); \
       describe it in `instanceTypes.extra`",
      "instanceTypes.allowed[2]: no known instance type matches `p9*` (as of 2026-08-21); \
       describe it in `instanceTypes.extra`",
      "instanceTypes.allowed[3]: no known instance type matches `p5.*xlrge` (as of 2026-08-21); \
       describe it in `instanceTypes.extra`"]
)]
#[case::a_family_with_a_slip(
    r#"{"instanceTypes": {"allowed": ["trm1.*", "g6ee*"]}}"#,
    &["instanceTypes.allowed[0]: no known instance type matches `trm1.*` (as of 2026-08-21); \
       did you mean `trn1.*`? Else describe it in `instanceTypes.extra`",
      "instanceTypes.allowed[1]: no known instance type matches `g6ee*` (as of 2026-08-21); \
       did you mean `g6e*`? Else describe it in `instanceTypes.extra`"]
)]
#[case::numbers_of_types_that_are_none(
    r#"{"efa": {"interfaces": {"p5.48xlrge": 32, "P5en*": 16, "p9.48xlarge": 4}}}"#,
    &["efa.interfaces.p5.48xlrge: the instance type `p5.48xlrge` is not known (as of 2026-08-21); \
       did you mean `p5.48xlarge`? Else describe it in `instanceTypes.extra`",
      "efa.interfaces.P5en*: no known instance type matches `P5en*` (as of 2026-08-21); \
       did you mean `p5en*`? Else describe it in `instanceTypes.extra`",
      "efa.interfaces.p9.48xlarge: the instance type `p9.48xlarge` is not known (as of 2026-08-21); \
       describe it in `instanceTypes.extra`"]
)]
fn names_that_mean_no_type(#[case] json: &str, #[case] expected: &[&str]) {
    let faults: Vec<String> = validate(json).iter().map(ToString::to_string).collect();
    assert_eq!(faults, expected);
    read(json).unwrap();
}

/// The engine sorts keys, so a pattern may come before a name that it matches.
#[test]
fn a_name_counts_before_a_pattern() {
    let json = r#"{"efa": {"interfaces": {"*": 1, "g6.*": 2, "g6.12xlarge": 3, "ml.p5*": 8}}}"#;
    let settings = read(json).unwrap();
    for (name, number) in
        [("g6.12xlarge", 3), ("g6.8xlarge", 2), ("p5.48xlarge", 8), ("c7i.large", 1)]
    {
        let instance = settings.catalog.named(name).unwrap();
        assert_eq!(settings.efa.interfaces.of(&instance), Some(number), "{name}");
    }
}

/// Docker Hub is the registry of a reference that names none; a host must match as a whole.
#[rstest]
#[case("python:3.12", true)]
#[case("owner/image", true)]
#[case("docker.io/owner/image", true)]
#[case("GHCR.io/owner/image", true)]
#[case("ghcr.io.example/owner/image", false)]
#[case("ghcr.io:5000/owner/image", false)]
#[case("ghcr.io@evil.example/image", false)]
#[case("example.com/ghcr.io/image", false)]
fn registries_that_may_be_asked(#[case] image: &str, #[case] expected: bool) {
    let json = |inspect: bool| {
        format!(
            r#"{{"efa": {{"inspectImages": {inspect}, "inspectRegistries": ["ghcr.io", "docker.io"]}}}}"#
        )
    };
    assert_eq!(read(&json(true)).unwrap().efa.inspects(image), expected);
    assert!(!read(&json(false)).unwrap().efa.inspects(image));
}

#[test]
fn names_all_faults_at_once() {
    let json = r#"{"mutate": 1, "rules": {"efa-limit": "warn", "efa-count": 7}, "y": {}}"#;
    let Err(error) = read(json) else { panic!("valid") };
    assert_eq!(
        error.to_string(),
        "the settings are not valid: \
         mutate: must be `true` or `false`, not 1; \
         rules.efa-count: must be one of `off`, `warn`, `deny`, `fix`, not 7; \
         rules.efa-limit: no rule has this id; did you mean `efa-limits`?; \
         y: unknown key; known are `accelerators`, `annotate`, `bandwidth`, `capacity`, `clusterContext`, `efa`, `exceptions`, `exempt`, `inference`, `instanceTypes`, `karpenterVersion`, `mutate`, `network`, `nodeLabels`, `prefixDelegation`, `provisioning`, `rulePages`, `rules`, `training`, `unrepaired`"
    );
}
