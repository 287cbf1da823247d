//! Running a call: its start, its streams, its questions, and its end with all that it started.

use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use jiff::Timestamp;
use rustix::process::{Pid, Signal, kill_process_group};
use secrecy::ExposeSecret as _;
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _},
    process::{Child, ChildStdin},
    sync::mpsc,
    task::JoinSet,
    time::timeout,
};
use tokio_util::sync::CancellationToken;

use super::{
    Answer, Call, Ended, Heard, Input, Line, Reply, Report, Room, Sink, Stream, Swept, leftover,
    private::Private,
    processes::{self, Process},
    pump::{Pump, is_question},
    spawn::{self, Spawned},
};
use crate::clock::Clock;

/// A question that stands unanswered for so long is one that the tool waits for. Real time.
const QUIET: Duration = Duration::from_secs(3);
/// How long a tool that was told to end may take before it is killed.
const GRACE: Duration = Duration::from_secs(3);
/// How long more output of an ended tool is waited for while others hold its pipes: so long and so often, since what is read
/// may itself have to wait for the processor; and this long in all.
const LINGER: Duration = Duration::from_millis(250);
const SILENCES: u32 = 2;
const LONGEST_REST: Duration = Duration::from_secs(10);
/// So much real time a tool has in any case: however fast a lab's devices are, the tool is a program of this machine.
const OWN_TIME: Duration = Duration::from_secs(60);
/// Bytes read at a time.
const PIECE: usize = 64 << 10;

/// Runs tools, each call in a private directory under one root.
#[derive(Debug, Clone)]
pub struct Runner {
    root: PathBuf,
    clock: Clock,
}

impl Runner {
    /// A runner whose private directories lie in `root`: one engine's own, which no other uses.
    #[must_use]
    pub fn new(root: impl Into<PathBuf>, clock: Clock) -> Self {
        Self { root: root.into(), clock }
    }

    /// Runs a call until it ends, its deadline, or `stop`. What it says goes to `sink` as it says it. Nothing of it is
    /// left when this returns: no process, no file.
    ///
    /// A call whose future is dropped is killed at once.
    pub async fn run(&self, call: Call<'_>, sink: &dyn Sink, stop: &CancellationToken) -> Report {
        match self.room() {
            Ok(room) => room.run(call, sink, stop).await,
            Err(error) => not_run(&call, self.clock.now(), &error),
        }
    }

    /// A private directory that several calls share, one after another.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn room(&self) -> io::Result<Room> {
        Ok(Room::new(Private::make(&self.root)?, self.clock.clone()))
    }

    /// Ends and removes what an engine that died has left: processes of its calls, their directories and secrets. To be
    /// called once, before the first call.
    ///
    /// # Errors
    /// When the directory of all calls cannot be read.
    pub async fn sweep(&self) -> io::Result<Swept> {
        leftover::sweep(&self.root, &self.clock).await
    }

    /// The clock by which it waits.
    pub(super) const fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Where its private directories are.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }
}

/// A call that could not be started.
fn not_run(call: &Call<'_>, at: Timestamp, error: &io::Error) -> Report {
    let (command, ended) = (call.redactor.clean(&call.line()), Ended::NotRun(error.to_string()));
    Report { command, at, ended, bytes: 0, cut: false, strays: 0 }
}

/// Runs one call in a private directory, which stays.
pub(super) async fn run_in(
    private: &Private,
    clock: &Clock,
    call: Call<'_>,
    sink: &dyn Sink,
    stop: &CancellationToken,
) -> Report {
    let (command, at) = (call.redactor.clean(&call.line()), clock.now());
    for file in &call.files {
        if let Err(error) = private.secret(file.name, &file.value) {
            return not_run(&call, at, &error);
        }
    }
    let Spawned { mut child, terminal } = match spawn::spawn(&call, private.path()) {
        Ok(spawned) => spawned,
        Err(error) => return not_run(&call, at, &error),
    };
    let leader = pid(&child).and_then(|pid| Process::of(pid.as_raw_pid()));
    let group = Group { pid: pid(&child), leader, directory: private.path().to_owned() };
    if let Some(leader) = leader
        && let Err(error) = private.note(leader)
    {
        tracing::warn!(%error, "a tool's process cannot be noted");
    }
    let mut talk = Talk::new(&call, &mut child, terminal, sink, clock);
    talk.feed(&call.input).await;
    let ended = talk.until_end(&mut child, &call, stop).await;
    talk.drain().await;
    let (bytes, cut) = talk.close();
    group.release();
    let strays = leftover::end(leader, private.path(), clock).await;
    Report { command, at, ended, bytes, cut, strays }
}

