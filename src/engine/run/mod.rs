//! Carrying plans out: a worker a server, and what watches over them.

mod port;
mod power;
mod pushing;
mod reading;
mod worker;

#[cfg(test)]
mod tests;
