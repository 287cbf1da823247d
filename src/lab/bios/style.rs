//! The BIOS of each vendor.
//!
//! Sources: captured trees of a PowerEdge R750 (iDRAC9 6.00), a DL385 Gen10 Plus v2 (iLO 5), a DL380a Gen11 (iLO 6), a
//! SYS-821GE-TNHR (X13) and a ThinkSystem SR670 V2 (XCC) for shapes, places and habits; Dell's and HPE's documentation
//! and NVIDIA's libredfish for what PATCH does. The attributes themselves are the lab's own choice.

use super::{
    Attribute, Form, Rule, Start, Then,
    catalogue::{choice, one, rule, shown, switch},
};
use crate::lab::model::{Kind, Machine};

/// What one vendor's BIOS offers and how it does so.
#[derive(Debug)]
pub struct Style {
    /// The BIOS resource.
    pub bios: &'static str,
    /// The settings object.
    pub settings: &'static str,
    /// Which of the two take a PATCH.
    pub writes: &'static [&'static str],
    /// The registry itself, and its name.
    pub registry: fn(&Machine) -> (String, String),
    /// How what waits is shown.
    pub pending: Pending,
    /// A job brings it in, and cannot be joined by another (Dell).
    pub by_job: bool,
    /// Where that job is deleted, and where what waits is cleared.
    pub jobs: Option<(&'static str, &'static str)>,
    /// Dependencies are judged when settings are asked for (Dell); elsewhere in POST.
    pub judges_at_once: bool,
    /// The registry comes packed, asked for or not (iLO).
    pub packed: bool,
    /// Codes stand behind names, and the screen's words for choices are on the wire (Supermicro).
    pub coded: bool,
    /// It needs a licence (Supermicro).
    pub licensed: bool,
    /// Properties of the registry's attributes that this vendor writes besides.
    pub keys: &'static [&'static str],
    /// `OwningEntity`, `@odata.type` and `RegistryVersion` of the registry.
    pub owner: (&'static str, &'static str, &'static str),
    /// Its attributes.
    pub attributes: &'static [Attribute],
    /// What follows from them.
    pub rules: &'static [Rule],
}

/// How what waits is shown in the settings object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pending {
    /// Changes alone; an empty object without any (Dell).
    Changes,
    /// Changes alone; no `Attributes` at all without any (Supermicro).
    ChangesIfAny,
    /// Every value (HPE, Lenovo).
    All,
}

const DELL_PROFILES: &[(&str, &str)] = &[
    ("PerfPerWattOptimizedDapc", "Performance Per Watt (DAPC)"),
    ("PerfOptimized", "Performance"),
    ("Custom", "Custom"),
];

const DELL: &[Attribute] = &[
    shown("SystemModelName", "System Model Name", "./SysInformationRef", |machine| machine.identity.model.clone()),
    shown("SystemServiceTag", "System Service Tag", "./SysInformationRef", |machine| machine.identity.serial.clone()),
    shown("SystemBiosVersion", "System BIOS Version", "./SysInformationRef", |machine| {
        machine.version(Kind::Bios).into()
    }),
    choice("SysProfile", "System Profile", "./SysProfileSettingsRef", DELL_PROFILES, "PerfPerWattOptimizedDapc"),
    switch("ProcTurboMode", "Turbo Boost", "./SysProfileSettingsRef", "Enabled"),
    switch("ProcC1E", "C1E", "./SysProfileSettingsRef", "Enabled"),
    switch("ProcCStates", "C States", "./SysProfileSettingsRef", "Enabled"),
    choice(
        "MemPatrolScrub",
        "Memory Patrol Scrub",
        "./SysProfileSettingsRef",
        &[("Standard", "Standard"), ("Extended", "Extended"), ("Disabled", "Disabled")],
        "Standard",
    ),
    switch("LogicalProc", "Logical Processor", "./ProcSettingsRef", "Enabled"),
    switch("ProcVirtualization", "Virtualization Technology", "./ProcSettingsRef", "Disabled"),
    switch("NodeInterleave", "Node Interleaving", "./MemSettingsRef", "Disabled"),
    switch("SriovGlobalEnable", "SR-IOV Global Enable", "./IntegratedDevicesRef", "Disabled"),
    choice("BootMode", "Boot Mode", "./BootSettingsRef", &[("Uefi", "UEFI"), ("Bios", "BIOS")], "Uefi"),
    choice(
        "AcPwrRcvry",
        "AC Power Recovery",
        "./SysSecurityRef",
        &[("Last", "Last"), ("On", "On"), ("Off", "Off")],
        "Last",
    ),
    choice(
        "AcPwrRcvryDelay",
        "AC Power Recovery Delay",
        "./SysSecurityRef",
        &[("Immediate", "Immediate"), ("Random", "Random"), ("User", "User Defined")],
        "Immediate",
    ),
    one("AcPwrRcvryUserDelay", "User Defined Delay", "./SysSecurityRef", Form::Number(60, 600, 0), Start::Number(120)),
    one("AssetTag", "Asset Tag", "./MiscSettingsRef", Form::Text(0, 63), Start::Word("")),
    one("SysPassword", "System Password", "./SysSecurityRef", Form::Password, Start::Nothing),
];

