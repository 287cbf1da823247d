//! argv -> one command -> exit code.

use std::process::ExitCode;

use tracing_subscriber::EnvFilter;

#[tokio::main]
async fn main() -> color_eyre::Result<ExitCode> {
    color_eyre::install()?;
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_env_filter(EnvFilter::try_from_env("FIRMDECK_LOG").unwrap_or_else(|_| EnvFilter::new("firmdeck=warn")))
        .init();
    Ok(firmdeck::cli::run().await)
}
