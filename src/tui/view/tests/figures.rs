//! Ten thousand servers on the screen, and its figures: `benches/screen` has each step repeated and printed. Times depend on
//! the machine, so nothing is asserted of them.

use ratatui::{Terminal, layout::Size};

use super::sizes::at;
use crate::{
    api::live::Message,
    clock::Clock,
    tui::{
        fixtures::{Desk, RUN, board_row, fleet},
        glyphs::Glyphs,
        key::Key,
        msg::Answer,
        terminal::ansi::Ansi,
        theme::{Depth, Theme},
        view::view,
    },
};

const SERVERS: usize = 10_000;

/// Memory of this process in KiB, as the kernel counts it.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// Milliseconds that the processor has spent on this thread.
fn processor() -> f64 {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    stat.split_whitespace().next().unwrap().parse::<f64>().unwrap() / 1e6
}

/// How often each step is repeated: once in the tests.
fn times() -> u32 {
    std::env::var("FIRMDECK_FIGURES").ok().and_then(|times| times.parse().ok()).unwrap_or(1)
}

#[test]
fn ten_thousand_servers_are_drawn_moved_through_taken_in_filtered_and_sorted() {
    let times = times();
    let clock = Clock::system();
    let before = resident();
    let mut desk = at("", 80, 24, SERVERS, &[], 9);
    let theme = Theme::embedded("default", Depth::Indexed, Glyphs { utf8: true }).unwrap();
    println!("{:<58} {:>9} KiB", "memory of the model", resident() - before);
    let fleet = fleet(SERVERS);
    let size = Size { width: 80, height: 24 };
    let mut terminal = Terminal::new(Ansi::new(Vec::new(), size, true)).unwrap();
    let mut draw = |desk: &Desk| {
        terminal.draw(|frame| view(frame, &desk.model, &theme)).unwrap();
    };
    let time = |what: &str, step: &mut dyn FnMut(u32)| {
        let before = clock.elapsed();
        (0..times).for_each(&mut *step);
        println!("{what:<58} {:>9.3} ms", (clock.elapsed() - before).as_secs_f64() * 1e3 / f64::from(times));
    };
    println!("{SERVERS} servers at 80x24, mean of {times}");
    time("a frame, nothing changed", &mut |_| draw(&desk));
    time("key to bytes: the cursor moves down", &mut |_| {
        desk.key(Key::Down);
        draw(&desk);
    });
    time("key to bytes: a page up or down", &mut |step| {
        desk.key(if step % 2 == 0 { Key::PageDown } else { Key::PageUp });
        draw(&desk);
    });
    time("the whole fleet taken in anew, without a frame", &mut |_| {
        desk.answer(Answer::Fleet(Ok(fleet.clone())));
    });
    time("a letter typed into the filter, with its frame", &mut |step| {
        desk.keys(if step % 8 == 0 {
            "/"
        } else if step % 8 == 7 {
            "\x1b"
        } else {
            "u"
        });
        draw(&desk);
    });
    time("sorted anew by another column, with its frame", &mut |_| {
        desk.keys("s");
        draw(&desk);
    });
    let shown = String::from_utf8(terminal.backend().writer().clone()).unwrap();
    assert!(shown.contains("10000"), "{shown:?}");
}

/// A run of all of them, two hundred under way: each tells its progress twice a second, ten frames a second are drawn.
#[test]
fn ten_thousand_servers_of_which_two_hundred_are_flashed_are_drawn_as_they_go() {
    const RUNNING: usize = 200;
    const ROWS_A_FRAME: usize = RUNNING * 2 / 10;
    let times = times();
    let before = resident();
    let stages: Vec<usize> =
        (0..SERVERS).map(|number| if number.is_multiple_of(SERVERS / RUNNING) { 1 } else { 3 }).collect();
    let theme = Theme::embedded("default", Depth::True, Glyphs { utf8: true }).unwrap();
    for (keys, width, height) in [("3", 80, 24), ("3", 160, 48), ("", 80, 24), ("", 160, 48)] {
        let mut desk = at("3", width, height, SERVERS, &stages, 9);
        if keys.is_empty() {
            desk.keys("1");
            desk.serve(SERVERS, &stages, 9);
        }
        let mut terminal = Terminal::new(Ansi::new(std::io::sink(), Size { width, height }, true)).unwrap();
        let mut draw = |desk: &Desk| {
            terminal.draw(|frame| view(frame, &desk.model, &theme)).unwrap();
        };
        draw(&desk);
        let spent = processor();
        for step in 0..times as usize {
            for index in 0..ROWS_A_FRAME {
                let number = (step * ROWS_A_FRAME + index) % RUNNING * (SERVERS / RUNNING);
                let mut row = board_row(number, 1);
                row.percent = Some((step % 100) as u8);
                desk.engine(Message::Row { run: RUN, row });
            }
            draw(&desk);
            desk.take();
        }
        let each = (processor() - spent) / f64::from(times);
        let place = if keys.is_empty() { "the fleet" } else { "the run" };
        println!(
            "{:<58} {each:>9.3} ms",
            format!("{place} at {width}x{height}: {ROWS_A_FRAME} rows and a frame, processor")
        );
        assert_eq!(desk.model.run.counted("running"), RUNNING);
        println!("{:<58} {:>9} KiB", "memory of all, the test's own copies among it", resident() - before);
    }
}
