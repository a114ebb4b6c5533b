//! x
mod engine;
fn main() -> wasmtime_provider::wasmtime::Result<()> {
    let wasm = std::fs::read("policy.wasm")?;
    let guests = engine::Guests::compile(&wasm)?;
    for path in std::env::args().skip(1) {
        let payload = std::fs::read(&path)?;
        let mut guest = guests.instantiate()?;
        guest.call("validate", &payload)?;
        let pv = guest.call("protocol_version", &payload)?;
        let out = guest.call("validate", &payload)?;
        print!("[pv {}] ", pv.fuel);
        println!(
            "{path} {} bytes {} fuel {} memory {}",
            payload.len(),
            out.fuel,
            out.memory,
            String::from_utf8_lossy(&out.response)
        );
    }
    Ok(())
}
