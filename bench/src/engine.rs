//! Runs the module in Wasmtime and counts fuel. The published waPC engine does not expose its store, so
//! this implements the small part of it that a policy needs.

use std::{num::NonZeroUsize, sync::Arc};

use eks_aiml_networking::Host;
use wasmtime_provider::wasmtime::{
    Caller, Config, Engine, Error, Extern, Instance, Linker, Memory, Module, Result, Store,
    TypedFunc, WasmBacktrace,
};

/// More than any call uses.
const TANK: u64 = u64::MAX / 2;

/// The guest's request and answer during a call.
#[derive(Default)]
struct Exchange {
    operation: Vec<u8>,
    payload: Vec<u8>,
    response: Vec<u8>,
    error: String,
    host: Option<Arc<dyn Host + Send + Sync>>,
    answer: Vec<u8>,
}

/// An instance of a module.
pub struct Guest {
    store: Store<Exchange>,
    instance: Instance,
    call: TypedFunc<(u32, u32), u32>,
}

/// The answer and the cost of a call.
pub struct Outcome {
    /// The guest's answer.
    pub response: Vec<u8>,
    /// Wasmtime fuel: about one unit per instruction, the same on every machine.
    pub fuel: u64,
    /// The linear memory after the call, in bytes.
    pub memory: u64,
}

/// A compiled module.
pub struct Guests {
    module: Module,
    linker: Linker<Exchange>,
}

impl Guests {
    /// Compiles a module.
    ///
    /// # Errors
    /// If the engine does not accept it.
    pub fn compile(wasm: &[u8]) -> Result<Self> {
        let mut config = Config::new();
        config.consume_fuel(true);
        // Wasmtime shows 20 functions of a stack: less than a field of a container is deep.
        config.wasm_backtrace_max_frames(NonZeroUsize::new(256));
        let engine = Engine::new(&config)?;
        let module = Module::new(&engine, wasm)?;
        let mut linker = Linker::new(&engine);
        wapc_functions(&mut linker)?;
        wasi_functions(&mut linker, &module)?;
        Ok(Self { module, linker })
    }

    /// Creates and starts an instance.
    ///
    /// # Errors
    /// If it traps at startup, or is not a waPC module.
    pub fn instantiate(&self) -> Result<Guest> {
        let mut store = Store::new(self.module.engine(), Exchange::default());
        store.set_fuel(TANK)?;
        let instance = self.linker.instantiate(&mut store, &self.module)?;
        for start in ["_initialize", "_start", "wapc_init"] {
            if let Ok(start) = instance.get_typed_func::<(), ()>(&mut store, start) {
                start.call(&mut store, ())?;
            }
        }
        let call = instance.get_typed_func(&mut store, "__guest_call")?;
        Ok(Guest { store, instance, call })
    }
}

impl Guest {
    /// Sets the host that answers its calls.
    pub fn with_host(mut self, host: Arc<dyn Host + Send + Sync>) -> Self {
        self.store.data_mut().host = Some(host);
        self
    }

    /// Calls a function of the guest.
    ///
    /// # Errors
    /// If it traps, or answers with an error.
    pub fn call(&mut self, operation: &str, payload: &[u8]) -> Result<Outcome> {
        let ok = self.start(operation, payload, TANK)?;
        let fuel = TANK - self.store.get_fuel()?;
        let memory =
            self.instance.get_memory(&mut self.store, "memory").ok_or_else(out_of_memory)?;
        let memory = memory.data_size(&self.store) as u64;
        match ok {
            0 => Err(Error::msg(format!("{operation}: {}", self.store.data().error))),
            _ => Ok(Outcome { response: self.store.data().response.clone(), fuel, memory }),
        }
    }
}

impl Guest {
    /// Returns the functions that a call is in when it has used this much fuel, the innermost first; empty
    /// if the call ends earlier. The instance is unusable afterwards.
    ///
    /// # Errors
    /// If it stops for another reason.
    pub fn stopped_after(
        mut self,
        operation: &str,
        payload: &[u8],
        fuel: u64,
    ) -> Result<Option<Vec<String>>> {
        let Err(error) = self.start(operation, payload, fuel) else { return Ok(None) };
        let Some(stack) = error.downcast_ref::<WasmBacktrace>() else { return Err(error) };
        let name = |name: &str| format!("{:#}", rustc_demangle::demangle(name));
        let names =
            stack.frames().iter().map(|frame| frame.func_name().map_or_else(String::new, name));
        Ok(Some(names.collect()))
    }

    fn start(&mut self, operation: &str, payload: &[u8], fuel: u64) -> Result<u32> {
        let host = self.store.data_mut().host.take();
        *self.store.data_mut() = Exchange {
            host,
            operation: operation.as_bytes().to_vec(),
            payload: payload.to_vec(),
            ..Exchange::default()
        };
        self.store.set_fuel(fuel)?;
        let lengths = (u32::try_from(operation.len())?, u32::try_from(payload.len())?);
        self.call.call(&mut self.store, lengths)
    }
}

