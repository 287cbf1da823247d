//! The stand-in for Supermicro Update Manager and its successor, SuperServer Automation Assistant, over the network:
//! `-i HOST[:PORT] -u USER (-f FILE | -p PASSWORD) -c COMMAND`.
//!
//! Sources: a published help text and published outputs of SUM (facts 3.3). `-f` and the port are not among them, nor anything of
//! SAA's but its name: it is taken to understand SUM's command line.

use std::{path::Path, time::Duration};

use secrecy::SecretString;

use super::{
    say,
    wire::{Bmc, Lost},
};
use crate::clock::Clock;

const PUT: &str = "/cgi/lab_upload.cgi";
const COMMANDS: &str = "/cgi/lab.cgi/";
/// How often it is looked how far the BMC is. Real time: a tool is no device.
const LOOK: Duration = Duration::from_millis(200);

/// How one of the two names itself.
#[derive(Clone, Copy)]
pub(super) struct Program {
    name: &'static str,
    banner: &'static str,
}

pub(super) const SUM: Program =
    Program { name: "sum", banner: "Supermicro Update Manager (for UEFI BIOS) 2.14.0 (2024/02/15) (x86_64)\n" };

pub(super) const SAA: Program =
    Program { name: "saa", banner: "SuperServer Automation Assistant 1.1.0 (2024/08/12) (x86_64)\n" };

#[derive(Default)]
struct Asked<'a> {
    place: Option<&'a str>,
    user: Option<&'a str>,
    password: Option<SecretString>,
    command: Option<&'a str>,
    file: Option<&'a str>,
    reboot: bool,
}

pub(super) async fn run(program: Program, arguments: &[String]) -> i32 {
    let Program { name, banner } = program;
    say(banner);
    let mut asked = Asked::default();
    let mut words = arguments.iter().map(String::as_str);
    while let Some(word) = words.next() {
        match word {
            "-h" | "--help" | "--version" => {
                say(&format!("{name} [OPTIONs] [COMMAND] [COMMAND ARGUMENTS]\n"));
                return 0;
            }
            "-i" => asked.place = words.next(),
            "-u" => asked.user = words.next(),
            "-p" => asked.password = words.next().map(SecretString::from),
            "-f" => asked.password = words.next().and_then(first_line),
            "-c" => asked.command = words.next(),
            "--file" => asked.file = words.next(),
            "--reboot" => asked.reboot = true,
            "-v" | "--preserve_setting" => {}
            other => {
                say(&format!("{name}: invalid option -- '{other}'\n"));
                return 1;
            }
        }
    }
    let Asked { place: Some(place), user: Some(user), password: Some(password), command: Some(command), .. } = &asked
    else {
        return error(33, "100.1", "Invalid argument", "The options -i, -u, -p and -c are needed.");
    };
    let Some(bmc) = Bmc::at(place, (*user).to_owned(), password.clone()) else { return lost(&Lost::Unreachable) };
    match carry_out(&bmc, command, &asked).await {
        Ok(status) => status,
        Err(why) => lost(&why),
    }
}

async fn carry_out(bmc: &Bmc, command: &str, asked: &Asked<'_>) -> Result<i32, Lost> {
    if let Some(file) = asked.file {
        // The login is shown to be good before the image is sent.
        bmc.command(COMMANDS, "GetBmcInfo", &[]).await?;
        bmc.bring(PUT, Path::new(file)).await?;
    }
    let mut printed = bmc.command(COMMANDS, command, &[]).await?;
    say(&printed.text);
    let clock = Clock::system();
    let went_on = printed.goes_on;
    while printed.goes_on {
        clock.pause(LOOK).await;
        printed = match bmc.command(COMMANDS, "Progress", &[]).await {
            Ok(printed) => printed,
            // A BMC that has flashed itself is away.
            Err(Lost::Unreachable) if command.eq_ignore_ascii_case("UpdateBmc") => {
                say("The BMC restarts with its new firmware.\n");
                return Ok(0);
            }
            Err(why) => return Err(why),
        };
        say(&printed.text);
    }
    if went_on && printed.status == 0 && asked.reboot {
        say(&bmc.command(COMMANDS, "Reboot", &[]).await?.text);
    }
    Ok(printed.status)
}

fn first_line(path: &str) -> Option<SecretString> {
    let text = zeroize::Zeroizing::new(std::fs::read_to_string(path).ok()?);
    text.lines().next().map(SecretString::from)
}

fn lost(why: &Lost) -> i32 {
    match why {
        Lost::Unreachable => error(80, "402.1", "Connection failed", "Failed to connect to the BMC."),
        Lost::Login => {
            error(81, "402.2", "Login failed", "User name or password is wrong. HTTP code: 401 (Unauthorized)")
        }
        Lost::Status(status) => error(82, "402.3", "Unexpected answer", &format!("HTTP code: {status}")),
        Lost::File(error_text) => error(62, "201.1", "Invalid file", error_text),
    }
}

fn error(exit: i32, code: &str, description: &str, message: &str) -> i32 {
    say(&format!(
        "********************************<<<<<ERROR>>>>>*********************************\n\nExitCode                = {exit}\n\
         Description             = {description}\nProgram Error Code      = {code}\nError message:\n        {message}\n\n\
         ********************************************************************************\n"
    ));
    exit
}
