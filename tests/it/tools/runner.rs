//! What a tool may do, and what becomes of it.

use std::{fs, path::Path, time::Duration};

use firmdeck::bmc::tools::{
    Answer, Argument, Call, Ended, Gathered, Heard, Input, Missing, Program, Setting, Sink, Stream, Tool,
};
use secrecy::SecretString;

use super::script::{Workshop, runs, until, write};

const SUM: Tool = Tool { name: "sum", maker: "Supermicro", ask: &["--version"], says: "supermicro" };

#[tokio::test]
async fn a_tool_that_is_not_there_is_said_to_be_absent_and_where_it_was_looked_for() {
    let shop = Workshop::new();
    let racadm = Tool { name: "no-such-racadm", maker: "Dell", ask: &[], says: "" };
    let missing = racadm.find(None, &shop.runner).await.unwrap_err();
    assert!(matches!(missing, Missing::Absent { .. }) && missing.to_string().contains("/bin"), "{missing}");
    for (path, why) in [("sum", "no absolute path"), ("/no/sum", "is no file"), ("/etc/passwd", "cannot be executed")] {
        let missing = SUM.find(Some(Path::new(path)), &shop.runner).await.unwrap_err();
        assert!(missing.to_string().contains(why), "{missing}");
    }
    let ghost = Program { name: "x", path: "/no/such/tool".into(), version: String::new() };
    let report = shop.run(&ghost, |_| {}).await;
    assert!(matches!(report.ended, Ended::NotRun(_)), "{report:?}");
    assert_eq!(shop.calls(), 0);
}

#[tokio::test]
async fn coreutils_sum_is_told_from_supermicros() {
    let shop = Workshop::new();
    let missing = SUM.find(Some(Path::new("/usr/bin/sum")), &shop.runner).await.unwrap_err();
    assert!(matches!(missing, Missing::Impostor { .. }) && missing.to_string().contains("coreutils"), "{missing}");
    let real = write(&shop.path("sum"), "echo 'Supermicro Update Manager (for UEFI BIOS) 2.14.0 (2024/02/15)'; exit 1");
    assert_eq!(SUM.find(Some(&real), &shop.runner).await.unwrap().version, "2.14.0");
    let mute = write(&shop.path("mute"), "kill -9 $$");
    assert!(matches!(SUM.find(Some(&mute), &shop.runner).await, Err(Missing::Mute { .. })));
}

#[tokio::test]
async fn a_tool_that_hangs_is_ended_at_its_deadline_with_its_children() {
    let shop = Workshop::new();
    let tool = shop.tool("tool", &format!("trap '' TERM; sleep 300 & echo $! > {}; wait", shop.path("pid").display()));
    let report = shop.run(&tool, |call| call.deadline = Duration::from_secs(3)).await;
    assert_eq!(report.ended, Ended::Deadline);
    assert!(!runs(&fs::read_to_string(shop.path("pid")).unwrap()));
}

#[tokio::test]
async fn a_tool_that_falls_silent_is_ended_and_one_that_talks_on_is_not() {
    let shop = Workshop::new();
    let tool = shop.tool("tool", "for i in 1 2 3 4 5 6; do echo $i; sleep 0.8; done; exec sleep 300");
    let report = shop.run(&tool, |call| call.silence = Duration::from_secs(4)).await;
    assert_eq!(report.ended, Ended::Silent);
    assert_eq!(shop.said.text().lines().count(), 6);
}

#[tokio::test]
async fn a_tool_that_is_called_off_is_ended() {
    let shop = Workshop::new();
    let tool = shop.tool("tool", "echo begun; sleep 300");
    let (report, ()) = tokio::join!(shop.run(&tool, |_| {}), async {
        until(|| shop.said.text().contains("begun")).await;
        shop.stop.cancel();
    });
    assert_eq!(report.ended, Ended::Stopped);
    assert_eq!(shop.calls(), 0);
}

#[tokio::test]
async fn a_call_that_nobody_waits_for_any_more_is_killed() {
    let shop = Workshop::new();
    let tool = shop.tool("tool", &format!("echo $$ > {}; sleep 300", shop.path("pid").display()));
    let pid = || fs::read_to_string(shop.path("pid")).unwrap_or_default();
    {
        let call = shop.run(&tool, |_| {});
        tokio::pin!(call);
        tokio::select! {
            report = &mut call => panic!("{report:?}"),
            () = until(|| pid().ends_with('\n')) => {}
        }
    }
    until(|| !runs(&pid())).await;
    assert_eq!(shop.calls(), 0);
}

