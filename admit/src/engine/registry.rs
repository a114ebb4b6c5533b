//! Pulls the policy module from an OCI registry, in Kubewarden's format: one layer of WebAssembly. There is
//! no cache: a module is smaller than a megabyte, and offline users keep a file.

use std::{
    io::{Cursor, ErrorKind},
    net::IpAddr,
    time::Duration,
};

use anyhow::{Context, Error, Result, anyhow, bail, ensure};
use docker_credential::{CredentialRetrievalError, DockerCredential};
use oci_client::{
    Client, Reference,
    client::{ClientConfig, ClientProtocol},
    errors::{DigestError, OciDistributionError, OciErrorCode},
    manifest::{OciDescriptor, WASM_LAYER_MEDIA_TYPE},
    secrets::RegistryAuth,
};

/// Far larger than any policy, far smaller than the memory of a machine.
const MAX_BYTES: u32 = 64 << 20;

/// Pulls the module of a reference and verifies its digest.
///
/// # Errors
/// If the registry can't be reached, denies access, or has something else under this name.
pub fn pull(reference: &Reference) -> Result<Vec<u8>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(pull_module(reference))
}

async fn pull_module(reference: &Reference) -> Result<Vec<u8>> {
    let client = client(reference.resolve_registry())?;
    let credentials = Credentials::of(reference.resolve_registry());
    let told = |error| explain(error, reference, &credentials);
    let (manifest, _) =
        client.pull_image_manifest(reference, &credentials.auth()).await.map_err(told)?;
    let layer = the_module(&manifest.layers)?;
    let mut bytes = vec![0; size(layer)?];
    // A cursor over a slice accepts no more bytes than the manifest promises.
    let mut out = Cursor::new(bytes.as_mut_slice());
    client.pull_blob(reference, layer, &mut out).await.map_err(told)?;
    Ok(bytes)
}

/// # Errors
/// If the machine has no trusted certificates.
fn client(host: &str) -> Result<Client> {
    // Fails only if there is a provider already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let protocol = if is_loopback(host) { ClientProtocol::Http } else { ClientProtocol::Https };
    let config = ClientConfig {
        protocol,
        connect_timeout: Some(Duration::from_secs(10)),
        read_timeout: Some(Duration::from_secs(30)),
        ..ClientConfig::default()
    };
    Client::try_from(config).map_err(|error| {
        anyhow!("can't read the certificates of this machine: {}; install ca-certificates, or set SSL_CERT_FILE", cause(error))
    })
}

/// `true` if a host, with or without a port, is this machine: registries there use plain HTTP.
fn is_loopback(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.parse::<u16>().is_ok() => name,
        _ => host,
    };
    name == "localhost" || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// The credentials for a registry in docker's configuration.
struct Credentials(Result<(String, String), String>);

impl Credentials {
    fn of(host: &str) -> Self {
        Self(match docker_credential::get_credential(host) {
            Ok(DockerCredential::UsernamePassword(user, password)) => Ok((user, password)),
            Ok(DockerCredential::IdentityToken(_)) => {
                Err("docker's configuration has an identity token, which `admit` can't use"
                    .to_owned())
            }
            Err(CredentialRetrievalError::NoCredentialConfigured) => {
                Err("docker's configuration has none for this registry".to_owned())
            }
            Err(
                CredentialRetrievalError::ConfigNotFound
                | CredentialRetrievalError::ConfigReadError,
            ) => Err("can't read docker's configuration".to_owned()),
            // Helpers also fail if they have no credentials: only mention it if access is denied.
            Err(error) => Err(error.to_string().trim_end().replace('\n', " ")),
        })
    }

    fn auth(&self) -> RegistryAuth {
        match &self.0 {
            Ok((user, password)) => RegistryAuth::Basic(user.clone(), password.clone()),
            Err(_) => RegistryAuth::Anonymous,
        }
    }
}

