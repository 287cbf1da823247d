//! The stand-in for remote racadm: `-r HOST[:PORT] (-i | -u USER -p PASSWORD) SUBCOMMAND`.
//!
//! Sources: Dell's RACADM guide and published outputs (facts 3.2).

use std::{io, path::Path};

use secrecy::SecretString;

use super::{
    say,
    wire::{Bmc, Lost},
};

const PUT: &str = "/cgi-bin/putfile";
const EXEC: &str = "/cgi-bin/exec/";

const BANNER: &str = "===============================================================================\nRACADM version 11.0.0.0\n\
                      ===============================================================================\n";

pub(super) async fn run(arguments: &[String]) -> i32 {
    let mut words = arguments.iter().map(String::as_str);
    let (mut place, mut user, mut password, mut asks) = (None, None, None, false);
    let mut subcommand: Vec<&str> = Vec::new();
    while let Some(word) = words.next() {
        match word {
            "-r" => place = words.next(),
            "-u" => user = words.next().map(str::to_owned),
            "-p" => password = words.next().map(SecretString::from),
            "-i" => asks = true,
            "-S" | "--nocertwarn" => {}
            other => {
                subcommand.push(other);
                subcommand.extend(words.by_ref());
            }
        }
    }
    if matches!(subcommand.as_slice(), [] | ["version" | "help"]) {
        say(BANNER);
        return 0;
    }
    if asks {
        user = ask("UserName: ");
        password = ask("Password: ").map(SecretString::from);
    }
    let Some(((place, user), password)) = place.zip(user).zip(password) else {
        say("ERROR: The option -r needs an address, and -i or -u and -p.\n");
        return 2;
    };
    let Some(bmc) = Bmc::at(place, user, password) else { return lost(&Lost::Unreachable) };
    say(
        "Security Alert: Certificate is invalid - self signed certificate\nContinuing execution. Use -S option for racadm to \
         stop execution on certificate-related errors.\n",
    );
    match carry_out(&bmc, &subcommand).await {
        Ok(status) => status,
        Err(why) => lost(&why),
    }
}

async fn carry_out(bmc: &Bmc, subcommand: &[&str]) -> Result<i32, Lost> {
    let (name, arguments) = subcommand.split_first().map_or(("", &[][..]), |(name, rest)| (*name, rest));
    if let ("update", ["-f", file]) = (name, arguments) {
        // The login is shown to be good before anything is copied.
        bmc.command(EXEC, "serveraction", &["powerstatus"]).await?;
        say(
            "        The Copying Operation has begun,\n        This might take several minutes to complete, depending on the \
             network.\n        Do not interrupt the operation.\n",
        );
        bmc.bring(PUT, Path::new(file)).await?;
        let name = Path::new(file).file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let printed = bmc.command(EXEC, "update", &[&name]).await?;
        say(&printed.text);
        return Ok(printed.status);
    }
    let printed = bmc.command(EXEC, name, arguments).await?;
    say(&printed.text);
    Ok(printed.status)
}

fn lost(why: &Lost) -> i32 {
    match why {
        Lost::Unreachable => say("ERROR: Unable to connect to RAC at specified IP address.\n"),
        Lost::Login => say("ERROR: Login failed - invalid username or password\n"),
        Lost::Status(status) => say(&format!("ERROR: The RAC answered with status {status}.\n")),
        Lost::File(error) => say(&format!("ERROR: The file cannot be read: {error}\n")),
    }
    1
}

/// Asks on the terminal, which is one that echoes nothing where a driver holds it.
fn ask(question: &str) -> Option<String> {
    say(question);
    let mut line = String::new();
    io::stdin().read_line(&mut line).ok()?;
    say("\n");
    let answer = line.trim_end_matches(['\r', '\n']).to_owned();
    (!answer.is_empty()).then_some(answer)
}
