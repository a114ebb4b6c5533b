//! Generates `artifacthub/<version>/artifacthub-pkg.yml`, the description of a release on Artifact Hub,
//! from `metadata.yml` and `questions-ui.yml`, in the format of `kwctl scaffold artifacthub`.

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value, json};

/// Returns the package; `created_at` is the time of the release.
pub fn package(metadata: &Value, questions: &str, created_at: &str) -> Result<Value> {
    let annotation = |name: &str| {
        let annotations = metadata.get("annotations");
        let text = annotations.and_then(|annotations| annotations.get(name)?.as_str());
        text.with_context(|| format!("metadata.yml lacks the annotation `{name}`"))
    };
    let of = |name: &str| annotation(&format!("io.kubewarden.policy.{name}"));
    let (version, source, url) = (of("version")?, of("source")?, of("ociUrl")?);
    let image = format!("{url}:v{version}");
    let keywords: Vec<&str> =
        annotation("io.artifacthub.keywords")?.split(',').map(str::trim).collect();
    let mut package = Map::new();
    let mut add = |name: &str, value: Value| package.insert(name.to_owned(), value);
    add("version", version.into());
    add("name", of("title")?.into());
    add("displayName", annotation("io.artifacthub.displayName")?.into());
    add("createdAt", created_at.into());
    add("description", of("description")?.into());
    add("license", of("license")?.into());
    add("homeURL", of("url")?.into());
    add("containersImages", json!([{ "name": "policy", "image": image }]));
    add("keywords", json!(keywords));
    add(
        "links",
        json!([
            { "name": "policy", "url": format!("{source}/releases/download/v{version}/policy.wasm") },
            { "name": "source", "url": source },
        ]),
    );
    add("install", install(source, version, &image).into());
    add("maintainers", json!([maintainer(of("author")?)?]));
    add("provider", json!({ "name": "kubewarden" }));
    add("recommendations", json!([{ "url": RECOMMENDED }]));
    let field = |name| metadata.get(name).with_context(|| format!("metadata.yml lacks `{name}`"));
    let annotations = json!({
        "kubewarden/contextAwareResources": yaml_serde::to_string(field("contextAwareResources")?)?,
        "kubewarden/mutation": field("mutating")?.to_string(),
        "kubewarden/questions-ui": questions,
        "kubewarden/resources": annotation("io.artifacthub.resources")?,
        "kubewarden/rules": yaml_serde::to_string(field("rules")?)?,
    });
    add("annotations", annotations);
    Ok(package.into())
}

const RECOMMENDED: &str = "https://artifacthub.io/packages/helm/kubewarden/admission-controller";

fn install(source: &str, version: &str, image: &str) -> String {
    format!(
        "Where Kubewarden is installed, two files enforce the policy:\n\
         ```console\n\
         kubectl apply -f {source}/releases/download/v{version}/mutating-policy.yml\n\
         kubectl apply -f {source}/releases/download/v{version}/validating-policy.yml\n\
         ```\n\
         To try it on manifests first, with [kwctl](https://docs.kubewarden.io):\n\
         ```console\n\
         kwctl pull registry://{image}\n\
         kwctl scaffold manifest -t ClusterAdmissionPolicy registry://{image}\n\
         ```\n"
    )
}

/// `NAME <MAIL>`
fn maintainer(author: &str) -> Result<Value> {
    let parts =
        author.split_once(" <").and_then(|(name, mail)| Some((name, mail.strip_suffix('>')?)));
    let Some((name, email)) = parts else {
        bail!("metadata.yml: the author is `{author}`, not `NAME <MAIL>`")
    };
    Ok(json!({ "name": name, "email": email }))
}