/// Returns the layer with the module. Kubewarden also accepts only this media type; if there are several
/// layers, it runs whichever arrives first, so several are refused here.
fn the_module(layers: &[OciDescriptor]) -> Result<&OciDescriptor> {
    let [layer] = layers else {
        bail!("this is not a policy: it has {} layers, a policy has one", layers.len());
    };
    ensure!(
        layer.media_type == WASM_LAYER_MEDIA_TYPE,
        "this is not a policy: its layer has the type `{}`, not `{WASM_LAYER_MEDIA_TYPE}`; push a policy with `kwctl push`",
        layer.media_type
    );
    Ok(layer)
}

fn size(layer: &OciDescriptor) -> Result<usize> {
    let size = u32::try_from(layer.size).ok().filter(|size| *size <= MAX_BYTES);
    let size = size.with_context(|| {
        format!("its manifest says {} bytes; the maximum is {MAX_BYTES}", layer.size)
    })?;
    Ok(usize::try_from(size)?)
}

/// Explains a failure to the user.
fn explain(error: OciDistributionError, reference: &Reference, credentials: &Credentials) -> Error {
    use OciDistributionError as E;
    use OciErrorCode as Code;

    let host = reference.resolve_registry();
    match error {
        E::AuthenticationFailure(_) | E::UnauthorizedError { .. } => refused(host, credentials),
        E::RegistryError { envelope, .. } => match envelope.errors.first() {
            Some(error) if matches!(error.code, Code::Unauthorized | Code::Denied) => {
                refused(host, credentials)
            }
            Some(error) if matches!(error.code, Code::BlobUnknown) => {
                anyhow!("`{host}` has the manifest but not the layer; push the policy again")
            }
            Some(error)
                if matches!(
                    error.code,
                    Code::ManifestUnknown | Code::NameUnknown | Code::NotFound
                ) =>
            {
                not_found(host)
            }
            Some(error) => anyhow!("`{host}` answers: {}", error.message),
            None => anyhow!("`{host}` reports an error without a message"),
        },
        E::ServerError { code: 404, .. } => not_found(host),
        E::ServerError { code: 403, .. } => refused(host, credentials),
        E::ServerError { code, .. } => anyhow!("`{host}` answers with HTTP status {code}"),
        E::DigestError(DigestError::VerificationError { expected, actual }) => {
            anyhow!("`{host}` sent the wrong bytes: `{actual}`, not `{expected}`")
        }
        E::IoError(error) if error.kind() == ErrorKind::WriteZero => {
            anyhow!("`{host}` sent more bytes than its manifest says")
        }
        E::ImageManifestNotFoundError(_) => {
            anyhow!("this is not a policy but an index of images; push a policy with `kwctl push`")
        }
        E::RequestError(error) if error.is_connect() => {
            anyhow!("can't reach `{host}`: {}", cause(error))
        }
        error => anyhow!("`{host}`: {}", cause(error)),
    }
}

fn refused(host: &str, credentials: &Credentials) -> Error {
    match &credentials.0 {
        Ok((user, _)) => anyhow!(
            "`{host}` denies access to `{user}` (from docker's configuration); check the name, or run `docker login {host}`"
        ),
        Err(why) => anyhow!(
            "`{host}` denies access without credentials ({why}); check the name, or run `docker login {host}`"
        ),
    }
}

fn not_found(host: &str) -> Error {
    anyhow!("`{host}` has no artifact with this name; check the repository and the tag")
}

/// The root cause of an error; everything above it is about the crates' internals.
fn cause(error: impl Into<Error>) -> String {
    error.into().root_cause().to_string()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    #[rstest]
    #[case("localhost", true)]
    #[case("localhost:5000", true)]
    #[case("127.0.0.1:5000", true)]
    #[case("127.1.2.3", true)]
    #[case("localhost.example:5000", false)]
    #[case("10.0.0.1:5000", false)]
    #[case("registry.example", false)]
    fn only_this_machine_is_spoken_to_in_the_clear(#[case] host: &str, #[case] loopback: bool) {
        assert_eq!(super::is_loopback(host), loopback);
    }
}