const DELL_RULES: &[Rule] = &[
    rule("SysProfile", false, "Custom", "ProcTurboMode", Then::ReadOnly),
    rule("SysProfile", false, "Custom", "ProcC1E", Then::ReadOnly),
    rule("SysProfile", false, "Custom", "ProcCStates", Then::ReadOnly),
    rule("SysProfile", false, "Custom", "MemPatrolScrub", Then::ReadOnly),
    rule("SysProfile", true, "PerfOptimized", "ProcC1E", Then::Value("Disabled")),
    rule("SysProfile", true, "PerfOptimized", "ProcCStates", Then::Value("Disabled")),
    rule("AcPwrRcvryDelay", false, "User", "AcPwrRcvryUserDelay", Then::ReadOnly),
];

pub(in crate::lab) static DELL_STYLE: Style = DELL_BASE;

/// An iDRAC8 before 2.60: its Redfish has no BIOS settings, and racadm reads and sets the same ones.
pub(in crate::lab) static DELL_BY_RACADM: Style =
    Style { writes: &[], jobs: None, registry: |_| ("nowhere".to_owned(), String::new()), ..DELL_BASE };

const DELL_BASE: Style = Style {
    bios: "/redfish/v1/Systems/System.Embedded.1/Bios",
    settings: "/redfish/v1/Systems/System.Embedded.1/Bios/Settings",
    writes: &["/redfish/v1/Systems/System.Embedded.1/Bios/Settings"],
    registry: |_| {
        let uri = "/redfish/v1/Systems/System.Embedded.1/Bios/BiosRegistry";
        (uri.to_owned(), "BiosAttributeRegistry.v1_0_3".to_owned())
    },
    pending: Pending::Changes,
    by_job: true,
    jobs: Some((
        "/redfish/v1/Managers/iDRAC.Embedded.1/Oem/Dell/Jobs/",
        "/redfish/v1/Systems/System.Embedded.1/Bios/Settings/Actions/Oem/DellManager.ClearPending",
    )),
    judges_at_once: true,
    packed: false,
    coded: false,
    licensed: false,
    keys: &["CurrentValue", "Hidden", "Immutable", "ResetRequired", "WriteOnly", "ValueExpression"],
    owner: ("Dell", "#AttributeRegistry.v1_3_6.AttributeRegistry", "1.0.0"),
    attributes: DELL,
    rules: DELL_RULES,
};

const HPE_PROFILES: &[(&str, &str)] = &[
    ("GeneralPowerEfficientCompute", "General Power Efficient Compute"),
    ("GeneralPeakFrequencyCompute", "General Peak Frequency Compute"),
    ("Virtualization-MaxPerformance", "Virtualization - Max Performance"),
    ("Custom", "Custom"),
];

