//! What is changed on a BMC for the time of an update: taken before a push, given back on every kind of end.

use super::{
    port::{Port, Set},
    worker::{Ledger, Worker},
};
use crate::{
    domain::{
        failure::Weight,
        offers::Method,
        plan::Update,
        run::{Event, Settled},
    },
    store::StoreError,
};

/// Why a push cannot go on.
pub(super) enum NotLent {
    /// It is over for the update.
    Settled(Settled),
    /// An operator interrupted it.
    Aborted,
}

impl<P: Port, L: Ledger> Worker<P, L> {
    /// Takes what a push needs. What a crash cut is taken once more: to set a setting twice changes nothing.
    pub(super) async fn borrow(
        &mut self,
        index: usize,
        update: &Update,
        method: Method,
    ) -> Result<Result<(), NotLent>, StoreError> {
        let blocked = |why: String| Ok(Err(NotLent::Settled(Settled::Blocked { why })));
        let loan = match self.run.loan.as_ref().map(|open| open.loan.clone()) {
            Some(loan) => loan,
            None => match self.port.loan(update, method).await {
                Ok(None) => return Ok(Ok(())),
                Ok(Some(loan)) => {
                    self.say(Event::LoanIntended { update: index, loan: loan.clone() }).await?;
                    loan
                }
                Err(failure) => return blocked(format!("{}; nothing was pushed", failure.what)),
            },
        };
        let until = self.port.elapsed() + self.deadlines.bmc_back;
        loop {
            match self.port.set(&loan.uri, &loan.take).await {
                Ok(Set::Taken) => return Ok(Ok(())),
                Ok(Set::Refused { why }) => {
                    self.say(Event::LoanReturned).await?;
                    return blocked(format!("{} was refused: {why}; nothing was pushed", loan.what));
                }
                Err(failure) if failure.weight == Weight::Blocked || self.port.elapsed() >= until => {
                    return blocked(format!("{} could not be taken: {}; nothing was pushed", loan.what, failure.what));
                }
                Err(_) => {
                    if self.pause(self.deadlines.poll).await.is_err() {
                        return Ok(Err(NotLent::Aborted));
                    }
                }
            }
        }
    }

    /// Gives back what was taken. A BMC that is away, perhaps for its own reset, is waited for.
    pub(super) async fn give_back(&mut self) -> Result<(), StoreError> {
        let Some(loan) = self.run.loan.as_ref().map(|open| open.loan.clone()) else { return Ok(()) };
        let until = self.port.elapsed() + self.deadlines.bmc_back;
        let why = loop {
            match self.port.set(&loan.uri, &loan.back).await {
                Ok(Set::Taken) => return self.say(Event::LoanReturned).await,
                Ok(Set::Refused { why }) => break why,
                Err(failure) if failure.weight == Weight::Blocked || self.port.elapsed() >= until => {
                    break failure.what;
                }
                Err(_) => self.port.wait(self.deadlines.poll).await,
            }
        };
        let next = format!("set it back by hand: PATCH {} {}", loan.uri, loan.back);
        self.say(Event::LoanKept { why: format!("{} was not given back: {why}; next: {next}", loan.what) }).await
    }
}
