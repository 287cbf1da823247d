//! A terminal with firmdeck in it: a pty whose screen is read and whose keys are pressed, as a person would.

use std::{
    fs::{File, OpenOptions},
    io::{Read, Write},
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use firmdeck::clock::Clock;
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    process::{Pid, Signal, kill_process},
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
    termios::{LocalModes, Winsize, tcgetattr, tcsetwinsize},
};

use super::binary::Bench;

const DEADLINE: Duration = Duration::from_secs(60);
const LOOK: Duration = Duration::from_millis(20);
const LAST_WORDS: Duration = Duration::from_secs(5);

/// What the terminal has received.
struct Received {
    screen: vt100::Parser,
    bytes: usize,
    all: Vec<u8>,
}

pub struct Terminal {
    master: Option<File>,
    child: Child,
    received: Arc<Mutex<Received>>,
    reader: Option<JoinHandle<()>>,
    gone: Arc<AtomicBool>,
    clock: Clock,
}

impl Terminal {
    /// Runs firmdeck on a terminal of this size and kind, as the leader of a session that the terminal controls.
    pub fn open(bench: &Bench, arguments: &[&str], size: (u16, u16), kind: &[(&str, &str)]) -> Self {
        Self::on_a_line(bench, arguments, size, kind, None)
    }

    /// The same at the end of a line that carries so many bytes a second.
    pub fn on_a_line(
        bench: &Bench,
        arguments: &[&str],
        (columns, lines): (u16, u16),
        kind: &[(&str, &str)],
        rate: Option<u32>,
    ) -> Self {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let name = ptsname(&master, Vec::new()).unwrap();
        let slave = || OpenOptions::new().read(true).write(true).open(name.to_str().unwrap()).unwrap();
        let size = Winsize { ws_row: lines, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&master, size).unwrap();
        // setsid(1), since the standard library has no safe way to take a controlling terminal
        let mut command = Command::new("setsid");
        command
            .current_dir(bench.path("."))
            .arg("--ctty")
            .arg(env!("CARGO_BIN_EXE_firmdeck"))
            .args(arguments)
            .env_clear();
        let usual = bench.command(&[]);
        for (name, value) in usual.as_std().get_envs().filter_map(|(name, value)| Some((name, value?))) {
            command.env(name, value);
        }
        command.env("TERM", "xterm-256color").env("LANG", "C.UTF-8").envs(kind.iter().copied());
        command.stdin(Stdio::from(slave())).stdout(Stdio::from(slave())).stderr(Stdio::from(slave()));
        let child = command.spawn().unwrap();
        let screen = vt100::Parser::new(lines.max(1).try_into().unwrap(), columns.max(1).try_into().unwrap(), 0);
        let received = Arc::new(Mutex::new(Received { screen, bytes: 0, all: Vec::new() }));
        let master = File::from(master);
        let mut from = master.try_clone().unwrap();
        let gone = Arc::new(AtomicBool::new(false));
        let reader = thread::spawn({
            let (received, gone) = (Arc::clone(&received), Arc::clone(&gone));
            move || {
                let mut buffer = [0; 65536];
                let moment = Timespec { tv_sec: 0, tv_nsec: 20_000_000 };
                let clock = Clock::system();
                let (mut carried, began) = (0.0, clock.elapsed());
                while !gone.load(Ordering::SeqCst) {
                    let ready = poll(&mut [PollFd::new(&from, PollFlags::IN)], Some(&moment)).unwrap();
                    if ready == 0 {
                        continue;
                    }
                    let mut room = buffer.len();
                    if let Some(rate) = rate {
                        // What was not carried while nothing was sent is not carried later.
                        let could = (clock.elapsed() - began).as_secs_f64() * f64::from(rate);
                        carried = f64::max(carried, could - f64::from(rate) / 50.0);
                        room = ((could - carried) as usize).min(room);
                        if room == 0 {
                            thread::sleep(Duration::from_millis(2));
                            continue;
                        }
                    }
                    // ends with EIO once nobody has the other side open
                    let Ok(count @ 1..) = from.read(&mut buffer[..room]) else { return };
                    carried += count as f64;
                    let mut received = received.lock().unwrap();
                    received.screen.process(&buffer[..count]);
                    received.bytes += count;
                    received.all.extend_from_slice(&buffer[..count]);
                }
            }
        });
        let reader = Some(reader);
        Self { master: Some(master), child, received, reader, gone, clock: Clock::system() }
    }

