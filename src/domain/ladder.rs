//! Which ways of handing over an image a BMC offers, in which order, and why; and which are left out, and why.

use serde::{Deserialize, Serialize};

use super::{
    installer::Installer,
    inventory::Stack,
    kind::Kind,
    offers::{Method, Offers, Tier},
    toolbox::Toolbox,
    version::{self, Family, Order},
};

/// A way, and why it has its place or has none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rung {
    /// The way.
    pub method: Method,
    /// Why.
    pub why: String,
}

/// The ways that may be tried, the best first, and those that are not.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Ladder {
    /// In this order.
    pub rungs: Vec<Rung>,
    /// What the BMC offers, and why it is not tried.
    pub left_out: Vec<Rung>,
}

/// What is to be handed over, and to whom.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The BMC's software.
    pub stack: Stack,
    /// The version that the BMC runs, where it was read.
    pub bmc: Option<&'a str>,
    /// What is updated.
    pub kind: Kind,
    /// The image's file name.
    pub file: &'a str,
    /// Who writes the image.
    pub installer: Installer,
    /// It takes effect when the host is reset.
    pub host_reset: bool,
    /// The image comes with a signature of its own beside it (HPE's `.compsig`).
    pub signature: bool,
    /// The tools that are there.
    pub tools: Toolbox,
    /// The tiers that may be used, in the operator's order.
    pub tiers: &'a [Tier],
}

/// What an older iLO answers 200 to and never flashes, when it is to fetch it: packages and Smart Components.
const PACKAGES: [&str; 5] = [".fwpkg", ".exe", ".rpm", ".scexe", ".zip"];

/// From this iDRAC9 on an apply time of SimpleUpdate is honoured; before it a running host may be restarted at once
/// (Dell's scripts#166; facts: vendors 2.3).
const IDRAC_HONOURS_APPLY_TIME: &str = "5.00.00.00";

impl Ladder {
    /// The ladder of a BMC that offers `offers`. Empty where it offers nothing that firmdeck uses, or where its stack
    /// answers in ways that firmdeck does not follow yet.
    #[must_use]
    pub fn of(offers: &Offers, asked: Asked<'_>) -> Self {
        let mut ladder = Self::of_redfish(offers, asked);
        ladder.tools(offers, asked);
        ladder.in_order(asked.tiers);
        ladder
    }

    fn of_redfish(offers: &Offers, asked: Asked<'_>) -> Self {
        let mut ladder = Self::default();
        let followed = matches!(
            asked.stack,
            Stack::Idrac | Stack::Ilo | Stack::Supermicro | Stack::OpenBmc | Stack::Xcc | Stack::MegaRac
        );
        if !followed || offers.enabled == Some(false) {
            return ladder;
        }
        if asked.installer == Installer::Uefi {
            ladder.queue(offers, asked.stack);
            return ladder;
        }
        if asked.signature {
            ladder.leave(
                if asked.stack == Stack::Ilo { Method::IloUpload } else { Method::Multipart },
                "the image comes with a signature beside it, which firmdeck's own pushes do not send",
            );
            return ladder;
        }
        ladder.multipart(offers);
        ladder.own(offers, asked);
        ladder.raw(offers, asked);
        ladder.pull(offers, asked);
        ladder
    }

    /// The vendor's own tool, and IPMI.
    fn tools(&mut self, offers: &Offers, asked: Asked<'_>) {
        let by_bmc = asked.installer == Installer::Bmc;
        if asked.stack == Stack::Supermicro && asked.file.to_ascii_lowercase().ends_with(".hpm") {
            self.leave(Method::Ipmitool, "a Supermicro takes no HPM.1 image over IPMI, from X10 on");
        }
        let no_redfish = self.rungs.is_empty();
        let last =
            |what: &str| if no_redfish { what.to_owned() } else { format!("{what}, where no Redfish way is taken") };
        match asked.stack {
            Stack::Ilo if by_bmc => self.tool(Method::Ilorest, last("HPE's own tool"), asked.tools),
            Stack::Idrac => self.tool(Method::Racadm, last("Dell's own tool"), asked.tools),
            Stack::Supermicro if matches!(asked.kind, Kind::Bios | Kind::Bmc) => {
                self.tool(Method::Sum, last("Supermicro's own tool, for BIOS and BMC"), asked.tools);
            }
            Stack::Ipmi if offers.hpm => {
                self.tool(Method::Ipmitool, "the controller takes HPM.1 images over IPMI".into(), asked.tools);
            }
            Stack::Ipmi => {
                self.leave(Method::Ipmitool, "the controller takes no HPM.1 images over IPMI (`hpm targetcap`)")
            }
            _ => {}
        }
    }

