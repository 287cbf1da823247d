//! Whether the account may update.

use serde_json::Value;

use super::{look, shown};
use crate::{
    bmc::{
        error::Error,
        redfish::{
            client::Client,
            collection::{Expand, ExpandMemory, members},
            doc::Doc,
            quirks,
        },
    },
    domain::{inventory::Stack, verdict::Verdict},
};

/// What lets an account use the UpdateService: ConfigureComponents in DMTF's privilege registry (Redfish_1.x
/// PrivilegeRegistry, entity UpdateService), ConfigureManager on stacks that predate it.
const ENOUGH: [&str; 2] = ["ConfigureComponents", "ConfigureManager"];

/// Looks the account of this client up, and its role. An account that the BMC does not list (a directory's) is unknown.
pub async fn look_up(client: &mut Client, stack: Stack, memory: &ExpandMemory) -> Result<Verdict, Error> {
    let Some(username) = client.credentials.as_ref().map(|credentials| credentials.username.clone()) else {
        return Ok(Verdict::Unknown("no account is used".into()));
    };
    let root = client.root().await?;
    let Some(service) = Doc::new(&root).link("AccountService") else {
        return Ok(Verdict::Unknown("the BMC names no AccountService".into()));
    };
    let service = match look(client, service).await? {
        Ok(service) => service,
        Err(why) => return Ok(Verdict::Unknown(why)),
    };
    let Some(accounts) = Doc::new(&service).link("Accounts") else {
        return Ok(Verdict::Unknown("the BMC lists no accounts".into()));
    };
    let expand = Expand { query: quirks::expand_query(&root), product: "accounts", memory };
    let read = client.timeouts().read;
    let listed = match shown(members(client, accounts, read, expand).await)? {
        Ok(members) => members.list,
        Err(why) => return Ok(Verdict::Unknown(why)),
    };
    let Some(account) = listed.iter().find(|member| Doc::new(&member.value).str("UserName") == Some(&username)) else {
        return Ok(Verdict::Unknown(format!("{username} is not among the BMC's own accounts")));
    };
    let account = Doc::new(&account.value);
    let refused = |what: String| {
        let next = "give it a role that may configure components, or give firmdeck another account";
        Verdict::refuses(what, next)
    };
    if let Some(lacking) = quirks::of(stack).lacks(account) {
        return Ok(refused(format!("the account {username} lacks {lacking}")));
    }
    let named = account.at(&["Links"]).link("Role").map(str::to_owned);
    let by_id =
        || Some(format!("{}/{}", Doc::new(&service).link("Roles")?.trim_end_matches('/'), account.str("RoleId")?));
    let Some(role) = named.or_else(by_id) else {
        return Ok(Verdict::Unknown(format!("the account {username} names no role")));
    };
    let role = match look(client, &role).await? {
        Ok(role) => role,
        Err(why) => return Ok(Verdict::Unknown(why)),
    };
    Ok(match may(&role) {
        Some(true) => Verdict::Holds,
        None => Verdict::Unknown("its role names no privileges".into()),
        Some(false) => {
            let id = Doc::new(&role).str("Id").or(account.str("RoleId")).unwrap_or("unknown").to_owned();
            refused(format!("the account {username} has the role {id}, which may not update"))
        }
    })
}

/// Whether a role is enough; nothing where it does not say.
fn may(role: &Value) -> Option<bool> {
    let assigned = role.get("AssignedPrivileges")?.as_array()?;
    Some(assigned.iter().filter_map(Value::as_str).any(|privilege| ENOUGH.contains(&privilege)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_role_may_update_when_it_may_configure_components_or_the_manager() {
        for (role, expected) in [
            (json!({ "AssignedPrivileges": ["Login", "ConfigureComponents"] }), Some(true)),
            (json!({ "AssignedPrivileges": ["Login", "ConfigureManager"] }), Some(true)),
            (json!({ "AssignedPrivileges": ["Login", "ConfigureSelf"] }), Some(false)),
            (json!({ "AssignedPrivileges": null }), None),
            (json!({}), None),
        ] {
            assert_eq!(may(&role), expected, "{role}");
        }
    }
}
