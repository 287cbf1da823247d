use std::time::Duration;

use firmdeck::{
    clock::Clock,
    lab::{
        Lab,
        model::{Post, Power},
        personality::Personality,
    },
};
use futures_util::future::join_all;
use jiff::Timestamp;

use super::raw::{Raw, ask, get, log_in, post, until};

fn reset(word: &str) -> String {
    format!("{{\"ResetType\": \"{word}\"}}")
}

#[tokio::test]
async fn a_host_goes_down_comes_up_and_passes_through_post() {
    for personality in Personality::ALL {
        let clock = Clock::manual(Timestamp::UNIX_EPOCH);
        let lab = Lab::builder().personalities([personality]).clock(clock.clone()).start().await.unwrap();
        let bmc = lab.bmc(0);
        let action = format!("{}/Actions/ComputerSystem.Reset", bmc.profile().system);
        let state = |index| {
            let lab = &lab;
            async move { get(lab, index, lab.bmc(index).profile().system).await.json()["PowerState"].clone() }
        };
        let done = post(&lab, 0, &action, &reset("ForceOff")).await;
        assert!(matches!(done.status, 200 | 204), "{personality} {}", done.text());
        assert_eq!(state(0).await, "PoweringOff");
        clock.advance(Duration::from_secs(6));
        assert_eq!(state(0).await, "Off");
        post(&lab, 0, &action, &reset("On")).await;
        clock.advance(Duration::from_secs(6));
        assert_eq!(state(0).await, "On");
        assert_eq!(bmc.machine().post, Post::Running);
        clock.advance(Duration::from_secs(300));
        let machine = bmc.machine();
        assert_eq!((machine.power, machine.post), (Power::On, Post::Finished));
        assert_eq!((machine.counts.host_resets, machine.counts.host_boots), (1, 1));

        // An early iDRAC9 has no other restart.
        let early = personality == Personality::Idrac9Early;
        post(&lab, 0, &action, &reset(if early { "ForceRestart" } else { "GracefulRestart" })).await;
        clock.advance(Duration::from_secs(90));
        assert_eq!(bmc.machine().post, Post::Running);
        assert_eq!(bmc.machine().counts.host_resets, 2);
    }
}

#[tokio::test]
async fn a_reset_that_is_not_offered_or_not_possible_changes_nothing() {
    let lab = Lab::builder().start().await.unwrap();
    for (index, bmc) in lab.bmcs().enumerate() {
        let action = format!("{}/Actions/ComputerSystem.Reset", bmc.profile().system);
        assert_eq!(post(&lab, index, &action, &reset("Explode")).await.status, 400);
        assert_eq!(post(&lab, index, &action, "{}").await.status, 400);
        let on = post(&lab, index, &action, &reset("On")).await;
        match bmc.machine().identity.personality {
            Personality::Idrac9 | Personality::Idrac9Early => {
                assert_eq!((on.status, on.message_id().as_str()), (409, "IDRAC.2.7.PSU501"));
            }
            Personality::Ilo5 | Personality::Ilo6 => {
                assert_eq!(on.status, 400);
                assert!(on.message_id().ends_with("InvalidOperationForSystemState"));
            }
            _ => assert!(matches!(on.status, 200 | 204)),
        }
        assert_eq!(bmc.machine().counts.host_resets + bmc.machine().counts.host_boots, 0);
    }
}

#[tokio::test]
async fn a_bmc_that_resets_is_gone_and_comes_back_without_its_sessions() {
    let lab = Lab::builder().speed(25.0).start().await.unwrap();
    join_all((0..Personality::ALL.len()).map(|index| reset_bmc(&lab, index))).await;
}

async fn reset_bmc(lab: &Lab, index: usize) {
    let bmc = lab.bmc(index);
    let token = log_in(lab, index).await.header("X-Auth-Token").unwrap().to_owned();
    let mut open = Raw::connect(bmc.address()).await.unwrap();
    let key = open.certificate.public_key().unwrap().public_key_to_der().unwrap();
    let action = format!("{}/Actions/Manager.Reset", bmc.profile().manager);
    let done = post(lab, index, &action, &reset("GracefulRestart")).await;
    assert!(matches!(done.status, 200 | 204), "{}", done.text());
    until(async || Raw::connect(bmc.address()).await.is_err()).await;
    let mine = [("X-Auth-Token", token.as_str())];
    assert!(open.send("GET", "/redfish/v1/Systems", &mine, "").await.is_err());
    until(async || Raw::connect(bmc.address()).await.is_ok()).await;
    assert_eq!(ask(bmc.address(), "GET", "/redfish/v1/Systems", &mine, "").await.unwrap().status, 401);
    let back = Raw::connect(bmc.address()).await.unwrap();
    assert_eq!(back.certificate.public_key().unwrap().public_key_to_der().unwrap(), key);
    let machine = bmc.machine();
    assert_eq!((machine.counts.bmc_resets, machine.power), (1, Power::On));
}

#[tokio::test]
async fn an_image_is_refused_in_so_many_words() {
    let lab = Lab::builder().start().await.unwrap();
    for (index, bmc) in lab.bmcs().enumerate() {
        for uri in bmc.profile().image_uris {
            let answer = post(&lab, index, uri, "{}").await;
            assert_eq!(answer.status, 501, "{uri}");
            assert!(answer.message_id().ends_with("ActionNotSupported"), "{}", answer.text());
        }
        assert!(bmc.machine().counts.images_accepted.is_empty());
        assert_eq!(post(&lab, index, bmc.profile().system, "{}").await.status, 405);
        assert_eq!(post(&lab, index, "/redfish/v1/Nowhere", "{}").await.status, 404);
    }
}