    fn tool(&mut self, method: Method, why: String, tools: Toolbox) {
        match method.tool() {
            Some(tool) if !tools.has(tool) => {
                self.leave(method, format!("{tool} is not there (`firmdeck doctor` says why): {why}"));
            }
            _ => self.take(method, why),
        }
    }

    /// Puts the rungs into the operator's order, and leaves out what that does not name.
    fn in_order(&mut self, tiers: &[Tier]) {
        let place = |rung: &Rung| tiers.iter().position(|tier| *tier == rung.method.tier());
        let (mut kept, left): (Vec<_>, Vec<_>) = self.rungs.drain(..).partition(|rung| place(rung).is_some());
        kept.sort_by_key(place);
        self.rungs = kept;
        for Rung { method, .. } in left {
            self.leave(method, "the configuration's [ladder] leaves this tier out");
        }
    }

    /// The methods, in their order.
    #[must_use]
    pub fn methods(&self) -> Vec<Method> {
        self.rungs.iter().map(|rung| rung.method).collect()
    }

    fn take(&mut self, method: Method, why: impl Into<String>) {
        self.rungs.push(Rung { method, why: why.into() });
    }

    fn leave(&mut self, method: Method, why: impl Into<String>) {
        self.left_out.push(Rung { method, why: why.into() });
    }

    fn queue(&mut self, offers: &Offers, stack: Stack) {
        if stack == Stack::Ilo && offers.push_uri.is_some() && offers.task_queue.is_some() {
            self.take(Method::IloQueue, "the host's UEFI installs this package in its next POST, from iLO's queue");
        }
    }

    fn multipart(&mut self, offers: &Offers) {
        if offers.multipart_uri.is_some() {
            self.take(Method::Multipart, "the standard push, which the BMC offers");
        }
    }

    /// A push of the vendor's own.
    fn own(&mut self, offers: &Offers, asked: Asked<'_>) {
        if offers.push_uri.is_none() {
            return;
        }
        match asked.stack {
            Stack::Ilo => self.take(Method::IloUpload, "no iLO has a multipart push; its own upload flashes at once"),
            Stack::Idrac if offers.multipart_uri.is_none() => {
                let mut why =
                    "this iDRAC has no multipart push: a file into its inventory, which SimpleUpdate starts".to_owned();
                if asked.host_reset && ignores_apply_time(asked) {
                    why += "; before 5.00 it may restart a running host for that by itself";
                }
                self.take(Method::DellPush, why);
            }
            _ => {}
        }
    }

    /// Raw where the vendor takes it raw. Builds of OpenBMC with a form take every raw image for the BMC's; those before
    /// go by the image's own MANIFEST.
    fn raw(&mut self, offers: &Offers, asked: Asked<'_>) {
        let has_form = offers.multipart_uri.is_some();
        if offers.push_uri.is_none() {
            return;
        }
        match asked.stack {
            Stack::Xcc if has_form => self.take(Method::HttpPush, "the bare image, where the form is not taken"),
            Stack::Xcc => self.take(Method::HttpPush, "the bare image: this XCC takes no form"),
            Stack::OpenBmc if !has_form => {
                self.take(Method::HttpPush, "this build takes bare images alone, by their own MANIFEST");
            }
            Stack::OpenBmc if asked.kind == Kind::Bmc || offers.push_targets => {
                self.take(Method::HttpPush, "the bare image, where the form is not taken");
            }
            Stack::OpenBmc => self.leave(Method::HttpPush, "this build takes every bare image for the BMC's own"),
            _ => {}
        }
    }

