//! Ctrl-C and SIGTERM: the first asks to stop, a second Ctrl-C stops at once.

use crate::cli::exit;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use tokio_util::sync::CancellationToken;

/// The signal that was caught, and the token that it cancels.
#[derive(Debug, Clone)]
pub struct Signals {
    pub cancel: CancellationToken,
    code: Arc<AtomicU8>,
}

impl Signals {
    /// The exit code of the signal that came; none where none did.
    pub fn caught(&self) -> Option<u8> {
        match self.code.load(Ordering::SeqCst) {
            0 => None,
            code => Some(code),
        }
    }
}

/// Listens from now on. What is in flight when the first signal comes is finished and recorded.
pub fn catch() -> Signals {
    let signals = Signals { cancel: CancellationToken::new(), code: Arc::new(AtomicU8::new(0)) };
    let listening = signals.clone();
    tokio::spawn(async move {
        loop {
            let code = next().await;
            if listening.code.swap(code, Ordering::SeqCst) != 0 {
                // Everything that was sent is in the ledger as an intent: the next run looks it up.
                std::process::exit(i32::from(code));
            }
            listening.cancel.cancel();
        }
    });
    signals
}

/// A file that reaches the limit of its size ends a process without a word, unless it listens: then the write fails, and is told. From now on
/// and for as long as the process lives. Within the runtime.
pub fn keep_when_a_file_is_full() {
    #[cfg(any(target_os = "linux", target_os = "android", target_os = "macos", target_os = "freebsd"))]
    {
        /// The same number on all of these but MIPS, where another signal is listened to, to no harm.
        const SIGXFSZ: i32 = 25;
        let listening = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::from_raw(SIGXFSZ));
        if let Err(error) = listening {
            tracing::debug!(%error, "a file that is full may end this process without a word");
        }
    }
}

/// Waits for the first signal, and gives its exit code: for what may be stopped at any time.
pub async fn wait() -> u8 {
    next().await
}

#[cfg(unix)]
async fn next() -> u8 {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut interrupt), Ok(mut terminate)) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate())) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => exit::INTERRUPTED,
        _ = terminate.recv() => exit::TERMINATED,
    }
}

#[cfg(not(unix))]
async fn next() -> u8 {
    match tokio::signal::ctrl_c().await {
        Ok(()) => exit::INTERRUPTED,
        Err(_) => std::future::pending().await,
    }
}
