//! Our own diagnostics while the screen has the terminal: kept by tui-logger, shown by the log screen, never on standard
//! error, where they would land in the middle of the screen.

use std::sync::Arc;

use tokio::sync::Notify;
use tracing::{Event, Subscriber};
use tracing_subscriber::{Layer, layer::Context, registry::LookupSpan};
use tui_logger::TuiTracingSubscriberLayer;

/// Tells the screen that there is more to show.
#[derive(Debug, Clone, Default)]
pub struct Diagnostics(Arc<Notify>);

impl Diagnostics {
    /// What the process's subscriber is to be made with where the screen will be opened, in place of standard error.
    #[must_use]
    pub fn layer(&self) -> Keep {
        tui_logger::set_default_level(tui_logger::LevelFilter::Debug);
        Keep { more: Arc::clone(&self.0) }
    }

    /// Waits until there is more, and moves it to where the log screen finds it.
    pub async fn more(&self) {
        self.0.notified().await;
        tui_logger::move_events();
    }
}

/// Keeps events for the log screen.
pub struct Keep {
    more: Arc<Notify>,
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Keep {
    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        TuiTracingSubscriberLayer.on_event(event, context);
        self.more.notify_one();
    }
}
