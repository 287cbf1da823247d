//! A thin, tolerant Redfish client: one odd member spoils itself only.

pub mod bios;
mod change;
pub mod client;
pub mod collection;
pub mod conditions;
pub mod doc;
pub mod explore;
pub mod identify;
pub mod inventory;
pub mod quirks;
pub mod repair;
mod session;
mod timeouts;
pub mod update;
