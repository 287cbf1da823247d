use std::time::Duration;

use firmdeck::{
    clock::Clock,
    lab::{Lab, personality::Personality},
};
use jiff::Timestamp;

use super::raw::{Raw, ask, basic, get, log_in};

#[tokio::test]
async fn only_the_root_and_its_kin_are_read_without_credentials() {
    let lab = Lab::builder().start().await.unwrap();
    for bmc in lab.bmcs() {
        for uri in ["/redfish", "/redfish/v1", "/redfish/v1/", "/redfish/v1/odata", "/redfish/v1/$metadata"] {
            assert_eq!(ask(bmc.address(), "GET", uri, &[], "").await.unwrap().status, 200, "{uri}");
        }
        for uri in ["/redfish/v1/Systems", "/redfish/v1/SessionService/Sessions", "/redfish/v1/NoSuchThing"] {
            let answer = ask(bmc.address(), "GET", uri, &[], "").await.unwrap();
            assert_eq!(answer.status, 401, "{uri}");
            assert!(answer.message_id().contains('.'), "{}", answer.text());
        }
        let wrong = [("Authorization", "Basic cm9vdDpjYWx2aW4="), ("X-Auth-Token", "0123456789abcdef")];
        for header in wrong {
            assert_eq!(ask(bmc.address(), "GET", "/redfish/v1/Systems", &[header], "").await.unwrap().status, 401);
        }
    }
}

#[tokio::test]
async fn a_session_lives_from_its_post_to_its_delete() {
    let lab = Lab::builder().start().await.unwrap();
    for (index, bmc) in lab.bmcs().enumerate() {
        let login = log_in(&lab, index).await;
        assert_eq!(login.status, 201);
        let token = login.header("X-Auth-Token").unwrap();
        let location = login.header("Location").unwrap();
        assert_eq!(login.json()["@odata.id"], location);
        assert_eq!(login.json()["UserName"], bmc.user());
        assert!(!login.text().contains(lab.password()) && !login.text().contains(token));

        let with = [("X-Auth-Token", token)];
        let mut raw = Raw::connect(bmc.address()).await.unwrap();
        assert_eq!(raw.send("GET", "/redfish/v1/Systems/", &with, "").await.unwrap().status, 200);
        let list = raw.send("GET", "/redfish/v1/SessionService/Sessions", &with, "").await.unwrap().json();
        assert_eq!(list["Members"][0]["@odata.id"], location);
        let end = raw.send("DELETE", location, &with, "").await.unwrap();
        assert!(matches!(end.status, 200 | 204), "{}", end.status);
        assert_eq!(raw.send("GET", "/redfish/v1/Systems", &with, "").await.unwrap().status, 401);
        assert_eq!(bmc.machine().sessions.most_open(), 1);
    }
}

#[tokio::test]
async fn a_wrong_password_is_refused_and_opens_nothing() {
    let lab = Lab::builder().start().await.unwrap();
    for bmc in lab.bmcs() {
        let body = format!("{{\"UserName\": \"{}\", \"Password\": \"wrong\"}}", bmc.user());
        let answer = ask(bmc.address(), "POST", "/redfish/v1/SessionService/Sessions", &[], &body).await.unwrap();
        assert_eq!(answer.status, 401);
        assert_eq!(bmc.machine().sessions.opened(), 0);
        for body in ["{", "{\"UserName\": \"root\"}"] {
            let answer = ask(bmc.address(), "POST", "/redfish/v1/SessionService/Sessions", &[], body).await.unwrap();
            assert_eq!(answer.status, 400);
        }
    }
}

#[tokio::test]
async fn a_full_table_answers_as_the_vendor_does() {
    let lab = Lab::builder().start().await.unwrap();
    for (index, bmc) in lab.bmcs().enumerate() {
        let limit = bmc.profile().sessions.open;
        for _ in 0..limit {
            assert_eq!(log_in(&lab, index).await.status, 201);
        }
        let full = log_in(&lab, index).await;
        assert_eq!(full.status, 503);
        let expected = match bmc.machine().identity.personality {
            Personality::Idrac9 | Personality::Idrac9Early => "IDRAC.2.7.RAC0218",
            _ => "SessionLimitExceeded",
        };
        assert!(full.message_id().ends_with(expected), "{}", full.text());
        assert_eq!(bmc.machine().sessions.most_open(), limit);
        // Basic needs no place in the table.
        assert_eq!(get(&lab, index, "/redfish/v1/Systems").await.status, 200);
    }
}

#[tokio::test]
async fn an_idle_session_ends_and_a_used_one_goes_on() {
    let clock = Clock::manual(Timestamp::UNIX_EPOCH);
    let lab = Lab::builder().personalities([Personality::SupermicroX13]).clock(clock.clone()).start().await.unwrap();
    let login = log_in(&lab, 0).await;
    let token = login.header("X-Auth-Token").unwrap();
    for (idle, expected) in [(299, 200), (299, 200), (301, 401)] {
        clock.advance(Duration::from_secs(idle));
        let answer = ask(lab.bmc(0).address(), "GET", "/redfish/v1/Systems", &[("X-Auth-Token", token)], "").await;
        assert_eq!(answer.unwrap().status, expected);
    }
}

#[tokio::test]
async fn every_answer_has_a_tag_that_changes_only_with_the_resource() {
    let lab = Lab::builder().start().await.unwrap();
    for (index, bmc) in lab.bmcs().enumerate() {
        for uri in [bmc.profile().manager, bmc.profile().system, "/redfish/v1/UpdateService"] {
            let (first, second) = (get(&lab, index, uri).await, get(&lab, index, uri).await);
            assert_eq!(first.header("ETag").unwrap(), second.header("ETag").unwrap(), "{uri}");
        }
        let head = [("Authorization", basic(&lab, bmc))];
        let head: Vec<_> = head.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let answer = ask(bmc.address(), "HEAD", bmc.profile().system, &head, "").await.unwrap();
        assert_eq!((answer.status, answer.body.len()), (200, 0));
    }
}
