//! How long a BMC takes to answer, on the wall clock.

use std::{fmt, str::FromStr, time::Duration};

use super::random::Random;

/// A distribution of answer times.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Latency {
    /// As fast as it can.
    #[default]
    None,
    /// Always the same.
    Fixed(Duration),
    /// Log-normal around a median: most answers near it, a few several times as slow.
    LogNormal(Duration),
}

/// Shape of the log-normal: with 0.6 one answer in a hundred takes four times the median, as the field reports have it.
const SIGMA: f64 = 0.6;

impl Latency {
    /// One answer's time, `factor` times as long for a slow resource.
    pub fn draw(self, random: &mut Random, factor: f64) -> Duration {
        match self {
            Self::None => Duration::ZERO,
            Self::Fixed(time) => time.mul_f64(factor),
            Self::LogNormal(median) => {
                // Box and Muller.
                let radius = (-2.0 * (1.0 - random.unit()).ln()).sqrt();
                let normal = radius * (std::f64::consts::TAU * random.unit()).cos();
                median.mul_f64(factor * (SIGMA * normal).exp())
            }
        }
    }
}

impl fmt::Display for Latency {
    /// As [`Latency::from_str`] reads it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("0"),
            Self::Fixed(time) => write!(f, "{}", time.as_millis()),
            Self::LogNormal(median) => write!(f, "lognormal:{}", median.as_millis()),
        }
    }
}

impl FromStr for Latency {
    type Err = String;

    /// `100` or `lognormal:100`, in milliseconds.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (log_normal, number) = match text.split_once(':') {
            Some(("lognormal", number)) => (true, number),
            Some((other, _)) => return Err(format!("no latency `{other}`; there are `100` and `lognormal:100`")),
            None => (false, text),
        };
        let time =
            Duration::from_millis(number.parse().map_err(|_| format!("`{number}` is not a number of milliseconds"))?);
        Ok(match (time.is_zero(), log_normal) {
            (true, _) => Self::None,
            (false, true) => Self::LogNormal(time),
            (false, false) => Self::Fixed(time),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_a_log_normal_lies_below_its_median() {
        let latency: Latency = "lognormal:100".parse().unwrap();
        let mut random = Random::new(1, 1);
        let below = (0..2000).filter(|_| latency.draw(&mut random, 1.0) < Duration::from_millis(100)).count();
        assert!((900..1100).contains(&below), "{below}");
    }

    #[test]
    fn a_latency_is_a_number_or_a_median() {
        assert_eq!("0".parse(), Ok(Latency::None));
        assert_eq!("100".parse(), Ok(Latency::Fixed(Duration::from_millis(100))));
        assert!("gauss:3".parse::<Latency>().is_err());
        assert!("fast".parse::<Latency>().is_err());
    }
}