const HPE: &[Attribute] = &[
    choice("WorkloadProfile", "Workload Profile", "./", HPE_PROFILES, "GeneralPowerEfficientCompute"),
    switch("ProcHyperthreading", "Hyper-Threading", "./ProcessorOptions", "Enabled"),
    switch("ProcTurbo", "Turbo Boost", "./PowerandPerformanceOptions", "Enabled"),
    choice(
        "MinProcIdlePower",
        "Minimum Processor Idle Power Core C-State",
        "./PowerandPerformanceOptions",
        &[("C6", "C6 State"), ("C1E", "C1E State"), ("NoCStates", "No C-states")],
        "C6",
    ),
    choice(
        "EnergyPerfBias",
        "Energy/Performance Bias",
        "./PowerandPerformanceOptions",
        &[
            ("MaxPerf", "Maximum Performance"),
            ("BalancedPerf", "Balanced Performance"),
            ("PowerSavingMode", "Power Savings Mode"),
        ],
        "BalancedPerf",
    ),
    switch("ProcVirtualization", "Virtualization Technology", "./VirtualizationOptions", "Disabled"),
    switch("Sriov", "SR-IOV", "./VirtualizationOptions", "Disabled"),
    switch("NumLock", "Num Lock at Boot", "./SystemOptions", "Enabled"),
    choice(
        "AutoPowerOn",
        "Automatic Power-On",
        "./ServerAvailability",
        &[
            ("RestoreLastState", "Restore Last Power State"),
            ("AlwaysPowerOn", "Always Power On"),
            ("AlwaysPowerOff", "Always Remain Off"),
        ],
        "RestoreLastState",
    ),
    choice(
        "BootMode",
        "Boot Mode",
        "./BootOptions",
        &[("Uefi", "UEFI Mode"), ("LegacyBios", "Legacy BIOS Mode")],
        "Uefi",
    ),
    switch("MemPatrolScrubbing", "Patrol Scrubbing", "./MemoryOptions", "Enabled"),
    one("PatrolScrubDuration", "Patrol Scrub Duration", "./MemoryOptions", Form::Number(1, 24, 1), Start::Number(24)),
    one("ServerName", "Server Name", "./SystemOptions/ServerAssetText", Form::Text(0, 28), Start::Word("")),
    one("ServerAssetTag", "Server Asset Tag", "./SystemOptions/ServerAssetText", Form::Text(0, 32), Start::Word("")),
    Attribute {
        unique: true,
        ..one(
            "SerialNumber",
            "Serial Number",
            "./AdvancedOptions",
            Form::Text(0, 16),
            Start::Of(|machine| machine.identity.serial.clone()),
        )
    },
    Attribute {
        unique: true,
        ..one(
            "ProductId",
            "Product ID",
            "./AdvancedOptions",
            Form::Text(0, 16),
            Start::Of(|machine| machine.identity.sku.clone()),
        )
    },
];

const HPE_RULES: &[Rule] = &[
    rule("WorkloadProfile", false, "Custom", "MinProcIdlePower", Then::GrayOut),
    rule("WorkloadProfile", false, "Custom", "EnergyPerfBias", Then::GrayOut),
    rule("WorkloadProfile", true, "Virtualization-MaxPerformance", "MinProcIdlePower", Then::Value("NoCStates")),
    rule("WorkloadProfile", true, "Virtualization-MaxPerformance", "EnergyPerfBias", Then::Value("MaxPerf")),
    rule("WorkloadProfile", true, "Virtualization-MaxPerformance", "ProcVirtualization", Then::Value("Enabled")),
    rule("MemPatrolScrubbing", true, "Disabled", "PatrolScrubDuration", Then::ReadOnly),
];

/// The version of a ROM stands in the registry's name (captured: `BiosAttributeRegistryA42.v1_2_60` of `A42 v2.60`).
fn hpe_registry(machine: &Machine) -> (String, String) {
    let version = machine.version(Kind::Bios).split_whitespace().nth(1).unwrap_or("v1.0");
    let minor = version.rsplit('.').next().unwrap_or("0");
    let family = &machine.identity.board;
    let name = format!("BiosAttributeRegistry{family}.v1_2_{minor}");
    (format!("/redfish/v1/registrystore/registries/en/{}", name.to_lowercase()), name)
}

pub(in crate::lab) static HPE_STYLE: Style = Style {
    bios: "/redfish/v1/systems/1/bios",
    settings: "/redfish/v1/systems/1/bios/settings",
    writes: &["/redfish/v1/systems/1/bios/settings"],
    registry: hpe_registry,
    pending: Pending::All,
    by_job: false,
    jobs: None,
    judges_at_once: false,
    packed: true,
    coded: false,
    licensed: false,
    keys: &["GrayOut", "DefaultValue", "ValueExpression"],
    owner: ("HPE", "#AttributeRegistry.v1_2_1.AttributeRegistry", ""),
    attributes: HPE,
    rules: HPE_RULES,
};