/// The processes of a call: killed when the call is dropped half way.
struct Group {
    pid: Option<Pid>,
    leader: Option<Process>,
    directory: PathBuf,
}

impl Group {
    /// Its leader was waited for: the number may be another's from now on.
    fn release(mut self) {
        self.pid = None;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let Some(pid) = self.pid else { return };
        // Where nobody is left, there is nobody to kill.
        let _ = kill_process_group(pid, Signal::KILL);
        for process in processes::of_call(self.leader, &self.directory) {
            process.signal(Signal::KILL);
        }
    }
}

/// The leader's number, which is that of its group and session; none once it was waited for.
fn pid(child: &Child) -> Option<Pid> {
    child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw)
}

/// Asks the whole group to end, and ends it where it does not.
async fn end(child: &mut Child) {
    let Some(pid) = pid(child) else { return };
    let _ = kill_process_group(pid, Signal::TERM);
    if timeout(GRACE, child.wait()).await.is_err() {
        let _ = kill_process_group(pid, Signal::KILL);
        let _ = child.wait().await;
    }
}

/// What a reader brings: the stream's place and bytes.
type Read = (usize, Vec<u8>);

/// The exchange with a running tool.
struct Talk<'a> {
    pumps: Vec<Pump<'a>>,
    streams: mpsc::Receiver<Read>,
    /// Read until the end of each stream, and no longer than this value lives.
    readers: JoinSet<()>,
    answers: Vec<&'a Answer>,
    pipe: Option<ChildStdin>,
    terminal: Option<tokio::fs::File>,
    sink: &'a dyn Sink,
    clock: &'a Clock,
}

impl<'a> Talk<'a> {
    fn new(
        call: &'a Call<'_>,
        child: &mut Child,
        terminal: Option<File>,
        sink: &'a dyn Sink,
        clock: &'a Clock,
    ) -> Self {
        let (to, streams) = mpsc::channel(4);
        let mut readers = JoinSet::new();
        if let Some(stream) = child.stdout.take() {
            readers.spawn(read(0, stream, to.clone()));
        }
        if let Some(stream) = child.stderr.take() {
            readers.spawn(read(1, stream, to.clone()));
        }
        // Two handles of one terminal: what is read waits on its own.
        let ours = terminal.as_ref().and_then(|file| file.try_clone().ok());
        if let Some(file) = ours {
            readers.spawn(read(2, tokio::fs::File::from_std(file), to));
        }
        let answers = match &call.input {
            Input::Closed | Input::Fed(_) => Vec::new(),
            Input::Answers(answers) | Input::Terminal(answers) => answers.iter().collect(),
        };
        let pumps = [Stream::Output, Stream::Errors, Stream::Terminal];
        Self {
            pumps: pumps.into_iter().map(|stream| Pump::new(stream, call.redactor)).collect(),
            streams,
            readers,
            answers,
            pipe: child.stdin.take(),
            terminal: terminal.map(tokio::fs::File::from_std),
            sink,
            clock,
        }
    }

    /// Writes what is given at once, and shows the end of the input behind it.
    async fn feed(&mut self, input: &Input) {
        let (Input::Fed(words), Some(mut pipe)) = (input, self.pipe.take_if(|_| matches!(input, Input::Fed(_)))) else {
            return;
        };
        for word in *words {
            // A tool that reads none of it has not asked.
            let _ = pipe.write_all(format!("{word}\n").as_bytes()).await;
            let line = Line { at: self.clock.now(), stream: Stream::Answer, text: (*word).to_owned() };
            self.sink.hear(Heard::Line(line));
        }
    }

