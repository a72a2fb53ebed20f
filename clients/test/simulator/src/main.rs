//! Runs a function in lambda-simulator, which freezes it after every invocation as AWS Lambda does: an event on each
//! line of standard input, an outcome on each of standard output.
//!
//!     simulator RUNTIME...

use lambda_simulator::process::{ProcessConfig, ProcessRole};
use lambda_simulator::{
    FreezeMode, InvocationBuilder, InvocationState, Simulator, SimulatorError, SimulatorResult,
};
use serde_json::{json, Value};
use std::error::Error;
use std::time::{Duration, Instant};
use tokio::io::{stdin, AsyncBufReadExt, BufReader};
use tokio::time::sleep;

const DEADLINE: Duration = Duration::from_secs(30);
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// The simulator's own wait looks at the state and then waits for a change: it misses one that comes in between.
async fn completed(simulator: &Simulator, id: &str) -> SimulatorResult<InvocationState> {
    let start = Instant::now();
    loop {
        match simulator.wait_for_invocation_complete(id, LOOK_AGAIN).await {
            Err(SimulatorError::Timeout(_)) if start.elapsed() < DEADLINE => {}
            settled => return settled,
        }
    }
}

/// The simulator calls a process frozen before it has stopped it; one that is thawed in between stops forever.
fn is_stopped(pid: u32) -> std::io::Result<bool> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    Ok(stat.contains(") T "))
}

async fn invoke(
    simulator: &Simulator,
    pid: u32,
    event: Value,
    timeout_ms: u64,
) -> Result<Value, Box<dyn Error>> {
    let invocation = InvocationBuilder::new()
        .payload(event)
        .timeout_ms(timeout_ms)
        .build()?;
    let id = simulator.enqueue(invocation).await;
    let state = completed(simulator, &id).await?;
    while !is_stopped(pid)? {
        sleep(Duration::from_millis(1)).await;
    }
    Ok(match (state.response, state.error) {
        (Some(response), _) => json!({ "result": response.payload }),
        (None, Some(error)) => json!({ "error": error.error_message }),
        (None, None) => json!({ "error": "timed out" }),
    })
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let simulator = Simulator::builder()
        .freeze_mode(FreezeMode::Process)
        .build()
        .await?;
    let apart = ["-c", "exec \"$@\" </dev/null >&2", "sh"].map(String::from); // from the lines of this program
    let runtime = apart.into_iter().chain(std::env::args().skip(1)).fold(
        ProcessConfig::new("/bin/sh", ProcessRole::Runtime).inherit_stdio(true),
        ProcessConfig::arg,
    );
    let runtime = simulator.spawn_process_with_config(runtime)?;
    let seconds: u64 =
        std::env::var("AWS_LAMBDA_FUNCTION_TIMEOUT").map_or(Ok(10), |text| text.parse())?;

    let mut lines = BufReader::new(stdin()).lines();
    while let Some(line) = lines.next_line().await? {
        let mut outcome = invoke(
            &simulator,
            runtime.pid(),
            serde_json::from_str(&line)?,
            seconds * 1000,
        )
        .await?;
        let report = invoke(
            &simulator,
            runtime.pid(),
            json!({ "report": true }),
            seconds * 1000,
        )
        .await?;
        outcome["dropped"] = report["result"].clone();
        println!("{outcome}");
    }
    Ok(())
}
