use firmdeck::lab::{Lab, personality::Personality};
use serde_json::Value;

use super::raw::get;

const INVENTORY: &str = "/redfish/v1/UpdateService/FirmwareInventory";

fn expanded(body: &Value) -> bool {
    let members = body["Members"].as_array().unwrap();
    assert!(!members.is_empty());
    members.iter().all(|member| member.get("Version").is_some())
}

#[tokio::test]
async fn each_vendor_expands_what_its_root_says_and_refuses_the_rest() {
    let lab = Lab::builder().start().await.unwrap();
    for (index, bmc) in lab.bmcs().enumerate() {
        let offer = get(&lab, index, "/redfish/v1").await.json()["ProtocolFeaturesSupported"]["ExpandQuery"].clone();
        let personality = bmc.machine().identity.personality;
        let refused = if personality.vendor() == "openbmc" { 501 } else { 400 };
        for (query, feature) in [("*", "ExpandAll"), (".", "NoLinks"), ("~", "Links")] {
            let answer = get(&lab, index, &format!("{INVENTORY}?$expand={query}")).await;
            if offer[feature] == true {
                assert_eq!(answer.status, 200, "{personality} {query}");
                // A collection's members are no `Links`.
                assert_eq!(expanded(&answer.json()), query != "~", "{personality} {query}");
            } else {
                assert_eq!(answer.status, refused, "{personality} {query}");
                assert!(answer.message_id().contains("Query"), "{}", answer.text());
            }
        }
        let deepest = offer["MaxLevels"].as_u64().unwrap_or(0);
        for levels in 1..=3 {
            let answer = get(&lab, index, &format!("{INVENTORY}?%24expand=.(%24levels={levels})")).await;
            assert_eq!(answer.status == 200, levels <= deepest, "{personality} {levels}");
        }
        let plain = get(&lab, index, &format!("{INVENTORY}?foo=bar")).await;
        assert!(plain.status == 200 && !expanded(&plain.json()));
    }
}

#[tokio::test]
async fn two_levels_reach_a_members_own_links() {
    let lab = Lab::builder().personalities([Personality::SupermicroX13]).start().await.unwrap();
    let bios = |body: Value| body["Members"][0]["Bios"].clone();
    let one = bios(get(&lab, 0, "/redfish/v1/Systems?$expand=.($levels=1)").await.json());
    let two = bios(get(&lab, 0, "/redfish/v1/Systems?$expand=.($levels=2)").await.json());
    assert!(one.get("Attributes").is_none() && two.get("Attributes").is_some());
    assert!(
        get(&lab, 0, "/redfish/v1/Systems/1?$expand=*").await.json()["Links"]["Chassis"][0]["SerialNumber"].is_string()
    );
}