    /// What is on the screen.
    pub fn text(&self) -> String {
        self.received.lock().unwrap().screen.screen().contents()
    }

    /// Bytes received so far.
    pub fn bytes(&self) -> usize {
        self.received.lock().unwrap().bytes
    }

    /// All that was received, with its escape sequences.
    pub fn all(&self) -> String {
        String::from_utf8_lossy(&self.received.lock().unwrap().all).into_owned()
    }

    /// Waits until the screen is so.
    pub async fn until(&self, what: &str, holds: impl Fn(&str) -> bool) -> String {
        let began = self.clock.elapsed();
        loop {
            let text = self.text();
            if holds(&text) {
                return self.whole(text, holds).await;
            }
            assert!(self.clock.elapsed() - began < DEADLINE, "never seen: {what}\n{text}");
            self.clock.pause(LOOK).await;
        }
    }

    /// The screen once the rest of the frame that `text` is of has come, as far as it comes by itself.
    async fn whole(&self, text: String, holds: impl Fn(&str) -> bool) -> String {
        let mut last = text;
        for _ in 0..10 {
            let bytes = self.bytes();
            self.clock.pause(LOOK).await;
            let text = self.text();
            if self.bytes() == bytes || !holds(&text) {
                break;
            }
            last = text;
        }
        last
    }

    /// Waits until the screen shows `text`.
    pub async fn shows(&self, text: &str) -> String {
        self.until(text, |screen| screen.contains(text)).await
    }

    /// Waits until nothing has been received for so long.
    pub async fn quiet(&self, time: Duration) {
        let mut bytes = self.bytes();
        let mut since = self.clock.elapsed();
        while self.clock.elapsed() - since < time {
            self.clock.pause(LOOK).await;
            if self.bytes() != bytes {
                bytes = self.bytes();
                since = self.clock.elapsed();
            }
        }
    }

    pub async fn pause(&self, time: Duration) {
        self.clock.pause(time).await;
    }

    /// Presses keys, as the bytes that a terminal sends for them.
    pub fn keys(&mut self, keys: &str) {
        self.master.as_mut().unwrap().write_all(keys.as_bytes()).unwrap();
    }

    pub fn resize(&self, columns: u16, lines: u16) {
        let size = Winsize { ws_row: lines, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(self.master.as_ref().unwrap(), size).unwrap();
        let (lines, columns) = (lines.max(1).try_into().unwrap(), columns.max(1).try_into().unwrap());
        self.received.lock().unwrap().screen.screen_mut().set_size(lines, columns);
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).unwrap();
    }

    pub fn pid(&self) -> Pid {
        Pid::from_raw(i32::try_from(self.child.id()).unwrap()).unwrap()
    }

    /// True where lines are edited and echoed again, as a shell wants it.
    pub fn is_cooked(&self) -> bool {
        let modes = tcgetattr(self.master.as_ref().unwrap()).unwrap().local_modes;
        modes.contains(LocalModes::ICANON | LocalModes::ECHO)
    }

    /// The terminal goes away, as when a connection is cut: the kernel tells the session's leader.
    pub fn cut(&mut self) {
        self.gone.store(true, Ordering::SeqCst);
        self.reader.take().unwrap().join().unwrap();
        self.master = None;
    }

    /// Waits for the process's end, and its exit code.
    pub async fn exit(&mut self) -> i32 {
        let began = self.clock.elapsed();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                // Its last words may still be on their way: the reader ends once nobody has the other side open.
                let ended = self.clock.elapsed();
                let reads = || self.reader.as_ref().is_some_and(|reader| !reader.is_finished());
                while reads() && self.clock.elapsed() - ended < LAST_WORDS {
                    self.clock.pause(LOOK).await;
                }
                return status.code().unwrap_or(-1);
            }
            assert!(self.clock.elapsed() - began < DEADLINE, "it does not end\n{}", self.text());
            self.clock.pause(LOOK).await;
        }
    }

    /// The state letter of the process: `T` where it is stopped.
    pub fn state(&self) -> char {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        stat.rsplit(") ").next().unwrap().chars().next().unwrap()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
