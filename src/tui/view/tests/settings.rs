//! BIOS settings on the plan and run screens.

use super::{draw, sizes::at, text};
use crate::{
    api::live::{GoalRow, GoalsDocument},
    domain::{
        bios::{BiosWay, Change, Wishes},
        plan::BiosPlan,
    },
    tui::{
        fixtures::{Desk, RUN, board, goals, plan},
        glyphs::Glyphs,
        msg::Answer,
        theme::{Depth, Theme},
    },
};

fn shown(desk: &Desk) -> String {
    text(&draw(&desk.model, &Theme::embedded("mono", Depth::Mono, Glyphs { utf8: false }).unwrap()))
}

fn change(attribute: &str, from: &str, to: &str) -> Change {
    Change { attribute: attribute.into(), from: from.into(), to: to.into() }
}

#[test]
fn a_plan_shows_each_setting_that_changes_and_what_that_costs() {
    let mut desk = at("ap\n", 160, 48, 24, &[], 0);
    let mut document = plan(6);
    document.plan.bios_profile = Some("virtualization".into());
    let changes = vec![change("SysProfile", "PerfOptimized", "Custom"), change("ProcC1E", "Enabled", "Disabled")];
    for server in &mut document.plan.servers {
        server.updates.clear();
        server.left_out.clear();
        server.bios = Some(BiosPlan {
            profile: "virtualization".into(),
            wishes: Wishes::default(),
            resets_host: true,
            way: BiosWay::Racadm,
            why: BiosWay::Racadm.why().map(str::to_owned),
            changes: changes.clone(),
            already: vec!["LogicalProc".into()],
            absent: Vec::new(),
            refused: Vec::new(),
        });
    }
    desk.keys("g");
    desk.answer(Answer::Plan(Ok(Box::new(document))));
    let screen = shown(&desk);
    for words in [
        "and BIOS profile virtualization",
        "BIOS virtualization: SysProfile and 1 more",
        "host reset",
        "SysProfile PerfOptimized -> Custom",
        "ProcC1E Enabled -> Disabled",
        "1 setting",
        "racadm: the BMC shows no BIOS settings over",
    ] {
        assert!(screen.contains(words), "{words}\n{screen}");
    }
}

#[test]
fn a_run_shows_them_beside_the_phase() {
    let mut desk = at("3", 160, 48, 24, &[3, 1], 1);
    let mut shown_board = board(&[3, 1]);
    for row in &mut shown_board.servers {
        (row.updates, row.settings) = ((0, 0), (2, 2));
        row.bios = vec!["SysProfile PerfOptimized -> Custom".into()];
    }
    desk.answer(Answer::Board(RUN, Ok(shown_board)));
    let screen = shown(&desk);
    assert!(screen.contains("SysProfile PerfOptimized -> Custom"), "{screen}");
    assert!(screen.contains("2 of 2 BIOS settings read back"), "{screen}");
}

#[test]
fn a_profile_alone_can_be_planned() {
    let mut desk = at("ap", 80, 24, 24, &[], 0);
    let profiles =
        vec![GoalRow { name: "virtualization".into(), what: "4 BIOS settings for 1 kinds of machine".into() }];
    desk.answer(Answer::Goals(Ok(GoalsDocument { bios_profiles: profiles, ..goals() })));
    desk.keys("jjjj");
    assert!(shown(&desk).contains("settings  virtualization"), "{}", shown(&desk));
    desk.keys("\n");
    let asked = desk.take();
    assert!(asked.iter().any(|effect| format!("{effect:?}").contains("NoFirmware")), "{asked:?}");
}
