//! Progress of deployments: a tree that moves on a terminal, plain lines elsewhere. All of it goes to standard error.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use compose2ecs::deploy::{Action, Change, Progress};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::terminal;

/// Shows the progress of several environments at once.
pub(super) struct Console {
    tree: Option<MultiProgress>,
}

/// The progress of one environment.
pub(super) struct Branch<'a> {
    console: &'a Console,
    environment: String,
    started: Instant,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Bars of steps under way.
    bars: BTreeMap<String, (ProgressBar, Instant)>,
    waiting: Option<ProgressBar>,
    /// The last sentence, which is not said twice.
    sentence: String,
}

impl Console {
    /// A tree where somebody looks at it.
    pub(super) fn new() -> Self {
        // A pipe, and a terminal that cannot move its cursor, count as hidden.
        let moves = !ProgressDrawTarget::stderr().is_hidden();
        Self { tree: moves.then(MultiProgress::new) }
    }

    pub(super) fn branch(&self, environment: &str) -> Branch<'_> {
        Branch {
            console: self,
            environment: environment.to_owned(),
            started: Instant::now(),
            state: Mutex::default(),
        }
    }
}

impl Branch<'_> {
    /// Shows what happens.
    pub(super) fn show(&self, progress: Progress<'_>) {
        let Ok(mut state) = self.state.lock() else { return };
        match progress {
            Progress::Begun(action) => self.begin(&mut state, action),
            Progress::Done(action) => self.done(&mut state, action),
            Progress::Waiting(sentence) => self.wait(&mut state, &sentence),
            Progress::Event(message) => self.line(&format!("  {message}")),
        }
    }

    /// Takes the moving lines away.
    pub(super) fn finish(&self) {
        let Ok(mut state) = self.state.lock() else { return };
        if let Some(bar) = state.waiting.take() {
            bar.finish_and_clear();
        }
        for (bar, _) in std::mem::take(&mut state.bars).into_values() {
            bar.finish_and_clear();
        }
    }

    fn begin(&self, state: &mut State, action: &Action) {
        let words = words(action);
        if let Some(tree) = &self.console.tree {
            let bar = spinner(tree, format!("{}: {words}", self.environment));
            state.bars.insert(words, (bar, Instant::now()));
        } else {
            state.bars.insert(words, (ProgressBar::hidden(), Instant::now()));
        }
    }

    fn done(&self, state: &mut State, action: &Action) {
        let words = words(action);
        let Some((bar, since)) = state.bars.remove(&words) else { return };
        bar.finish_and_clear();
        self.line(&format!("{words} ({})", time(since.elapsed())));
    }

    fn wait(&self, state: &mut State, sentence: &str) {
        let own = format!("{}: ", self.environment);
        let sentence = sentence.strip_prefix(&own).unwrap_or(sentence).to_owned();
        if let Some(tree) = &self.console.tree {
            let bar = state.waiting.get_or_insert_with(|| spinner(tree, String::new()));
            bar.set_message(sentence);
        } else if state.sentence != sentence {
            self.line(&format!("{sentence} ({} so far)", time(self.started.elapsed())));
            state.sentence = sentence;
        }
    }

    fn line(&self, text: &str) {
        let line = format!("{}: {text}", self.environment);
        match &self.console.tree {
            Some(tree) => drop(tree.println(line)),
            None => terminal::message(&format!("{line}\n")),
        }
    }
}

fn spinner(tree: &MultiProgress, message: String) -> ProgressBar {
    let style = ProgressStyle::with_template("{spinner} {wide_msg} {elapsed}");
    let bar = tree.add(ProgressBar::new_spinner());
    if let Ok(style) = style {
        bar.set_style(style);
    }
    bar.set_message(message);
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}

fn words(action: &Action) -> String {
    let verb = match action.change {
        Change::Create => "create",
        Change::Update => "change",
        Change::Delete => "delete",
    };
    format!("{verb} {} {}", action.kind(), action.name())
}

/// `0.4 s`, `12 s`, `3 min 5 s`.
pub(super) fn time(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0..10 => format!("{:.1} s", time.as_secs_f64()),
        10..120 => format!("{seconds} s"),
        _ => format!("{} min {} s", seconds / 60, seconds % 60),
    }
}
