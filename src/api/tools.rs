//! Vendors' tools, as clients see them.

use serde::{Deserialize, Serialize};

use super::wire::SCHEMA;
use crate::engine::tools::Found;

/// `GET /v1/tools`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolsDocument {
    /// [`SCHEMA`]
    pub schema: u32,
    /// Each tool that firmdeck uses.
    pub tools: Vec<ToolRow>,
}

/// One tool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolRow {
    /// Its name.
    pub name: String,
    /// What it is used for.
    pub purpose: String,
    /// The program that was found, where it has another name: `saa` for `sum`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub program: Option<String>,
    /// Where it is; absent where it is not there.
    pub path: Option<String>,
    /// What it says of its version.
    pub version: Option<String>,
    /// Why it is not there, or why what has its name is not it.
    pub missing: Option<String>,
}

impl ToolsDocument {
    /// What was found.
    #[must_use]
    pub fn of(found: &Found) -> Self {
        let row = |(name, found): &(crate::domain::toolbox::ToolName, Result<_, _>)| {
            let program: Option<&crate::bmc::tools::Program> = found.as_ref().ok();
            let missing: Option<&crate::bmc::tools::Missing> = found.as_ref().err();
            ToolRow {
                name: name.to_string(),
                purpose: name.purpose().into(),
                program: program.map(|program| program.name.to_owned()).filter(|program| *program != name.to_string()),
                path: program.map(|program| program.path.display().to_string()),
                version: program.map(|program| program.version.clone()),
                missing: missing.map(ToString::to_string),
            }
        };
        Self { schema: SCHEMA, tools: found.tools.iter().map(row).collect() }
    }
}
