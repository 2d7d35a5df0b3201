//! The line to the server: the asynchronous driver, driven by whoever calls, and never for longer than a limit (STO-66a).

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{AsyncMessage, Client, Config, Error, Row, Socket, Statement};

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Broke {
    /// The server, the line or the driver says why.
    Told(Error),
    /// Nothing came within the limit.
    Silent(Duration),
    /// This process has no means left for a line.
    NoMeans(std::io::ErrorKind),
}

type Answer<T> = Result<T, Broke>;
/// Takes what the server sent, and sends what waits.
type Drive = Box<dyn FnMut(&mut Context<'_>) -> Poll<Option<Result<AsyncMessage, Error>>> + Send>;

/// One connection. It moves only while one of its calls waits.
pub(super) struct Line {
    /// None only while it closes.
    client: Option<Client>,
    drive: Drive,
    runtime: Runtime,
    limit: Duration,
    is_silent: bool,
}

impl Line {
    /// Connects and logs in, all of it within `connect`; later each answer has `limit`.
    pub(super) fn open<T>(config: &Config, tls: T, connect: Duration, limit: Duration) -> Answer<Self>
    where
        T: MakeTlsConnect<Socket>,
        T::Stream: Send + 'static,
    {
        let runtime =
            Builder::new_current_thread().enable_all().build().map_err(|error| Broke::NoMeans(error.kind()))?;
        let opened = runtime.block_on(async { tokio::time::timeout(connect, config.connect(tls)).await });
        let (client, mut connection) = opened.map_err(|_| Broke::Silent(connect))?.map_err(Broke::Told)?;
        let drive: Drive = Box::new(move |context| connection.poll_message(context));
        Ok(Self { client: Some(client), drive, runtime, limit, is_silent: false })
    }

    pub(super) fn is_closed(&self) -> bool {
        self.is_silent || self.client.as_ref().is_none_or(Client::is_closed)
    }

    pub(super) fn batch_execute(&mut self, sql: &str) -> Answer<()> {
        self.run(async |client| client.batch_execute(sql).await)
    }

    pub(super) fn prepare(&mut self, sql: &str) -> Answer<Statement> {
        self.run(async |client| client.prepare(sql).await)
    }

    pub(super) fn query(&mut self, statement: &Statement, values: &[&(dyn ToSql + Sync)]) -> Answer<Vec<Row>> {
        self.run(async |client| client.query(statement, values).await)
    }

    pub(super) fn query_typed(&mut self, sql: &str, values: &[(&(dyn ToSql + Sync), Type)]) -> Answer<Vec<Row>> {
        self.run(async |client| client.query_typed(sql, values).await)
    }

    fn run<T>(&mut self, call: impl AsyncFnOnce(&Client) -> Result<T, Error>) -> Answer<T> {
        let Self { client, drive, runtime, limit, is_silent } = self;
        let Some(client) = client.as_ref().filter(|_| !*is_silent) else { return Err(Broke::Silent(*limit)) };
        let answered = runtime.block_on(async { tokio::time::timeout(*limit, driven(drive, call(client))).await });
        answered.map_err(|_| {
            // What comes later would be taken for the answer to another call.
            *is_silent = true;
            Broke::Silent(*limit)
        })?
    }
}

impl Drop for Line {
    /// Says goodbye, so that the server frees the session and its locks at once. Of a server that is silent nothing is
    /// awaited.
    fn drop(&mut self) {
        drop(self.client.take());
        if !self.is_silent {
            let drive = &mut self.drive;
            let farewell = poll_fn(|context| {
                loop {
                    match drive(context) {
                        Poll::Ready(Some(Ok(_))) => {}
                        Poll::Ready(_) => return Poll::Ready(()),
                        Poll::Pending => return Poll::Pending,
                    }
                }
            });
            let _ = self.runtime.block_on(async { tokio::time::timeout(FAREWELL, farewell).await });
        }
    }
}

/// `call`, with the connection driven before it, so that what the server said last is the reason when it closes.
async fn driven<T>(drive: &mut Drive, call: impl Future<Output = Result<T, Error>>) -> Answer<T> {
    let mut call = pin!(call);
    poll_fn(|context| {
        loop {
            match drive(context) {
                Poll::Ready(Some(Err(error))) => return Poll::Ready(Err(Broke::Told(error))),
                Poll::Ready(Some(Ok(_))) => {}
                Poll::Ready(None) | Poll::Pending => break,
            }
        }
        call.as_mut().poll(context).map_err(Broke::Told)
    })
    .await
}

/// How long closing may take.
const FAREWELL: Duration = Duration::from_secs(1);
