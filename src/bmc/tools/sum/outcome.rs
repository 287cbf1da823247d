//! How an update ended, and the block in which they tell of errors. Pure.

use super::{recognise, trouble::PREFLIGHT};
use crate::{
    bmc::tools::{Ended, Trouble},
    domain::attempt::{Attempt, Receipt},
};

/// The block between lines of stars in which they tell of an error.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ErrorBlock {
    /// `ExitCode`, which the process also ends with.
    pub exit: Option<u32>,
    /// `Program Error Code`: `406.6`.
    pub code: Option<String>,
    /// `Description`.
    pub description: Option<String>,
    /// The HTTP status that the BMC answered with.
    pub http: Option<u16>,
    /// The lines of the message, as one.
    pub message: String,
}

impl ErrorBlock {
    /// What it says, for a sentence.
    #[must_use]
    pub fn words(&self) -> String {
        let parts = [self.description.as_deref(), Some(self.message.as_str())];
        let words: Vec<&str> = parts.into_iter().flatten().filter(|part| !part.is_empty()).collect();
        words.join(": ")
    }

    /// The licence that it says is missing: `DCMS`. Absent where it is about something else.
    #[must_use]
    pub fn licence(&self) -> Option<String> {
        let lower = self.message.to_lowercase();
        let about = ["not licensed", "oemlicensenotpassed", "license key is not activated", "node product key"];
        if !about.iter().any(|words| lower.contains(words)) {
            return None;
        }
        // "The following licenses DCMS were needed", whose lines break anywhere.
        let named = self.message.split_once("following licenses ").and_then(|(_, rest)| rest.split_once(" were "));
        let named = named.map(|(name, _)| name.trim());
        Some(named.map_or_else(|| "SFT-OOB-LIC or SFT-DCMS-SINGLE".to_owned(), name_of))
    }
}

/// The licence's whole name, where the short one is known.
fn name_of(short: &str) -> String {
    match short {
        "DCMS" => "SFT-DCMS-SINGLE".to_owned(),
        "OOB" => "SFT-OOB-LIC".to_owned(),
        other => other.to_owned(),
    }
}

/// Reads the error block; nothing where there is none.
#[must_use]
pub fn parse_error(said: &str) -> Option<ErrorBlock> {
    let lines = said.lines().map(str::trim).skip_while(|line| !line.contains("<<<<<ERROR>>>>>"));
    let mut lines = lines.skip(1).take_while(|line| !line.starts_with("*****")).peekable();
    lines.peek()?;
    let mut block = ErrorBlock::default();
    let mut message: Vec<&str> = Vec::new();
    let mut in_message = false;
    for line in lines {
        if let Some(status) = line.strip_prefix("HTTP code:") {
            block.http = status.split_whitespace().next().and_then(|status| status.parse().ok());
        }
        match line.split_once('=').map(|(key, value)| (key.trim(), value.trim())) {
            Some(("ExitCode", value)) => block.exit = value.parse().ok(),
            Some(("Program Error Code", value)) => block.code = Some(value.to_owned()),
            Some(("Description", value)) => block.description = Some(value.to_owned()),
            _ if line.starts_with("Error message:") => in_message = true,
            _ if line.starts_with("Instruction:") => in_message = false,
            _ if in_message && !line.is_empty() => message.push(line),
            _ => {}
        }
    }
    block.message = message.join(" ");
    Some(block)
}

/// How `UpdateBios` or `UpdateBmc` ended that said this. `bytes` are those of the image.
///
/// They do not tell when the first byte leaves, so that only a known refusal, or an end before the BMC was reached, is one;
/// after anything else only reading decides.
#[must_use]
pub fn update_outcome(tool: &'static str, ended: &Ended, said: &str, bytes: u64) -> Attempt {
    match recognise(tool, ended, said) {
        None => Attempt::Accepted { receipt: Receipt::default() },
        Some(
            trouble @ (Trouble::Unlicensed { .. } | Trouble::WrongCredentials { .. } | Trouble::NotOffered { .. }),
        ) => trouble.before_a_byte(),
        Some(trouble @ (Trouble::Unreachable { .. } | Trouble::Busy { .. })) if !has_begun(said) => {
            trouble.before_a_byte()
        }
        Some(trouble @ Trouble::Refused { .. })
            if PREFLIGHT.iter().any(|words| said.to_lowercase().contains(words)) =>
        {
            trouble.before_a_byte()
        }
        Some(Trouble::Tool { ended: Ended::NotRun(why), .. }) => Attempt::NotStarted { why },
        Some(trouble @ Trouble::Tool { ended: Ended::Asked(_), .. }) if !has_begun(said) => trouble.before_a_byte(),
        Some(trouble) => Attempt::Unknown { why: trouble.to_string(), sent: bytes },
    }
}

