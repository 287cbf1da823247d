//! Looking about: from a failed server to its diagnosis, its BMC, and a healthy one.

use serde_json::json;

use super::*;
use crate::{
    api::explore::ResourceDocument,
    tui::model::{beside::Beside, explorer::Place},
};

/// A desk at the screen that these keys lead to, with a run of which the first server failed.
pub(super) fn looking(keys: &str) -> Desk {
    let mut desk = Desk::with(80, 24, 12);
    desk.serve(12, &[4, 1, 0], 4);
    for key in keys.chars() {
        desk.keys(&key.to_string());
        desk.serve(12, &[4, 1, 0], 4);
    }
    desk
}

#[test]
fn a_failed_server_is_one_key_from_its_diagnosis_its_exchanges_its_bmc_and_a_healthy_one() {
    for (key, screen) in [
        ("i", Screen::Why),
        ("T", Screen::Server),
        ("b", Screen::Explorer),
        ("L", Screen::Events),
        ("=", Screen::Beside),
    ] {
        let desk = looking(&format!("3{key}"));
        assert_eq!(desk.model.screen(), screen, "{key}");
        assert_eq!(desk.model.subject().as_deref(), Some("s1"), "{key}");
    }
    // and from each to each other, none of them twice in the way back
    let mut desk = looking("3ibL=b");
    assert_eq!(desk.model.screens(), [Screen::Run, Screen::Why, Screen::Events, Screen::Beside, Screen::Explorer]);
    desk.keys("\x1b");
    assert_eq!(desk.model.screen(), Screen::Beside);
}

#[test]
fn a_walk_follows_links_and_comes_back_to_where_it_was() {
    let mut desk = looking("b");
    desk.keys("/chassis/1\n");
    assert_eq!(desk.model.explorer.at, 6, "{}", desk.notice());
    desk.keys("\n");
    assert_eq!(desk.take(), [Effect::LoadResource(place("s1", "/redfish/v1/Chassis/1"))]);
    desk.key(Key::Left);
    assert_eq!(desk.model.explorer.place, place("s1", "/redfish/v1/"));
    assert!(desk.model.explorer.at > 0, "the line that was left");
    desk.serve(12, &[4], 4);
    desk.keys("g");
    desk.key(Key::Ctrl('u'));
    desk.keys("/etc/passwd\n");
    assert!(matches!(&desk.model.dialog, Some(Dialog::Go { mistake: Some(_), .. })), "no path of a BMC's");
}

#[test]
fn a_resource_is_held_against_the_marked_one_or_a_healthy_servers() {
    let mut desk = looking("b");
    desk.keys("d");
    assert_eq!(desk.take(), [Effect::LoadBeside(Beside::HealthyResource(place("s1", "/redfish/v1/")))]);
    let mut desk = looking("bm\x1bj");
    desk.keys("b");
    desk.serve(12, &[4], 4);
    desk.keys("d");
    let (one, other) = (place("s1", "/redfish/v1/"), place("s2", "/redfish/v1/"));
    assert_eq!(desk.take(), [Effect::LoadBeside(Beside::Resources(one, other))]);
}

pub(super) fn place(server: &str, path: &str) -> Place {
    Place { server: server.into(), path: path.into() }
}

#[test]
fn what_is_under_the_cursor_is_copied_without_what_a_terminal_would_obey() {
    let mut desk = looking("3i");
    desk.keys("y");
    let [Effect::Copy { what, text }] = &desk.take()[..] else { panic!("nothing was copied") };
    assert_eq!(what, "the diagnosis", "{text}");
    for part in ["run 17 r01u01-gpu s1 failed", "what: the BMC took the image", "state: ", "next: ", "known from: "] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let mut desk = looking("b");
    desk.keys("y");
    let [Effect::Copy { text, .. }] = &desk.take()[..] else { panic!("nothing was copied") };
    assert!(!crate::tui::model::copy::clean(text).contains('\x1b'));
}

