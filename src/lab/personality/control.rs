//! What a BMC does for its vendor's own command-line tool, beside Redfish: commands with a text for an answer, and a file that was
//! brought before. The lab's own path, under which the stand-ins of those tools reach the same machine.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Accepted, Trouble, update::judge};
use crate::lab::{
    model::{Delivered, Machine},
    upload::Upload,
};

/// The commands of a vendor's tool.
#[derive(Debug, Clone, Copy)]
pub(in crate::lab) struct Control {
    /// Where commands are posted to: their names follow.
    pub(in crate::lab) commands: &'static str,
    /// Carries one out, by its name and arguments.
    pub(in crate::lab) carry_out: fn(&mut Machine, &str, &[&str], Duration) -> Printed,
}

/// What a tool prints and how it ends.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::lab) struct Printed {
    /// Its exit status.
    pub(in crate::lab) status: i32,
    /// Its words.
    pub(in crate::lab) text: String,
    /// Whether it goes on and asks for its progress.
    pub(in crate::lab) goes_on: bool,
}

impl Printed {
    /// A command that went well.
    pub(super) fn well(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    /// One that did not.
    pub(super) fn ill(status: i32, text: impl Into<String>) -> Self {
        Self { status, text: text.into(), goes_on: false }
    }

    pub(in crate::lab) fn body(&self) -> Value {
        json!({"status": self.status, "text": self.text, "goes_on": self.goes_on})
    }
}

/// Takes the file that the next command is about, in the place of an earlier one.
pub(super) fn deliver(machine: &mut Machine, upload: &Upload, _: Duration) -> Result<Accepted, Trouble> {
    if upload.chunked || upload.malformed {
        return Err(Trouble::BadPart("file"));
    }
    let file = upload.file.as_ref().filter(|file| file.name == "file").ok_or(Trouble::BadPart("file"))?;
    let image = judge(machine, &file.image, None);
    machine.delivered = Some(Delivered { file: file.file_name.clone().unwrap_or_default(), image });
    Ok(Accepted { status: 201, ..Accepted::default() })
}

/// The arguments of a command's body.
pub(in crate::lab) fn arguments(body: &Value) -> Vec<&str> {
    let list = body.get("arguments").and_then(Value::as_array);
    list.map(|list| list.iter().filter_map(Value::as_str).collect()).unwrap_or_default()
}