#[tokio::test]
async fn a_flood_of_100_mb_is_counted_and_not_kept() {
    let shop = Workshop::new();
    let report = shop.script("yes 0123456789 | head -c 100000000; echo oops >&2").await;
    assert_eq!(report.ended, Ended::Exit(0));
    assert!(report.cut && report.bytes == 100_000_005, "{report:?}");
    assert!(shop.said.text().len() < 5 << 20);
    assert_eq!(shop.said.of(Stream::Errors), "oops\n");
}

#[tokio::test]
async fn status_and_signal_are_told_apart() {
    let shop = Workshop::new();
    assert_eq!(shop.script("exit 41").await.ended, Ended::Exit(41));
    assert_eq!(shop.script("kill -SEGV $$").await.ended, Ended::Signal(11));
}

#[tokio::test]
async fn output_is_cleaned_and_what_is_written_over_is_progress() {
    // Progress is what was last seen: the tool goes on once it was.
    struct Both(Gathered, std::sync::Mutex<Vec<String>>, std::path::PathBuf);
    impl Sink for Both {
        fn hear(&self, heard: Heard) {
            match heard {
                Heard::Progress(line) => {
                    let mut heard = self.1.lock().unwrap();
                    heard.push(line.text);
                    fs::write(self.2.join(format!("heard-{}", heard.len())), "").unwrap();
                }
                line => self.0.hear(line),
            }
        }
    }
    let shop = Workshop::new();
    let until =
        |count| format!("until [ -e '{}' ]; do sleep 0.05; done", shop.path(&format!("heard-{count}")).display());
    let script = [
        r"printf 'a\377b\033[31mc\n'; printf '  1%%|\b\b\b\b\b'".to_owned(),
        until(1),
        r"printf ' 50%%|\b\b\b\b\b'".into(),
        until(2),
        r"printf '100%%|\n'".into(),
    ];
    let tool = shop.tool("tool", &script.join("; "));
    let sink = Both(Gathered::default(), std::sync::Mutex::default(), shop.path("."));
    let call = Call::new(&tool, Vec::new(), &shop.redactor);
    shop.runner.run(call, &sink, &shop.stop).await;
    assert_eq!(sink.0.text(), "a\u{FFFD}bc\n100%|\n");
    assert_eq!(*sink.1.lock().unwrap(), ["  1%|", " 50%|"]);
}

#[tokio::test]
async fn an_expected_question_is_answered_and_any_other_ends_the_call() {
    let shop = Workshop::new();
    let asks =
        |question: &str| format!("printf 'Services may be affected. {question}'; read answer; echo \"got $answer\"");
    let expected = "Do you wish to continue? (y/n): ";
    let answers = || Input::Answers(vec![Answer::word("Do you wish to continue? (y/n):", "y")]);
    let tool = shop.tool("tool", &asks(expected));
    assert_eq!(shop.run(&tool, |call| call.input = answers()).await.ended, Ended::Exit(0));
    assert!(shop.said.text().ends_with("got y\n"), "{}", shop.said.text());
    // The same question a second time is another one.
    let tool = shop.tool("twice", &[asks(expected), asks(expected)].join("\n"));
    let report = shop.run(&tool, |call| call.input = answers()).await;
    assert!(matches!(&report.ended, Ended::Asked(question) if question.ends_with("(y/n):")), "{report:?}");
    let tool = shop.tool("other", &asks("Erase all? (y/n): "));
    let report = shop.run(&tool, |call| call.input = answers()).await;
    assert!(matches!(&report.ended, Ended::Asked(question) if question.contains("Erase all")), "{report:?}");
    // What is given at once is read without a look at the question, and then the input is at its end.
    let fed = shop.tool("fed", "read a; read b; echo $a$b; read c || echo over");
    let report = shop.run(&fed, |call| call.input = Input::Fed(&["one", "two"])).await;
    assert_eq!(report.ended, Ended::Exit(0));
    assert!(shop.said.of(Stream::Output).ends_with("onetwo\nover\n"));
    // Who may read nothing finds the end of its input at once.
    assert_eq!(shop.run(&tool, |call| call.input = Input::Closed).await.ended, Ended::Exit(0));
    assert!(shop.said.text().ends_with("got \n"), "{}", shop.said.text());
}

