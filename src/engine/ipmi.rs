//! Reading over IPMI what speaks no Redfish.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::{Engine, tool_lines::ToolSink};
use crate::{
    bmc::{
        Credentials, ipmi,
        tools::{
            Access, Ears,
            ipmitool::{Ipmitool, Trouble},
        },
    },
    domain::{
        failure::{Failure, Weight},
        inventory::Inventory,
        target::Target,
        toolbox::ToolName,
    },
};

/// How long each of three pings is waited for.
const PING: Duration = Duration::from_millis(700);

/// One controller, and ipmitool for it.
pub(super) struct Controller {
    pub(super) tool: Ipmitool,
    pub(super) sink: ToolSink,
}

/// A failure over IPMI.
pub(super) fn failure(kind: &str, weight: Weight, what: String, next: &str) -> Failure {
    let state = "only read from; nothing on the server was changed";
    Failure { kind: kind.into(), weight, what, state: state.into(), next: next.into() }
}

/// What a command that came to nothing is to an operator.
pub(super) fn of_trouble(trouble: &Trouble) -> Failure {
    let (kind, weight) = match trouble {
        Trouble::NoSession { .. } => ("ipmi_no_session", Weight::Failed),
        Trouble::WrongCredentials { .. } => ("wrong_credentials", Weight::Failed),
        Trouble::PasswordTooLong { .. } | Trouble::UserTooLong { .. } => ("ipmi_credential", Weight::Blocked),
        _ => ("ipmi", Weight::Failed),
    };
    // Its words end with what to do, where that is known.
    failure(kind, weight, trouble.to_string(), "see the lines of ipmitool in the server's transcript")
}

impl Engine {
    /// Whether something at the target's IPMI port answers a ping, which needs no tool and no credential.
    pub(super) async fn answers_ipmi(&self, target: &Target) -> bool {
        self.may_speak_to(&target.ipmi()) && ipmi::ping(&target.ipmi(), PING).await.unwrap_or(false)
    }

    /// ipmitool for a controller; why not, where there is none or nobody may come in.
    pub(super) async fn controller(&self, target: &Target, credentials: Credentials) -> Result<Controller, Failure> {
        let tools = self.tools(false).await;
        let program = tools.program(ToolName::Ipmitool).map_err(|why| {
            let what = format!("it speaks IPMI and no Redfish, and {why}");
            failure("tool_missing", Weight::Blocked, what, "install ipmitool, or give its path under [tools]")
        })?;
        let sink = ToolSink::new(self, target.endpoint.clone(), program.name);
        let access = Access::new(target.ipmi(), credentials);
        Ok(Controller { tool: Ipmitool::new(self.runner().clone(), program, access), sink })
    }
}

impl Controller {
    /// Reads everything that IPMI tells.
    pub(super) async fn read(
        &self,
        engine: &Engine,
        stop: &CancellationToken,
    ) -> Result<(ipmi::Said, Inventory), Failure> {
        let ears = Ears { sink: &self.sink, stop };
        let device = self.tool.device(ears).await.map_err(|trouble| of_trouble(&trouble))?;
        let fru = match self.tool.fru(ears).await {
            Ok(fru) => Some(fru),
            // A board without a FRU is still a board.
            Err(Trouble::Unreadable { .. } | Trouble::NotOffered { .. }) => None,
            Err(trouble) => return Err(of_trouble(&trouble)),
        };
        let power = match self.tool.power(ears).await {
            Ok(on) => Ok(on),
            Err(trouble @ (Trouble::NotOffered { .. } | Trouble::Unreadable { .. })) => Err(trouble.to_string()),
            Err(trouble) => return Err(of_trouble(&trouble)),
        };
        let hpm = match self.tool.capabilities(ears).await {
            Ok(_) => Some(self.tool.components(ears).await.map_err(|trouble| of_trouble(&trouble))?),
            // IPMI without HPM.1: most are.
            Err(Trouble::NotOffered { .. } | Trouble::Unreadable { .. } | Trouble::Failed { .. }) => None,
            Err(trouble) => return Err(of_trouble(&trouble)),
        };
        let said = ipmi::Said { device, fru, power, hpm };
        let inventory = ipmi::inventory(&said, engine.clock().now());
        Ok((said, inventory))
    }
}
