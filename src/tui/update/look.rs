//! Looking about: what the keys of the troubleshooting screens do.

use crate::{
    api::live::FleetRow,
    tui::{
        action::Id,
        model::{
            Dialog, Model, Screen, ServerPage, Tab,
            beside::{Beside, BesidePage},
            columns,
            explorer::ExplorerPage,
            field::Field,
        },
        theme::Role,
    },
};

/// Does `id`, which is allowed.
pub(super) fn act(model: &mut Model, id: Id) {
    let Some(subject) = model.subject() else { return };
    match id {
        Id::Around => around(model, subject),
        Id::Browse => {
            if model.explorer.place.server != subject {
                model.explorer = ExplorerPage::at_root(subject, model.explorer.mark.take());
            }
            model.raise(Screen::Explorer);
        }
        Id::Events => {
            (model.events_of, model.events_at) = (subject, 0);
            model.events.outdated();
            model.raise(Screen::Events);
        }
        Id::Compare => beside(model, Beside::Healthy(subject)),
        Id::Follow => {
            let line = model.resource.of(&model.explorer.place).and_then(|shown| shown.lines.get(model.explorer.at));
            if let Some(link) = line.and_then(|line| line.link.clone()) {
                // A link into a resource is one to the resource.
                model.explorer.go(link.split('#').next().unwrap_or_default().to_owned());
            }
        }
        Id::Out => drop(model.explorer.back()),
        Id::GoTo => {
            model.dialog = Some(Dialog::Go { field: Field::with(&model.explorer.place.path), mistake: None });
        }
        Id::Mark => mark(model),
        Id::Diff => {
            let place = model.explorer.place.clone();
            let of = match model.explorer.mark.clone() {
                Some(mark) => Beside::Resources(mark, place),
                None => Beside::HealthyResource(place),
            };
            beside(model, of);
        }
        Id::Other => model.dialog = Some(Dialog::Other { field: Field::default(), mistake: None }),
        Id::ShowSame => {
            model.beside.all = !model.beside.all;
            model.beside.at = 0;
        }
        _ => {}
    }
}

/// The server's transcript, at the time when it went wrong.
fn around(model: &mut Model, subject: String) {
    let row = model.run.find(&subject);
    let around = row.and_then(|row| row.ended.clone().or_else(|| row.last.clone()));
    let wrap = model.server.wrap;
    model.server = ServerPage { id: subject, tab: Tab::Transcript, wrap, around, ..ServerPage::default() };
    model.transcript.outdated();
    model.raise(Screen::Server);
}

fn beside(model: &mut Model, of: Beside) {
    model.beside = BesidePage { of: Some(of), ..BesidePage::default() };
    model.sides.outdated();
    model.raise(Screen::Beside);
}

fn mark(model: &mut Model) {
    let place = model.explorer.place.clone();
    if model.explorer.mark.as_ref() == Some(&place) {
        model.explorer.mark = None;
        model.say("nothing is marked any more", Role::Muted);
    } else {
        model.say(
            format!("marked: {}; d on another resource, of any server, shows what differs", place.path),
            Role::Good,
        );
        model.explorer.mark = Some(place);
    }
}

/// Goes to the path that was typed.
pub(super) fn go(model: &mut Model, field: Field) {
    let path = field.text().trim().to_owned();
    if path.starts_with("/redfish/") {
        model.explorer.go(path);
    } else {
        let mistake = Some("a path begins with /redfish/".to_owned());
        model.dialog = Some(Dialog::Go { field, mistake });
    }
}

/// Holds the server against the one that was named.
pub(super) fn other(model: &mut Model, field: Field) {
    let (typed, Some(left)) = (field.text().trim().to_owned(), model.subject()) else { return };
    let is_it = |row: &&FleetRow| row.id == typed || columns::name(row) == typed.as_str();
    let found = model.fleet.all().find(is_it).map(|row| row.id.clone());
    let mistake = match found {
        Some(right) if right != left => return beside(model, Beside::Servers(left, right)),
        Some(_) => "that is the server itself".to_owned(),
        None => format!("no server is called {typed}"),
    };
    model.dialog = Some(Dialog::Other { field, mistake: Some(mistake) });
}

/// Goes to the next line of the resource, from this one on, with what is looked for.
pub(super) fn find(model: &mut Model, from: usize) {
    let query = model.explorer.find.clone();
    let shown = model.resource.of(&model.explorer.place);
    match shown.and_then(|shown| shown.find(from, &query)) {
        _ if query.is_empty() => {}
        Some(at) => model.explorer.at = at,
        None => model.say(format!("not in this resource: {query}"), Role::Warning),
    }
}
