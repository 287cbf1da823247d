//! One server's way through a run: state is a fold of events, and what to do next follows from the state.

mod again;
mod bios;
mod deadlines;
mod event;
mod fold;
mod loan;
mod next;
mod step;
mod stop;
mod whole;

#[cfg(test)]
mod tests;

pub use again::{Again, NoChoice, choice, tried, unwell};
pub use bios::{BiosAttempt, BiosRecord, BiosSettled};
pub use deadlines::Deadlines;
pub use event::{CalledOff, Event, PowerGoal, Settled};
pub use fold::{AttemptRecord, Before, PhaseRecord, Power, ServerRun, StepRecord, UpdateRecord};
pub use loan::{Loan, OpenLoan};
pub use next::{Control, Next, next};
pub use step::Step;
pub use stop::{NotNow, called_off, is_interruptible, may_abort, may_restart_bmc};
pub use whole::{ABSENCE, RunEvent, asked, holds, state_of};