    fn pull(&mut self, offers: &Offers, asked: Asked<'_>) {
        if offers.simple_update.is_none() {
            return;
        }
        let speaks = |name: &str| offers.protocols.iter().any(|one| one == name);
        let file = asked.file.to_ascii_lowercase();
        let is_package = PACKAGES.iter().any(|end| file.ends_with(end));
        match asked.stack {
            Stack::Supermicro => self.leave(
                Method::SimpleUpdate,
                "it is licensed on a Supermicro, and the upload is not: it would only be refused",
            ),
            Stack::OpenBmc => self.leave(Method::SimpleUpdate, "OpenBMC answers it and fetches nothing over HTTPS"),
            Stack::MegaRac => self.leave(
                Method::SimpleUpdate,
                "MegaRACs take it in too many forms of their own, and none is known for this one",
            ),
            _ if !offers.protocols.is_empty() && !speaks("HTTP") && !speaks("HTTPS") => self.leave(
                Method::SimpleUpdate,
                format!("it fetches by {} alone, which firmdeck does not serve", offers.protocols.join(", ")),
            ),
            Stack::Ilo if is_package && offers.takes_packages != Some(true) => {
                let version = asked.bmc.map_or_else(String::new, |version| format!(" ({version})"));
                self.leave(
                    Method::SimpleUpdate,
                    format!("this iLO{version} does not say that it fetches packages: it would answer 200 and flash nothing"),
                );
            }
            Stack::Idrac if asked.host_reset && ignores_apply_time(asked) => self.take(
                Method::SimpleUpdate,
                "the iDRAC fetches it from us, where no push is taken; before 5.00 it may restart a running host by itself",
            ),
            _ => self.take(Method::SimpleUpdate, "the BMC fetches it from us, where no push is taken"),
        }
    }
}