const ENABLE: &[(&str, &str)] = &[("1", "Enable"), ("0", "Disable")];
const ENABLED: &[(&str, &str)] = &[("1", "Enabled"), ("0", "Disabled")];

const SUPERMICRO: &[Attribute] = &[
    choice("TurboMode", "Turbo Mode", "./Advanced/CPU Configuration/Advanced Power Management", ENABLE, "1"),
    choice("Hyper_Threading_ALL_", "Hyper-Threading [ALL]", "./Advanced/CPU Configuration", ENABLE, "1"),
    choice(
        "IntelVirtualizationTechnology",
        "Intel Virtualization Technology",
        "./Advanced/CPU Configuration",
        ENABLE,
        "0",
    ),
    choice(
        "PowerTechnology",
        "Power Technology",
        "./Advanced/CPU Configuration/Advanced Power Management",
        &[("0", "Disable"), ("1", "Energy Efficient"), ("2", "Custom")],
        "1",
    ),
    choice(
        "EnergyPerformanceBIASsetting",
        "ENERGY_PERF_BIAS_CFG Mode",
        "./Advanced/CPU Configuration/Advanced Power Management",
        &[
            ("0", "Extreme Performance"),
            ("1", "Maximum Performance"),
            ("2", "Performance"),
            ("3", "Balanced Performance"),
        ],
        "3",
    ),
    choice("SR_IOVSupport", "SR-IOV Support", "./Advanced/PCIe Configuration", ENABLED, "0"),
    choice("Above4GDecoding", "Above 4G Decoding", "./Advanced/PCIe Configuration", ENABLED, "1"),
    choice(
        "PatrolScrub",
        "Patrol Scrub",
        "./Advanced/Memory Configuration",
        &[("0", "Disabled"), ("1", "Enable at End of POST")],
        "1",
    ),
    choice(
        "RestoreonACPowerLoss",
        "Restore on AC Power Loss",
        "./Advanced/Boot Feature",
        &[("0", "Stay Off"), ("1", "Power On"), ("2", "Last State")],
        "2",
    ),
    choice("WatchDogFunction", "Watch Dog Function", "./Advanced/Boot Feature", ENABLED, "0"),
    one("QuietBoot", "Quiet Boot", "./Advanced/Boot Feature", Form::Flag, Start::Flag(true)),
    choice("BootModeSelect", "Boot mode select", "./Boot", &[("0", "LEGACY"), ("1", "UEFI"), ("2", "DUAL")], "1"),
    choice("VGAPriority", "VGA Priority", "./Advanced/PCIe Configuration", &[("0", "Onboard"), ("1", "Offboard")], "0"),
    choice("TXTSupport", "TXT Support", "./Advanced/Trusted Computing", ENABLE, "0"),
    choice("TXTSupport ", "TXT Support", "./Advanced/CPU Configuration", ENABLE, "0"),
    one(
        "PatrolScrubInterval",
        "Patrol Scrub Interval",
        "./Advanced/Memory Configuration",
        Form::Number(0, 24, 1),
        Start::Number(24),
    ),
    one("SetupPassword", "Setup Password", "./Security", Form::Password, Start::Nothing),
];

const SUPERMICRO_RULES: &[Rule] = &[
    rule("PowerTechnology", false, "2", "EnergyPerformanceBIASsetting", Then::ReadOnly),
    rule("PatrolScrub", true, "0", "PatrolScrubInterval", Then::ReadOnly),
];

const fn supermicro(writes: &'static [&'static str]) -> Style {
    Style {
        bios: "/redfish/v1/Systems/1/Bios",
        settings: "/redfish/v1/Systems/1/Bios/SD",
        writes,
        registry: |_| {
            ("/registries/BiosAttributeRegistry.1.0.0.json".to_owned(), "BiosAttributeRegistry.v1_0_0".to_owned())
        },
        pending: Pending::ChangesIfAny,
        by_job: false,
        jobs: None,
        judges_at_once: false,
        packed: false,
        coded: true,
        licensed: true,
        keys: &["DefaultValue", "Hidden", "GrayOut", "ResetRequired"],
        owner: ("Supermicro", "#AttributeRegistry.v1_3_1.AttributeRegistry", "1.0.0"),
        attributes: SUPERMICRO,
        rules: SUPERMICRO_RULES,
    }
}

