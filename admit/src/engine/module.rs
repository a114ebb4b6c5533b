//! Runs the policy module in its engine.

use anyhow::{Context, Result, anyhow, ensure};
use eks_aiml_networking::{Host, finding::Finding, rules::EditsFor};
use serde::Deserialize;
use serde_json::Value;
use wapc::WapcHost;
use wasmtime_provider::{WasmtimeEngineProviderBuilder, WasmtimeEngineProviderPre};

use super::{
    judge::{Answer, Engine},
    recording::Recording,
};

/// A compiled module, from which instances are created.
pub struct Module {
    compiled: WasmtimeEngineProviderPre,
}

/// An instance of the module, ready for calls.
pub struct Policy {
    host: WapcHost,
}

/// The answer of `validate_settings`.
#[derive(Debug, Deserialize)]
struct SettingsResponse {
    valid: bool,
    message: Option<String>,
}

impl Module {
    /// Compiles a module.
    ///
    /// # Errors
    /// If the bytes are not a WebAssembly module that the engine accepts.
    pub fn compile(bytes: &[u8]) -> Result<Self> {
        ensure!(bytes.starts_with(b"\0asm"), "it is not a WebAssembly module");
        let compiled = WasmtimeEngineProviderBuilder::new().module_bytes(bytes).build_pre()?;
        Ok(Self { compiled })
    }

    /// Creates an instance without host capabilities.
    ///
    /// # Errors
    /// If it is not a waPC module, or fails at startup.
    pub fn instantiate(&self) -> Result<Policy> {
        self.instantiate_with(Recording::default())
    }

    /// Creates an instance whose calls this host answers.
    ///
    /// # Errors
    /// If it is not a waPC module, or fails at startup.
    pub fn instantiate_with(&self, host: impl Host + Send + Sync + 'static) -> Result<Policy> {
        let engine = self.compiled.rehydrate(None)?;
        let callback = move |_: u64, _: &str, namespace: &str, operation: &str, payload: &[u8]| {
            host.call(namespace, operation, payload).map_err(Into::into)
        };
        let host = WapcHost::new(Box::new(engine), Some(Box::new(callback)))
            .map_err(|error| anyhow!("the module does not use waPC: {error}"))?;
        Ok(Policy { host })
    }
}

impl Policy {
    /// Calls a function of the module.
    ///
    /// # Errors
    /// The error that the module or the engine reports.
    pub fn call(&self, function: &str, payload: &[u8]) -> Result<Vec<u8>> {
        self.host.call(function, payload).map_err(|error| anyhow!("{function}: {error}"))
    }

    /// Lets the module check its settings.
    ///
    /// # Errors
    /// The module's message if the settings are not valid.
    pub fn check_settings(&self, settings: &Value) -> Result<()> {
        let answer = self.call("validate_settings", settings.to_string().as_bytes())?;
        let answer: SettingsResponse =
            serde_json::from_slice(&answer).context("can't read the module's answer")?;
        ensure!(answer.valid, answer.message.unwrap_or_default());
        Ok(())
    }
}

impl Engine for Policy {
    fn judge(&self, payload: &str, _: EditsFor, _: &dyn Fn(&Finding) -> bool) -> Result<Answer> {
        let answer = self.call("validate", payload.as_bytes())?;
        let response = serde_json::from_slice(&answer).context("can't read the module's answer")?;
        Ok(Answer::Lines(response))
    }
}
