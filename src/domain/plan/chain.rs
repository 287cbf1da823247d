//! Stepping stones: from the installed version to the wanted one, over images that lead between.

use std::collections::VecDeque;

use super::Why;
use crate::domain::{
    manifest::Image,
    version::{self, Hint, Order},
};

/// The images that lead from `from` to `goal`, the goal last. `others` are the images that fit the same component.
pub(super) fn chain<'a>(
    hint: Hint<'_>,
    from: &str,
    goal: &'a Image,
    others: &[&'a Image],
) -> Result<Vec<&'a Image>, Why> {
    if is_reachable(hint, from, goal)? {
        return Ok(vec![goal]);
    }
    // Breadth first from the goal back: the fewest flashes win.
    let mut queue = VecDeque::from([vec![goal]]);
    while let Some(path) = queue.pop_front() {
        let Some(min_from) = path.last().and_then(|image| image.min_from.as_deref()) else { continue };
        for stone in others {
            let leads = at_least(hint, &stone.version, min_from) && !path.iter().any(|image| image.id == stone.id);
            // A stone lies between: newer than what is installed, older than what it leads to.
            let next = path.last().map_or("", |image| image.version.as_str());
            let between =
                order(hint, from, &stone.version) == Order::Less && order(hint, &stone.version, next) == Order::Less;
            if !leads || !between {
                continue;
            }
            let mut longer = path.clone();
            longer.push(stone);
            if is_reachable(hint, from, stone).unwrap_or(false) {
                longer.reverse();
                return Ok(longer);
            }
            queue.push_back(longer);
        }
    }
    Err(Why::NoSteppingStone { min_from: goal.min_from.clone().unwrap_or_default(), image: goal.id.clone() })
}

/// Whether `image` can be put on `from` directly. A lower limit that cannot be compared is never taken as met.
fn is_reachable(hint: Hint<'_>, from: &str, image: &Image) -> Result<bool, Why> {
    let Some(min_from) = &image.min_from else { return Ok(true) };
    let compared = version::compare_as_read(hint, from, min_from);
    match compared.order {
        Order::Less => Ok(false),
        Order::Equal | Order::Greater => Ok(true),
        Order::Incomparable => Err(Why::NotComparable { wanted: min_from.clone(), reason: compared.why.to_string() }),
    }
}

fn order(hint: Hint<'_>, a: &str, b: &str) -> Order {
    version::compare_as_read(hint, a, b).order
}

/// Whether `version` is known to be at least `least`.
pub(super) fn at_least(hint: Hint<'_>, version: &str, least: &str) -> bool {
    matches!(order(hint, version, least), Order::Equal | Order::Greater)
}