/// Whether they speak of an upload or of a flash that runs.
fn has_begun(said: &str) -> bool {
    let lower = said.to_lowercase();
    ["uploading", "flashing", "programming", "writing", "updating bios", "updating bmc"]
        .iter()
        .any(|word| lower.contains(word))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const STARS: &str = "********************************************************************************\n";

    fn block(exit: u32, code: &str, message: &str) -> String {
        format!(
            "Supermicro Update Manager (for UEFI BIOS) 2.14.0\n********************************<<<<<ERROR>>>>>*****************\n\n\
             ExitCode                = {exit}\nDescription             = It failed\nProgram Error Code      = {code}\n\
             Error message:\n        {message}\nInstruction:\n        1. Do something.\n\n{STARS}"
        )
    }

    fn of(status: i32, said: &str) -> Attempt {
        update_outcome("sum", &Ended::Exit(status), said, 5)
    }

    #[test]
    fn a_missing_licence_is_refused_by_its_name() {
        let said = block(
            149,
            "406.6",
            "Failed to send http GET.\n        HTTP code: 403 (Forbidden)\n        1. Not licensed to perform this request. The \
             following licenses DCMS\n    were needed",
        );
        let error = parse_error(&said).unwrap();
        assert_eq!((error.exit, error.code.as_deref(), error.http), (Some(149), Some("406.6"), Some(403)));
        let Attempt::Refused { why, .. } = of(149, &said) else { panic!() };
        assert!(why.contains("SFT-DCMS-SINGLE"), "{why}");
        // Also where the process itself ends well.
        assert!(matches!(of(0, &said), Attempt::Refused { .. }));
        let unnamed = parse_error(&block(149, "406.6", "SMC.1.0.OemLicenseNotPassed")).unwrap();
        assert_eq!(unnamed.licence().as_deref(), Some("SFT-OOB-LIC or SFT-DCMS-SINGLE"));
    }

    #[test]
    fn another_error_leaves_only_reading() {
        assert!(matches!(
            of(150, &block(150, "1.1", "The BMC gave no answer to the end.")),
            Attempt::Unknown { sent: 5, .. }
        ));
        assert!(matches!(of(1, ""), Attempt::Unknown { .. }));
        assert!(matches!(update_outcome("sum", &Ended::Deadline, "", 5), Attempt::Unknown { .. }));
        assert!(matches!(update_outcome("sum", &Ended::NotRun("x".into()), "", 5), Attempt::NotStarted { .. }));
    }

    #[test]
    fn what_is_wrong_with_image_or_login_is_a_refusal() {
        for message in [
            "Invalid BIOS image file.",
            "The board ID does not match the image.",
            "User or password is wrong: HTTP code: 401",
        ] {
            assert!(matches!(of(60, &block(60, "2.2", message)), Attempt::Refused { .. }), "{message}");
        }
    }

    #[test]
    fn a_good_end_is_accepted_and_read_back_by_others() {
        assert_eq!(of(0, "Updating BIOS is done.\n"), Attempt::Accepted { receipt: Receipt::default() });
    }

    proptest! {
        #[test]
        fn any_text_is_judged_without_a_panic(
            text in "(\\PC|\n|<<<<<ERROR>>>>>\n|Error message:\n|following licenses | were |İ|\\*\\*\\*\\*\\*){0,100}", status in 0_i32..3
        ) {
            let _ = update_outcome("sum", &Ended::Exit(status), &text, 1);
            let _ = parse_error(&text).and_then(|block| block.licence());
        }
    }
}
