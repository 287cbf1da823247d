//! argv -> one command -> exit code.

fn main() {}