#[tokio::test]
async fn a_hidden_question_on_a_terminal_is_answered_and_nothing_is_echoed() {
    let shop = Workshop::new();
    shop.redactor.learn("hunter2-secret");
    let script = "exec 3<>/dev/tty; printf 'Password: ' >&3; read pw <&3; [ \"$pw\" = hunter2-secret ] && echo welcome";
    let tool = shop.tool("tool", script);
    let answer = Answer::secret("Password:", SecretString::from("hunter2-secret"));
    let report = shop.run(&tool, |call| call.input = Input::Terminal(vec![answer])).await;
    assert_eq!(report.ended, Ended::Exit(0), "{}", shop.said.text());
    assert_eq!(shop.said.of(Stream::Output), "welcome\n");
    assert_eq!(shop.said.of(Stream::Answer), "[redacted]\n");
    assert!(!shop.said.text().contains("hunter2"));
    // Without a terminal of its own a tool finds none: it is in a session apart from ours.
    let report = shop.run(&tool, |_| {}).await;
    assert_eq!(report.ended, Ended::Exit(2), "{}", shop.said.text());
}

#[tokio::test]
async fn grandchildren_that_keep_the_pipes_open_do_not_keep_the_call() {
    let shop = Workshop::new();
    let pid = shop.path("pid");
    let script = format!(
        "(trap '' HUP TERM; echo $$ >/dev/null; setsid sleep 300) & setsid sleep 301 & echo $! > {}; echo done",
        pid.display()
    );
    let report = tokio::time::timeout(Duration::from_secs(20), shop.script(&script)).await.unwrap();
    assert_eq!(report.ended, Ended::Exit(0));
    assert!(report.strays >= 2, "{report:?}");
    assert!(!runs(&fs::read_to_string(pid).unwrap()));
    assert_eq!(shop.said.text(), "done\n");
}

#[tokio::test]
async fn a_tool_sees_no_environment_but_what_is_named_and_lives_in_its_private_directory() {
    let shop = Workshop::new();
    shop.redactor.learn("p4ss");
    let tool = shop.tool(
        "tool",
        "env | sort; pwd; stat -c %a .; stat -c '%a %n' password; cat password; echo; touch \"$TMPDIR/x\"",
    );
    let setting = Setting { name: "IPMI_PASSWORD", value: SecretString::from("p4ss") };
    let report = shop
        .run(&tool, |call| {
            call.settings = vec![setting];
            call.files = vec![Setting { name: "password", value: SecretString::from("p4ss") }];
        })
        .await;
    assert_eq!(report.ended, Ended::Exit(0));
    let text = shop.said.text();
    let names: Vec<&str> = text.lines().filter_map(|line| Some(line.split_once('=')?.0)).collect();
    let named = ["HOME", "IPMI_PASSWORD", "LC_ALL", "PATH", "PWD", "TMPDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"];
    assert!(names.iter().all(|name| named.contains(name) || *name == "_" || *name == "OLDPWD"), "{text}");
    assert!(text.contains("600 password\n[redacted]\n"), "{text}");
    assert!(
        names.contains(&"LC_ALL") && text.contains("IPMI_PASSWORD=[redacted]") && text.contains("\n700\n"),
        "{text}"
    );
    assert!(!names.contains(&"CARGO_MANIFEST_DIR"));
    assert_eq!(shop.calls(), 0);
}

#[tokio::test]
async fn a_password_is_on_no_command_line_of_the_machine_while_a_tool_runs() {
    let shop = Workshop::new();
    let password = "On-No-Argv-7531";
    shop.redactor.learn(password);
    let tool = shop.tool("tool", "echo begun; while [ ! -e \"$HOME/../../go\" ]; do sleep 0.05; done");
    let setting = Setting { name: "IPMI_PASSWORD", value: SecretString::from(password) };
    let call = shop.run(&tool, |call| {
        call.settings = vec![setting];
        call.arguments = vec![Argument::word("-E"), Argument::number(623_u16)];
    });
    let (report, seen) = tokio::join!(call, async {
        until(|| shop.said.text().contains("begun")).await;
        let seen = command_lines();
        fs::write(shop.path("go"), "").unwrap();
        seen
    });
    assert!(seen.iter().any(|line| line.contains("tool\0-E\x00623")), "{seen:?}");
    assert!(!seen.iter().any(|line| line.contains(password)));
    assert_eq!(report.command, format!("{} -E 623", tool.path.display()));
}

/// The command lines of all processes.
fn command_lines() -> Vec<String> {
    let entries = fs::read_dir("/proc").unwrap().flatten();
    let lines = entries.filter_map(|entry| fs::read(entry.path().join("cmdline")).ok());
    lines.map(|line| String::from_utf8_lossy(&line).into_owned()).collect()
}
