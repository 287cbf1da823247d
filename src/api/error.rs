//! What the engine answers where it does not do as asked: the same over the socket and inside its process.

use serde::{Deserialize, Serialize};

use super::{images::ImageFailure, runs::PlanError};
use crate::{engine::run::RunError, store::StoreError};

/// Who must do something about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// What was asked for is wrong: a name, a file, a query.
    Usage,
    /// A person must decide first, or what was decided no longer holds.
    Blocked,
    /// The engine's surroundings failed: database, disk.
    Error,
    /// No engine answers.
    Away,
}

/// A refusal or a failure, in words for a person.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("{message}")]
pub struct ApiError {
    /// Who must do something about it.
    pub class: Class,
    /// What happened, and what to do.
    pub message: String,
}

impl ApiError {
    /// What was asked for is wrong.
    #[must_use]
    pub fn usage(message: impl Into<String>) -> Self {
        Self { class: Class::Usage, message: message.into() }
    }

    /// A person must decide first.
    #[must_use]
    pub fn blocked(message: impl Into<String>) -> Self {
        Self { class: Class::Blocked, message: message.into() }
    }

    /// The engine's surroundings failed.
    #[must_use]
    pub fn error(message: impl Into<String>) -> Self {
        Self { class: Class::Error, message: message.into() }
    }

    /// No engine answers.
    #[must_use]
    pub fn away(message: impl Into<String>) -> Self {
        Self { class: Class::Away, message: message.into() }
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        Self::error(error.to_string())
    }
}

impl From<RunError> for ApiError {
    fn from(error: RunError) -> Self {
        match error {
            RunError::NoSuchRun(_) | RunError::NoSuchServer { .. } => Self::usage(error.to_string()),
            RunError::NotOver { .. }
            | RunError::NoChoice(_)
            | RunError::CarriedElsewhere(_)
            | RunError::NotUnderWay(_) => Self::blocked(error.to_string()),
            RunError::Store(_) | RunError::Lock { .. } => Self::error(error.to_string()),
        }
    }
}

impl From<PlanError> for ApiError {
    fn from(error: PlanError) -> Self {
        match error {
            PlanError::Stale | PlanError::Images(_) | PlanError::NotCarried { .. } => Self::blocked(error.to_string()),
            PlanError::Store(error) => error.into(),
            PlanError::Run(error) => error.into(),
            _ => Self::usage(error.to_string()),
        }
    }
}

impl From<ImageFailure> for ApiError {
    fn from(failure: ImageFailure) -> Self {
        if failure.is_usage { Self::usage(failure.what) } else { Self::error(failure.what) }
    }
}
