//! Checks texts in parallel and reports them in their order, in pieces: the first results of a large text
//! are reported while the rest is checked.

use std::{
    collections::BTreeMap,
    num::NonZero,
    ops::Range,
    sync::{Arc, Mutex, PoisonError, mpsc},
    thread,
};

use anyhow::Result;

use crate::{
    engine::Engine,
    input::text::{Source, Text},
    judge::{Done, Judge},
    outcome::Outcome,
};

/// The results for a piece of a text.
pub struct Piece {
    /// The text.
    pub text: Arc<Text>,
    /// The numbers of its documents.
    pub numbers: Range<usize>,
    /// The results of each of them.
    pub documents: Vec<Done>,
    /// The outcome of the whole text, if there is nothing else to report.
    pub whole: Option<Outcome>,
}

impl Piece {
    /// `true` if it is the last piece of its text.
    pub fn is_last(&self) -> bool {
        self.whole.is_some() || self.numbers.end >= self.text.len()
    }
}

/// The number of bytes in a piece: enough to be worth sending.
const BYTES: usize = 128 << 10;
/// The number of texts taken at a time.
const TEXTS: usize = 16;

/// Reads and checks a text, piece by piece.
fn judged<E: Engine>(
    judge: &Judge<'_, E>,
    source: Source,
    order: usize,
    mut tell: impl FnMut(Piece) -> Result<()>,
) -> Result<()> {
    let text = Arc::new(Text::read(source, order));
    let whole = |outcome| Piece {
        text: Arc::clone(&text),
        numbers: 0..0,
        documents: Vec::new(),
        whole: outcome,
    };
    if text.is_empty() || text.fault.is_some() {
        return tell(whole(judge.unread(&text)));
    }
    if text.may_be_template {
        let numbers = 0..text.len();
        let documents: Vec<Done> =
            numbers.clone().map(|number| judge.document(&text, number)).collect();
        return tell(match documents.iter().all(|done| done.is_read) {
            true => Piece { text, numbers, documents, whole: None },
            false => whole(Some(judge.template(&text))),
        });
    }
    let mut from = 0;
    while from < text.len() {
        let (mut to, mut bytes) = (from, 0);
        while to < text.len() && bytes < BYTES {
            bytes += text.size(to);
            to += 1;
        }
        let documents = (from..to).map(|number| judge.document(&text, number)).collect();
        tell(Piece { text: Arc::clone(&text), numbers: from..to, documents, whole: None })?;
        from = to;
    }
    Ok(())
}

/// Checks one text after the other.
///
/// # Errors
/// The errors of `tell`.
pub fn in_turn<E: Engine>(
    judge: &Judge<'_, E>,
    sources: Vec<Source>,
    mut tell: impl FnMut(Piece) -> Result<()>,
) -> Result<()> {
    let mut sources = (0..).zip(sources);
    sources.try_for_each(|(order, source)| judged(judge, source, order, &mut tell))
}

/// Checks texts on all cores.
///
/// # Errors
/// The errors of `tell`.
pub fn side_by_side<E: Engine + Sync>(
    judge: &Judge<'_, E>,
    sources: Vec<Source>,
    mut tell: impl FnMut(Piece) -> Result<()>,
) -> Result<()> {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let workers = cores.min(sources.len().div_ceil(TEXTS));
    if workers < 2 {
        return in_turn(judge, sources, tell);
    }
    let sources = Mutex::new((0..).zip(sources));
    let (send, receive) = mpsc::sync_channel(workers * 4);
    thread::scope(|scope| {
        for _ in 0..workers {
            let (send, sources) = (send.clone(), &sources);
            scope.spawn(move || work(judge, sources, &send));
        }
        drop(send);
        in_order(receive.into_iter().flatten(), &mut tell)
    })
}

/// Takes texts until none is left, and sends their results.
fn work<E: Engine>(
    judge: &Judge<'_, E>,
    sources: &Mutex<impl Iterator<Item = (usize, Source)>>,
    send: &mpsc::SyncSender<Vec<Piece>>,
) {
    loop {
        let some: Vec<_> =
            sources.lock().unwrap_or_else(PoisonError::into_inner).by_ref().take(TEXTS).collect();
        if some.is_empty() {
            return;
        }
        let mut pieces = Vec::new();
        for (order, source) in some {
            let sent = judged(judge, source, order, |piece| {
                let is_large = !piece.is_last() || piece.numbers.start > 0;
                pieces.push(piece);
                if is_large { Ok(send.send(std::mem::take(&mut pieces))?) } else { Ok(()) }
            });
            // The receiver is gone.
            if sent.is_err() {
                return;
            }
        }
        if send.send(pieces).is_err() {
            return;
        }
    }
}

/// Passes on pieces in the order of their texts; the pieces of one text already arrive in order.
fn in_order(
    pieces: impl Iterator<Item = Piece>,
    tell: &mut impl FnMut(Piece) -> Result<()>,
) -> Result<()> {
    let mut next = 0;
    let mut waiting: BTreeMap<usize, Vec<Piece>> = BTreeMap::new();
    for piece in pieces {
        waiting.entry(piece.text.order).or_default().push(piece);
        while let Some(pieces) = waiting.remove(&next) {
            for piece in pieces {
                next += usize::from(piece.is_last());
                tell(piece)?;
            }
        }
    }
    Ok(())
}
