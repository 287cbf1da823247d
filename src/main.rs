//! argv -> one command -> exit code.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> color_eyre::Result<ExitCode> {
    color_eyre::install()?;
    Ok(firmdeck::cli::run().await)
}
