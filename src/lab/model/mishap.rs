//! What can go wrong inside a machine. Each strikes once and is gone.

use serde::Deserialize;

/// Something that will go wrong the next time there is occasion for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mishap {
    /// The next image is written, its task completes, and the version stays what it was.
    FlashDoesNotTake,
    /// The next task ends completed, at 100 percent and critical, and the version stays what it was.
    EndsCritical,
    /// The next task stays new until the BMC resets (iDRAC jobs do; a `racreset` cures).
    TaskHangs,
    /// The next flash stands still at its begin, and stays so until the BMC resets.
    StandsStill,
    /// The next task is forgotten at once, the work goes on.
    TaskLost,
    /// Another's task occupies the BMC for ten minutes.
    ForeignTask,
    /// Supermicro: after the next verification the BMC stays in update mode until it is reset.
    UpdateModeStuck,
    /// After its next reset another machine answers at the BMC's address.
    OtherSerial,
    /// The host's next POST never ends.
    PostHangs,
    /// The BMC does not come back from its next reset.
    BmcStaysAway,
    /// Supermicro: the licence is gone.
    LicenceGone,
    /// The administrator's account may only read from now on.
    ReadOnlyAccount,
    /// Changes are locked from now on.
    Lockdown,
    /// Dell: the Lifecycle Controller is at something of its own and stays so.
    LifecycleInUse,
    /// Somebody has claimed the update service and does not give it back.
    Claimed,
    /// Lenovo: tasks hand their work to jobs, as an XCC3 does.
    HandsToJobs,
    /// The host is in a POST that never ends.
    InPost,
    /// The BMC writes a critical event into its log.
    CriticalEvent,
    /// After its next reset the BMC has made itself a new certificate.
    NewCertificate,
    /// The first of the BIOS settings that the next boot brings in does not come in.
    SettingDoesNotStick,
    /// Somebody else's BIOS setting waits for the host's next boot.
    ForeignSettings,
    /// The last of the BIOS settings that are asked for next is left out, without a word.
    PartialSettings,
    /// The next BIOS that is installed does not let one of its settings be changed any more.
    SettingLocks,
    /// For some minutes after its next reset the BMC refuses every login, the right password too.
    RefusesAfterReset,
    /// HPE: the update service rests at the end of another tool's upload, and goes on showing it for a while.
    RestsAtComplete,
    /// HPE: somebody else's task at the head of the queue has failed, and lets nothing behind it go on.
    QueueHeadFailed,
    /// HPE: the trusted platform module is enabled.
    TpmEnabled,
    /// The next image that is uploaded to be started later is gone at once.
    UploadLost,
    /// The next image is refused when it is looked at: its signature cannot be verified.
    SignatureNotVerified,
    /// The BMC resets while it looks at the next image.
    ResetInVerify,
    /// The BMC resets while it writes the next image.
    ResetInFlash,
    /// The next flash fails at its end, and the version stays what it was.
    FlashFails,
    /// The next image that is installed calls itself by another version than its maker's list does.
    SaysOtherwise,
    /// Dell: a job that waits for a reboot calls itself completed, "server reboot pending".
    CompletesPending,
    /// The next image that is to be fetched cannot be.
    CannotFetch,
    /// After its next reset the BMC has only the accounts that it left the factory with.
    FactoryAccounts,
    /// The vendor's tool ends well with the next image, of which nothing was flashed.
    ToolFlashesNothing,
    /// The vendor's tool ends ill and without a word after it has handed over the next image.
    ToolFailsLate,
}