    async fn until_end(&mut self, child: &mut Child, call: &Call<'_>, stop: &CancellationToken) -> Ended {
        let deadline = passed(self.clock, call.deadline);
        // A limit that is not shorter than the deadline is none, and must not overflow the timer.
        let silence = call.silence.min(call.deadline);
        let silent = passed(self.clock, silence);
        tokio::pin!(deadline, silent);
        let cut_off = loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => break Ended::Stopped,
                () = &mut deadline => break Ended::Deadline,
                () = &mut silent => break Ended::Silent,
                status = child.wait() => return ended(status),
                Some(read) = self.streams.recv() => {
                    self.take(&read);
                    self.answer().await;
                    silent.set(passed(self.clock, silence));
                }
                () = self.clock.pause(QUIET) => {
                    if let Some(question) = self.question() {
                        break Ended::Asked(question);
                    }
                }
            }
        };
        end(child).await;
        cut_off
    }

    fn take(&mut self, (place, bytes): &Read) {
        if let Some(pump) = self.pumps.get_mut(*place) {
            pump.push(bytes, self.clock.now(), self.sink);
        }
    }

    /// Answers a question that is expected, once.
    async fn answer(&mut self) {
        let asks = |answer: &&Answer| {
            self.pumps.iter().any(|pump| pump.open().trim_end().ends_with(answer.question.trim_end()))
        };
        let Some(place) = self.answers.iter().position(asks) else { return };
        let answer = self.answers.remove(place);
        let (text, shown) = match &answer.reply {
            Reply::Word(word) => (*word, *word),
            Reply::Name(name) => (name.as_str(), name.as_str()),
            Reply::Secret(secret) => (secret.expose_secret(), "[redacted]"),
        };
        let line = zeroize::Zeroizing::new(format!("{text}\n"));
        // A tool that asked and then reads no more shows in how it ends.
        if let Some(terminal) = &mut self.terminal {
            let _ = terminal.write_all(line.as_bytes()).await;
            let _ = terminal.flush().await;
        } else if let Some(pipe) = &mut self.pipe {
            let _ = pipe.write_all(line.as_bytes()).await;
        }
        let now = self.clock.now();
        // The question is over with the answer: it is not asked again by standing there.
        for pump in &mut self.pumps {
            if pump.open().trim_end().ends_with(answer.question.trim_end()) {
                pump.finish_line(now, self.sink);
            }
        }
        self.sink.hear(Heard::Line(Line { at: now, stream: Stream::Answer, text: shown.to_owned() }));
    }

    fn question(&self) -> Option<String> {
        self.pumps.iter().map(Pump::open).find(|open| is_question(open)).map(|open| open.trim().to_owned())
    }

    /// Takes what is still on its way, but waits for no process that holds a pipe.
    async fn drain(&mut self) {
        let rest = async {
            let mut silences = 0;
            while silences < SILENCES {
                let Ok(read) = timeout(LINGER, self.streams.recv()).await else {
                    silences += 1;
                    continue;
                };
                let Some(read) = read else { return };
                silences = 0;
                if let Some(pump) = self.pumps.get_mut(read.0) {
                    pump.push(&read.1, self.clock.now(), self.sink);
                }
            }
        };
        let _ = timeout(LONGEST_REST, rest).await;
    }

    fn close(mut self) -> (u64, bool) {
        self.readers.abort_all();
        let now = self.clock.now();
        self.pumps.iter_mut().for_each(|pump| pump.finish(now, self.sink));
        (self.pumps.iter().map(Pump::bytes).sum(), self.pumps.iter().any(Pump::is_cut))
    }
}

/// Ends once a limit of a call has passed.
async fn passed(clock: &Clock, limit: Duration) {
    tokio::join!(clock.wait(limit), clock.pause(limit.min(OWN_TIME)));
}

fn ended(status: io::Result<std::process::ExitStatus>) -> Ended {
    use std::os::unix::process::ExitStatusExt as _;
    match status {
        Ok(status) => match (status.code(), status.signal()) {
            (Some(code), _) => Ended::Exit(code),
            (None, signal) => Ended::Signal(signal.unwrap_or_default()),
        },
        Err(error) => Ended::NotRun(error.to_string()),
    }
}

async fn read(place: usize, mut stream: impl AsyncRead + Unpin, to: mpsc::Sender<Read>) {
    let mut buffer = vec![0; PIECE];
    while let Ok(count @ 1..) = stream.read(&mut buffer).await {
        if to.send((place, buffer.get(..count).unwrap_or_default().to_vec())).await.is_err() {
            break;
        }
    }
}
