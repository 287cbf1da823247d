//! What the tests share: a scriptable HTTPS server, captured trees, and the binary itself.

pub mod binary;
pub mod certificate;
pub mod http;
pub mod site;
pub mod terminal;
pub mod tools;
pub mod tree;

/// Waits until `is_so`, a minute at most.
pub async fn until(what: &str, is_so: impl Fn() -> bool) {
    let waited = async {
        while !is_so() {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(60), waited).await.unwrap_or_else(|_| panic!("never: {what}"));
}
