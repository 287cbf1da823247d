//! Identity and history: ids are ours, changes are kept, a second look at the same thing changes nothing.

use crate::support::{binary::Bench, http::Server, tree::Tree};
use serde_json::json;

const FIRMWARE: &str = "/redfish/v1/UpdateService/FirmwareInventory";

#[tokio::test]
async fn a_server_keeps_its_id_when_its_address_changes() {
    let bench = Bench::new("p");
    let first = Server::start(Tree::small("p")).await;
    let before = bench.run(&["inventory", &first.address.to_string(), "--json"]).await.server();
    let second = Server::start(Tree::small("p")).await;
    let after = bench.run(&["inventory", &second.address.to_string(), "--json"]).await.server();
    assert_eq!((&before["id"], &after["id"]), (&json!("s1"), &json!("s1")));
}

#[tokio::test]
async fn another_machine_at_the_same_address_is_another_server() {
    let bench = Bench::new("p");
    let first = Server::start(Tree::small("p")).await;
    let address = first.address;
    bench.run(&["inventory", &address.to_string()]).await;
    drop(first);
    bench.run(&["pins", "forget", &address.to_string()]).await;
    let other = json!({ "Id": "1", "Manufacturer": "Example", "Model": "E100", "SerialNumber": "EX0002" });
    let _second = Server::start_at(address, Tree::small("p").put("/redfish/v1/Systems/1", other)).await;
    let after = bench.run(&["inventory", &address.to_string(), "--json"]).await.server();
    assert_eq!((&after["id"], &after["serial"]), (&json!("s2"), &json!("EX0002")));
}

#[tokio::test]
async fn a_second_look_reports_nothing_changed_and_a_new_version_is_one_change() {
    let bench = Bench::new("p");
    let server = Server::start(Tree::small("p")).await;
    let address = server.address;
    bench.run(&["inventory", &address.to_string()]).await;
    let again = bench.run(&["inventory", &address.to_string()]).await;
    assert!(again.err.contains("0 new, 0 changed"), "{}", again.err);
    drop(server);
    bench.run(&["pins", "forget", &address.to_string()]).await;
    let bios = json!({ "Id": "BIOS", "Name": "BIOS", "Version": "1.2.4" });
    let _server = Server::start_at(address, Tree::small("p").put(&format!("{FIRMWARE}/BIOS"), bios)).await;
    let changed = bench.run(&["inventory", &address.to_string()]).await;
    assert!(changed.err.contains("0 new, 1 changed"), "{}", changed.err);
}

#[tokio::test]
async fn what_is_known_is_shown_without_the_network() {
    let bench = Bench::new("p");
    let server = Server::start(Tree::small("p")).await;
    bench.run(&["inventory", &server.address.to_string()]).await;
    drop(server);
    let known = bench.run(&["inventory", "--json"]).await;
    assert_eq!((known.code, &known.server()["bios"]), (0, &json!("1.2.3")));
    let refreshed = bench.run(&["inventory", "--refresh", "--json"]).await;
    assert_eq!(refreshed.code, 3);
    assert_eq!(
        (&refreshed.server()["bios"], &refreshed.server()["error"]["kind"]),
        (&json!("1.2.3"), &json!("connection_refused"))
    );
}

#[tokio::test]
async fn a_targets_file_gives_names_and_places() {
    let bench = Bench::new("p");
    let server = Server::start(Tree::small("p")).await;
    let text = format!(
        "[[target]]\naddress = \"127.0.0.1\"\nport = {}\nname = \"r12u15\"\nrack = \"r12\"\nlabels = {{ env = \"lab\" }}\n",
        server.address.port()
    );
    let file = bench.write("racks.toml", &text);
    let found = bench.run(&["inventory", file.to_str().unwrap(), "--json"]).await.server();
    assert_eq!(
        (&found["name"], &found["rack"], &found["labels"]["env"]),
        (&json!("r12u15"), &json!("r12"), &json!("lab"))
    );
}