pub(in crate::lab) static X13_STYLE: Style = supermicro(&["/redfish/v1/Systems/1/Bios/SD"]);
/// Written through the BIOS itself, as libredfish does.
pub(in crate::lab) static X12_STYLE: Style = supermicro(&["/redfish/v1/Systems/1/Bios"]);

const LENOVO: &[Attribute] = &[
    choice(
        "OperatingModes_ChooseOperatingMode",
        "Choose Operating Mode",
        "./OperatingModes",
        &[
            ("MaximumEfficiency", "Maximum Efficiency"),
            ("MaximumPerformance", "Maximum Performance"),
            ("CustomMode", "Custom Mode"),
        ],
        "MaximumEfficiency",
    ),
    switch("Processors_HyperThreading", "Hyper-Threading", "./Processors", "Enabled"),
    switch("Processors_TurboMode", "Turbo Mode", "./Processors", "Enabled"),
    switch("Processors_CStates", "C-States", "./Processors", "Enabled"),
    switch("Processors_IntelVirtualizationTechnology", "Intel Virtualization Technology", "./Processors", "Disabled"),
    one("Processors_SourceValidation", "Source Validation", "./Processors", Form::Flag, Start::Flag(false)),
    switch("DevicesandIOPorts_SRIOV", "SR-IOV", "./DevicesandIOPorts", "Disabled"),
    choice(
        "DevicesandIOPorts_SerialPortAccessMode",
        "Serial Port Access Mode",
        "./DevicesandIOPorts",
        &[("Shared", "Shared"), ("Dedicated", "Dedicated"), ("Disabled", "Disabled")],
        "Shared",
    ),
    switch("Memory_PatrolScrub", "Patrol Scrub", "./Memory", "Enabled"),
    switch("Memory_PartialMirror", "Partial Mirror", "./Memory", "Disabled"),
    choice(
        "BootModes_SystemBootMode",
        "System Boot Mode",
        "./BootModes",
        &[("UEFIMode", "UEFI Mode"), ("LegacyMode", "Legacy Mode")],
        "UEFIMode",
    ),
    switch("SystemRecovery_POSTWatchdogTimer", "POST Watchdog Timer", "./SystemRecovery", "Disabled"),
    one(
        "SystemRecovery_POSTWatchdogTimerValue",
        "POST Watchdog Timer Value",
        "./SystemRecovery",
        Form::Number(5, 20, 1),
        Start::Number(5),
    ),
    one("SystemInformation_AssetTag", "Asset Tag", "./SystemInformation", Form::Text(0, 32), Start::Word("")),
    shown("SystemInformation_SerialNumber", "Serial Number", "./SystemInformation", |machine| {
        machine.identity.serial.clone()
    }),
];

const LENOVO_RULES: &[Rule] = &[
    rule("OperatingModes_ChooseOperatingMode", false, "CustomMode", "Processors_TurboMode", Then::GrayOut),
    rule("OperatingModes_ChooseOperatingMode", false, "CustomMode", "Processors_CStates", Then::GrayOut),
    rule("SystemRecovery_POSTWatchdogTimer", true, "Disabled", "SystemRecovery_POSTWatchdogTimerValue", Then::GrayOut),
];

pub(in crate::lab) static LENOVO_STYLE: Style = Style {
    bios: "/redfish/v1/Systems/1/Bios",
    settings: "/redfish/v1/Systems/1/Bios/Pending",
    writes: &["/redfish/v1/Systems/1/Bios/Pending"],
    registry: |_| {
        let uri = "/redfish/v1/schemas/registries/BiosAttributeRegistry.1.0.0.json";
        (uri.to_owned(), "BiosAttributeRegistry.1.0.0".to_owned())
    },
    pending: Pending::All,
    by_job: false,
    jobs: None,
    judges_at_once: false,
    packed: false,
    coded: false,
    licensed: false,
    keys: &["CurrentValue", "DefaultValue", "Hidden", "GrayOut", "ResetRequired", "WriteOnly", "ValueExpression"],
    owner: ("Lenovo", "#AttributeRegistry.v1_3_6.AttributeRegistry", "1.0.0"),
    attributes: LENOVO,
    rules: LENOVO_RULES,
};