fn wapc_functions(linker: &mut Linker<Exchange>) -> Result<()> {
    linker.func_wrap(
        "wapc",
        "__guest_request",
        |mut caller: Caller<'_, Exchange>, operation: u32, payload: u32| -> Result<()> {
            let memory = memory(&mut caller)?;
            let (bytes, exchange) = memory.data_and_store_mut(&mut caller);
            for (at, part) in [(operation, &exchange.operation), (payload, &exchange.payload)] {
                let place =
                    bytes.get_mut(at as usize..).and_then(|rest| rest.get_mut(..part.len()));
                place.ok_or_else(out_of_memory)?.copy_from_slice(part);
            }
            Ok(())
        },
    )?;
    linker.func_wrap(
        "wapc",
        "__guest_response",
        |mut caller: Caller<'_, Exchange>, at: u32, len: u32| -> Result<()> {
            let response = read(&mut caller, at, len)?;
            caller.data_mut().response = response;
            Ok(())
        },
    )?;
    linker.func_wrap(
        "wapc",
        "__guest_error",
        |mut caller: Caller<'_, Exchange>, at: u32, len: u32| -> Result<()> {
            let error = read(&mut caller, at, len)?;
            caller.data_mut().error = String::from_utf8_lossy(&error).into_owned();
            Ok(())
        },
    )?;
    linker.func_wrap("wapc", "__console_log", |_: u32, _: u32| {})?;
    host_functions(linker)
}

/// Links the host functions; without a host, each call fails.
fn host_functions(linker: &mut Linker<Exchange>) -> Result<()> {
    type Text = (u32, u32);
    let call = |mut caller: Caller<'_, Exchange>, namespace: Text, operation: Text, sent: Text| {
        let Some(host) = caller.data().host.clone() else { return Ok(0) };
        let mut text = |(at, len): Text| -> Result<String> {
            Ok(String::from_utf8_lossy(&read(&mut caller, at, len)?).into_owned())
        };
        let (namespace, operation, sent) = (text(namespace)?, text(operation)?, text(sent)?);
        let answer = host.call(&namespace, &operation, sent.as_bytes());
        let is_answered = u32::from(answer.is_ok());
        caller.data_mut().answer = answer.unwrap_or_default();
        Ok::<u32, Error>(is_answered)
    };
    linker.func_wrap(
        "wapc",
        "__host_call",
        move |caller: Caller<'_, Exchange>,
              _: u32,
              _: u32,
              a: u32,
              b: u32,
              c: u32,
              d: u32,
              e: u32,
              f: u32| { call(caller, (a, b), (c, d), (e, f)) },
    )?;
    linker.func_wrap(
        "wapc",
        "__host_response",
        |mut caller: Caller<'_, Exchange>, at: u32| -> Result<()> {
            let memory = memory(&mut caller)?;
            let (bytes, exchange) = memory.data_and_store_mut(&mut caller);
            let answer = &exchange.answer;
            let place = bytes.get_mut(at as usize..).and_then(|rest| rest.get_mut(..answer.len()));
            place.ok_or_else(out_of_memory)?.copy_from_slice(answer);
            Ok(())
        },
    )?;
    linker.func_wrap(
        "wapc",
        "__host_response_len",
        |caller: Caller<'_, Exchange>| -> Result<u32> {
            Ok(u32::try_from(caller.data().answer.len())?)
        },
    )?;
    linker.func_wrap("wapc", "__host_error", |_: u32| {})?;
    linker.func_wrap("wapc", "__host_error_len", || 0_u32)?;
    Ok(())
}

/// Links WASI as a policy sees it: no input, no output, always the same randomness.
fn wasi_functions(linker: &mut Linker<Exchange>, module: &Module) -> Result<()> {
    linker.func_wrap(
        "wasi_snapshot_preview1",
        "random_get",
        |mut caller: Caller<'_, Exchange>, at: u32, len: u32| -> Result<u32> {
            let memory = memory(&mut caller)?;
            let bytes = memory.data_mut(&mut caller);
            let place = bytes.get_mut(at as usize..).and_then(|rest| rest.get_mut(..len as usize));
            place.ok_or_else(out_of_memory)?.fill(7);
            Ok(0)
        },
    )?;
    linker.func_wrap(
        "wasi_snapshot_preview1",
        "environ_sizes_get",
        |mut caller: Caller<'_, Exchange>, count: u32, size: u32| -> Result<u32> {
            let memory = memory(&mut caller)?;
            for at in [count, size] {
                memory.write(&mut caller, at as usize, &[0; 4]).map_err(|_| out_of_memory())?;
            }
            Ok(0)
        },
    )?;
    linker.func_wrap("wasi_snapshot_preview1", "environ_get", |_: u32, _: u32| 0_u32)?;
    linker.define_unknown_imports_as_traps(module)?;
    Ok(())
}

fn memory(caller: &mut Caller<'_, Exchange>) -> Result<Memory> {
    caller.get_export("memory").and_then(Extern::into_memory).ok_or_else(out_of_memory)
}

fn read(caller: &mut Caller<'_, Exchange>, at: u32, len: u32) -> Result<Vec<u8>> {
    let memory = memory(caller)?;
    let bytes = memory.data(&caller).get(at as usize..).and_then(|rest| rest.get(..len as usize));
    Ok(bytes.ok_or_else(out_of_memory)?.to_vec())
}

fn out_of_memory() -> Error {
    Error::msg("the guest points outside its memory")
}