#[test]
fn exchanges_are_shown_from_the_time_when_it_went_wrong() {
    let mut desk = looking("3");
    desk.keys("T");
    let mut page = fixtures::transcript();
    // one that was said after the server's end, which is two minutes ago
    page.exchanges.iter_mut().rev().skip(1).for_each(|line| line.at = fixtures::ago(3));
    desk.answer(Answer::Transcript("s1".into(), Ok(page)));
    assert_eq!((desk.model.server.tab, desk.model.server.at), (Tab::Transcript, 1));
}

/// The BMC answers what a search asks for: a resource with these members.
fn answers(desk: &mut Desk, members: serde_json::Value) -> String {
    let asked = desk.take();
    let [Effect::LoadResource(at)] = &asked[..] else { panic!("{asked:?}") };
    let document = ResourceDocument { body: members, ..fixtures::resource("s1", &at.path) };
    desk.answer(Answer::Resource(at.clone(), Ok(Box::new(document))));
    at.path.clone()
}

#[test]
fn what_is_not_in_a_resource_is_looked_for_in_those_that_it_leads_to() {
    let mut desk = looking("b");
    desk.keys("s");
    assert_eq!(desk.notice(), "not now: nothing was looked for yet: / asks what");
    desk.keys("/predicted\n");
    assert!(desk.notice().ends_with("s looks in those that it leads to"), "{}", desk.notice());
    desk.keys("s");
    // the nearest first, each once
    assert_eq!(answers(&mut desk, json!({ "Up": { "@odata.id": "/redfish/v1/" } })), "/redfish/v1/Systems/1/Bios");
    let chassis = json!({ "A": 1, "Drives": [{ "@odata.id": "/redfish/v1/D/1" }, { "@odata.id": "/redfish/v1/D/2" }] });
    assert_eq!(answers(&mut desk, chassis), "/redfish/v1/Chassis/1");
    let hunt = desk.model.explorer.hunt.clone().unwrap();
    assert_eq!((hunt.walk.read, hunt.asked), (4, Some(place("s1", "/redfish/v1/D/1"))));
    let worn = json!({ "Name": "Disk", "Status": { "FailurePredicted": true } });
    answers(&mut desk, worn);
    // it stands where it was found, and leads back to where it began
    assert_eq!((&desk.model.explorer.place, desk.model.explorer.at), (&place("s1", "/redfish/v1/D/1"), 2));
    desk.serve(12, &[4], 4);
    desk.keys("s");
    assert_eq!(answers(&mut desk, json!({ "Name": "Disk" })), "/redfish/v1/D/2");
    assert_eq!(desk.notice(), "not found in 5 resources: predicted");
    assert_eq!(desk.take(), []);
    desk.key(Key::Left);
    assert_eq!(desk.model.explorer.place, place("s1", "/redfish/v1/"));
}

#[test]
fn a_search_is_stopped_by_its_key_and_by_a_bmc_that_does_not_answer() {
    let mut desk = looking("b");
    desk.keys("/predicted\nss");
    assert_eq!(desk.notice(), "stopped after 2 resources: predicted");
    // what was asked for comes all the same, and nothing more is asked
    answers(&mut desk, json!({ "Predicted": true }));
    assert_eq!((desk.take(), desk.model.explorer.place.path.as_str()), (vec![], "/redfish/v1/"));
    let mut desk = looking("b");
    let links: Vec<_> = (0..9).map(|number| json!({ "@odata.id": format!("/redfish/v1/D/{number}") })).collect();
    desk.keys("/predicted\ns");
    answers(&mut desk, json!(links));
    for _ in 0..3 {
        let asked = desk.take();
        let [Effect::LoadResource(at)] = &asked[..] else { panic!("{asked:?}") };
        desk.answer(Answer::Resource(at.clone(), Err("the BMC is away".into())));
    }
    assert!(desk.notice().ends_with(": the BMC is away"), "{}", desk.notice());
    assert_eq!(desk.take(), []);
    // and the engine's going away is no answer either
    desk.keys("s");
    desk.tell(Msg::Lost("gone".into()));
    assert!(!desk.model.explorer.hunt.as_ref().unwrap().goes_on);
}
