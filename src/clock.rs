//! The only module that reads clocks.
//!
//! Everything that needs the time or waits for a device gets a [`Clock`]. `speed` shortens waits for devices (polls,
//! resets, deadlines) in the lab; time-outs of sockets stay on the wall clock and never pass through here.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use jiff::Timestamp;
use tokio::sync::Notify;

/// No scaled wait is shorter than this, so that a fast lab never turns a poll into a spin.
const SHORTEST_WAIT: Duration = Duration::from_millis(50);

/// A source of time that can be handed on; clones share it.
#[derive(Debug, Clone)]
pub struct Clock(Kind);

#[derive(Debug, Clone)]
enum Kind {
    System { speed: f64, began: Instant, began_at: Timestamp },
    Manual(Arc<Manual>),
}

#[derive(Debug)]
struct Manual {
    elapsed: Mutex<Duration>,
    moved: Notify,
    began_at: Timestamp,
}

impl Clock {
    /// The machine's clock, device waits at their real length.
    #[must_use]
    pub fn system() -> Self {
        Self::scaled(1.0)
    }

    /// The machine's clock, with waits for devices divided by `speed` (but none made shorter than 50 ms).
    #[must_use]
    pub fn scaled(speed: f64) -> Self {
        let speed = if speed.is_finite() && speed > 0.0 { speed } else { 1.0 };
        Self(Kind::System { speed, began: Instant::now(), began_at: Timestamp::now() })
    }

    /// A clock for tests, standing at `at` until [`Clock::advance`] moves it.
    #[must_use]
    pub fn manual(at: Timestamp) -> Self {
        Self(Kind::Manual(Arc::new(Manual { elapsed: Mutex::default(), moved: Notify::new(), began_at: at })))
    }

    /// The time of day. Never scaled: records carry real times.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Kind::System { .. } => Timestamp::now(),
            Kind::Manual(manual) => manual.began_at.saturating_add(signed(manual.elapsed())).unwrap_or(manual.began_at),
        }
    }

    /// Device time since this clock was made: monotonic, and `speed` times as fast as the wall clock.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        match &self.0 {
            Kind::System { speed, began, .. } => began.elapsed().mul_f64(*speed),
            Kind::Manual(manual) => manual.elapsed(),
        }
    }

    /// The device time of day at a point of device time ([`Clock::elapsed`]), always the same for the same point.
    #[must_use]
    pub fn device_time(&self, elapsed: Duration) -> Timestamp {
        let began_at = match &self.0 {
            Kind::System { began_at, .. } => *began_at,
            Kind::Manual(manual) => manual.began_at,
        };
        began_at.saturating_add(signed(elapsed)).unwrap_or(began_at)
    }

    /// How many times faster than the wall clock devices are waited for.
    #[must_use]
    pub fn speed(&self) -> f64 {
        match &self.0 {
            Kind::System { speed, .. } => *speed,
            Kind::Manual(_) => 1.0,
        }
    }

    /// Waits for `device_time`, scaled.
    pub async fn wait(&self, device_time: Duration) {
        match &self.0 {
            Kind::System { speed, .. } => {
                let real = device_time.div_f64(*speed);
                tokio::time::sleep(if *speed > 1.0 { real.max(SHORTEST_WAIT.min(device_time)) } else { real }).await;
            }
            Kind::Manual(manual) => manual.wait(device_time).await,
        }
    }

    /// Waits for `real_time` on the wall clock whatever the speed (a manual clock waits for its own).
    pub async fn pause(&self, real_time: Duration) {
        match &self.0 {
            Kind::System { .. } => tokio::time::sleep(real_time).await,
            Kind::Manual(manual) => manual.wait(real_time).await,
        }
    }

    /// Moves a manual clock on and wakes who waits for it; a system clock moves by itself and ignores this.
    pub fn advance(&self, by: Duration) {
        if let Kind::Manual(manual) = &self.0 {
            *manual.elapsed.lock().unwrap_or_else(PoisonError::into_inner) += by;
            manual.moved.notify_waiters();
        }
    }
}

impl Manual {
    fn elapsed(&self) -> Duration {
        *self.elapsed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn wait(&self, time: Duration) {
        let until = self.elapsed() + time;
        loop {
            let moved = self.moved.notified();
            tokio::pin!(moved);
            moved.as_mut().enable();
            if self.elapsed() >= until {
                return;
            }
            moved.await;
        }
    }
}

fn signed(time: Duration) -> jiff::SignedDuration {
    jiff::SignedDuration::try_from(time).unwrap_or(jiff::SignedDuration::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_manual_clock_wakes_a_waiter_only_when_its_time_has_come() {
        let clock = Clock::manual(Timestamp::UNIX_EPOCH);
        let waiter = tokio::spawn({
            let clock = clock.clone();
            async move { clock.wait(Duration::from_secs(30)).await }
        });
        tokio::task::yield_now().await;
        clock.advance(Duration::from_secs(29));
        tokio::task::yield_now().await;
        assert!(!waiter.is_finished());
        clock.advance(Duration::from_secs(1));
        waiter.await.unwrap();
        assert_eq!(clock.now().as_second(), 30);
    }

    #[test]
    fn a_nonsense_speed_is_real_time() {
        for speed in [0.0, -3.0, f64::NAN, f64::INFINITY] {
            assert!((Clock::scaled(speed).speed() - 1.0).abs() < f64::EPSILON);
        }
    }
}