/// Only what is known to be older is: an unknown version decides nothing.
fn ignores_apply_time(asked: Asked<'_>) -> bool {
    asked
        .bmc
        .is_some_and(|version| version::compare(Family::Dot, version, IDRAC_HONOURS_APPLY_TIME).order == Order::Less)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hpm_image_is_not_tried_over_ipmi_where_the_vendor_takes_none() {
        let asked = Asked { kind: Kind::Bmc, ..asked(Stack::Supermicro, "x11.hpm") };
        let ladder = Ladder::of(&Offers::default(), asked);
        assert!(ladder.rungs.is_empty());
        assert!(ladder.left_out.iter().any(|rung| rung.method == Method::Ipmitool && rung.why.contains("X10")));
    }

    fn path(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    fn asked(stack: Stack, file: &str) -> Asked<'_> {
        let (kind, installer, tiers) = (Kind::Bios, Installer::Bmc, &Tier::ALL[..]);
        let tools = Toolbox::default();
        Asked { stack, bmc: None, kind, file, installer, host_reset: true, signature: false, tools, tiers }
    }

    fn ilo(takes_packages: Option<bool>) -> Offers {
        Offers { push_uri: path("/cgi-bin/uploadFile"), simple_update: path("/s"), takes_packages, ..Offers::default() }
    }

    #[test]
    fn an_ilo_that_does_not_say_that_it_takes_packages_is_not_asked_to_fetch_one() {
        let both = [Method::IloUpload, Method::SimpleUpdate];
        for (takes, file, expected) in [
            (Some(true), "U54_2.30.fwpkg", &both[..]),
            (Some(false), "U54_2.30.fwpkg", &both[..1]),
            (None, "U54_2.30.FWPKG", &both[..1]),
            (None, "cp012345.exe", &both[..1]),
            (None, "ilo5_305.bin", &both[..]),
            (None, "U54_2.30.signed.flash", &both[..]),
        ] {
            let ladder = Ladder::of(&ilo(takes), asked(Stack::Ilo, file));
            assert_eq!(ladder.methods(), expected, "{takes:?} {file}");
            let said = ladder.left_out.iter().any(|rung| rung.why.contains("flash nothing"));
            assert_eq!(said, expected.len() == 1, "{takes:?} {file}");
        }
    }

    #[test]
    fn a_file_is_pushed_into_an_idrac_only_where_it_takes_no_multipart() {
        let old = Offers { push_uri: path("/inventory"), simple_update: path("/s"), ..Offers::default() };
        let idrac = asked(Stack::Idrac, "x.EXE");
        assert_eq!(Ladder::of(&old, idrac).methods(), [Method::DellPush, Method::SimpleUpdate]);
        let new = Offers { multipart_uri: path("/m"), ..old };
        assert_eq!(Ladder::of(&new, idrac).methods(), [Method::Multipart, Method::SimpleUpdate]);
    }

    #[test]
    fn an_idrac_before_5_is_known_to_restart_a_host_by_itself_and_the_plan_says_so() {
        let offers = Offers { push_uri: path("/inventory"), simple_update: path("/s"), ..Offers::default() };
        for (bmc, host_reset, says) in [
            (Some("3.36.36.36"), true, 2),
            (Some("4.40.00.00"), true, 2),
            (Some("3.36.36.36"), false, 0),
            (Some("5.00.00.00"), true, 0),
            (None, true, 0),
        ] {
            let ladder = Ladder::of(&offers, Asked { bmc, host_reset, ..asked(Stack::Idrac, "x.EXE") });
            let warns = ladder.rungs.iter().filter(|rung| rung.why.contains("restart a running host")).count();
            assert_eq!(warns, says, "{bmc:?} {host_reset}");
        }
    }

    #[test]
    fn what_the_hosts_uefi_installs_goes_through_ilos_queue_and_nowhere_else() {
        let offers = Offers { task_queue: path("/queue"), ..ilo(Some(true)) };
        let uefi = Asked { installer: Installer::Uefi, kind: Kind::Tpm, ..asked(Stack::Ilo, "tpm.fwpkg") };
        assert_eq!(Ladder::of(&offers, uefi).methods(), [Method::IloQueue]);
        assert_eq!(Ladder::of(&ilo(Some(true)), uefi).methods(), [], "an iLO without a queue");
        let idrac = Offers { multipart_uri: path("/m"), ..Offers::default() };
        assert_eq!(Ladder::of(&idrac, Asked { stack: Stack::Idrac, ..uefi }).methods(), []);
    }

    #[test]
    fn whatever_is_offered_and_not_tried_has_its_reason() {
        let offers = Offers { multipart_uri: path("/m"), simple_update: path("/s"), ..Offers::default() };
        for stack in [Stack::Supermicro, Stack::OpenBmc, Stack::MegaRac] {
            let ladder = Ladder::of(&offers, asked(stack, "x.bin"));
            assert_eq!(ladder.methods(), [Method::Multipart], "{stack:?}");
            assert!(ladder.left_out.iter().any(|rung| rung.method == Method::SimpleUpdate), "{ladder:?}");
        }
        let tftp = Offers { protocols: vec!["TFTP".into()], ..offers };
        let ladder = Ladder::of(&tftp, asked(Stack::Idrac, "x.EXE"));
        assert!(ladder.left_out[0].why.contains("TFTP"), "{ladder:?}");
    }

    #[test]
    fn a_vendors_tool_stands_behind_redfish_and_alone_where_that_offers_nothing() {
        let tools = Toolbox::FULL;
        let offers = Offers { multipart_uri: path("/m"), ..Offers::default() };
        let of = |offers: &Offers, stack| Ladder::of(offers, Asked { tools, ..asked(stack, "x.bin") }).methods();
        assert_eq!(of(&offers, Stack::Idrac), [Method::Multipart, Method::Racadm]);
        assert_eq!(of(&offers, Stack::Supermicro), [Method::Multipart, Method::Sum]);
        let none = Offers::default();
        assert_eq!(of(&none, Stack::Idrac), [Method::Racadm]);
        assert_eq!(of(&none, Stack::Supermicro), [Method::Sum]);
        assert_eq!(of(&none, Stack::Ilo), [Method::Ilorest]);
        assert_eq!(of(&none, Stack::Ipmi), []);
        assert_eq!(of(&Offers { hpm: true, ..none.clone() }, Stack::Ipmi), [Method::Ipmitool]);
        // Without the tool the plan says so.
        let without = Ladder::of(&none, asked(Stack::Idrac, "x.EXE"));
        assert!(without.rungs.is_empty() && without.left_out[0].why.contains("firmdeck doctor"), "{without:?}");
    }

    #[test]
    fn a_package_with_a_signature_beside_it_goes_by_ilorest_alone() {
        let tools = Toolbox::FULL;
        let ladder = Ladder::of(&ilo(Some(true)), Asked { tools, signature: true, ..asked(Stack::Ilo, "cp1.zip") });
        assert_eq!(ladder.methods(), [Method::Ilorest]);
        assert!(ladder.left_out[0].why.contains("signature"), "{ladder:?}");
    }

    #[test]
    fn the_operators_order_of_tiers_holds_and_may_leave_some_out() {
        let offers = Offers { multipart_uri: path("/m"), ..Offers::default() };
        let tools = Toolbox::FULL;
        let of = |tiers| Ladder::of(&offers, Asked { tools, tiers, ..asked(Stack::Idrac, "x.EXE") });
        assert_eq!(of(&[Tier::Tool, Tier::Redfish]).methods(), [Method::Racadm, Method::Multipart]);
        let redfish = of(&[Tier::Redfish]);
        assert_eq!(redfish.methods(), [Method::Multipart]);
        assert!(redfish.left_out.iter().any(|rung| rung.method == Method::Racadm && rung.why.contains("[ladder]")));
    }
}
