//! A password that the BMC refuses to a tool, whatever it let in before: one login, and no other way. The scripts here take the
//! right one out of what firmdeck gives the tool, so that it is the BMC that refuses.

use firmdeck::lab::personality::Personality::{HpmBoard, Ilo6, SupermicroX11};

use super::wrapped::{Kit, Tiers};
use crate::support::tools;

/// Nothing was written, and nothing reset.
fn untouched(tiers: &Tiers) {
    let counts = tiers.counts();
    assert!(counts.images_accepted.is_empty() && counts.flashes.is_empty(), "{counts:?}");
    assert_eq!((counts.pushes, counts.host_resets, counts.bmc_resets), (0, 0, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ilorest_is_refused_once_and_nothing_is_pushed_in_its_place() {
    let (Some(kit), Some(ilorest)) = (Kit::full(), tools::ilorest()) else { return };
    let script = "case \"$*\" in *' login '*) sed -i 's/^password = .*/password = another-one-1/' ilorest.conf ;; esac\nreal \"$@\"";
    let tiers = kit.around("ilorest", &ilorest, script).tools_first().before(Ilo6).await;
    let ran = tiers.carry(Some("bmc"), &[]).await;
    ran.ended("failed", &[("ilorest", "refused")]).because("refused user name or password to ilorest");
    assert_eq!(tiers.calls("ilorest").iter().filter(|line| line.contains(" login ")).count(), 1);
    assert_eq!((tiers.all_updates(), tiers.counts().logins_refused), ([0; 4], 1));
    untouched(&tiers);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sum_is_refused_once_and_nothing_else_is_tried() {
    let script = "echo another-one-1 > password; real \"$@\"";
    let tiers = Kit::new().where_updates("sum", script).before(SupermicroX11).await;
    let ran = tiers.carry(Some("bmc"), &[]).await;
    ran.ended("failed", &[("sum", "refused")]).because("refused user name or password to sum");
    // The login is the first thing that it sends, and the last.
    assert_eq!((tiers.all_updates(), tiers.requests("POST", "/lab.cgi/GetBmcInfo")), ([0, 0, 1, 0], 1));
    assert_eq!(tiers.requests("POST", "/lab_upload.cgi"), 0);
    untouched(&tiers);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ipmitool_is_refused_once_and_the_upgrade_is_not_tried_again() {
    let Some(ipmitool) = tools::program("ipmitool") else { return };
    let script =
        "case \"$*\" in *'hpm upgrade'*) IPMI_PASSWORD=another-one-1; export IPMI_PASSWORD ;; esac\nreal \"$@\"";
    let kit = Kit::new().with("ipmitool", &ipmitool).around("ipmitool", &ipmitool, script);
    let tiers = kit.before(HpmBoard).await;
    let ran = tiers.carry(Some("bmc"), &[]).await;
    // Of an upgrade ipmitool says only that there is no session; it may be the password, and nothing was begun.
    ran.ended("failed", &[("ipmitool", "not_started")]).because("user name or password are wrong");
    assert_eq!(tiers.all_updates(), [0, 0, 0, 1]);
    untouched(&tiers);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_controller_that_refuses_the_first_look_of_a_run_is_not_asked_again_with_that_password() {
    let Some(ipmitool) = tools::program("ipmitool") else { return };
    let mut tiers = Kit::new().with("ipmitool", &ipmitool).before(HpmBoard).await;
    let plan = tiers.planned(Some("bmc")).await;
    let logins = |tiers: &Tiers| tiers.site.lab.bmc(0).requests()["IPMI /ipmi/login"];
    let before = logins(&tiers);
    // Given an operator whose password is another's by the time of the run,
    tiers.site.bench.set_password("another-one-1");
    let ran = tiers.run(plan["digest"].as_str().unwrap()).await;
    // then the server is left alone after one login, and the reason said,
    assert!(ran.code != 0 && ran.attempts().is_empty(), "{:#}", ran.document);
    assert!(ran.document.to_string().contains("the BMC refused user name or password over IPMI"), "{:#}", ran.document);
    assert_eq!(logins(&tiers), before + 1);
    // and neither a second run nor a reading tries it again.
    assert_ne!(tiers.site.run(&["run", "--plan", plan["digest"].as_str().unwrap(), "--json"]).await.code, 0);
    assert_ne!(tiers.site.run(&["inventory", "--refresh"]).await.code, 0);
    assert_eq!(logins(&tiers), before + 1);
    untouched(&tiers);
}
