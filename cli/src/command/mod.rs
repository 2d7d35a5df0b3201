//! One file for each command.

mod backup;
mod completions;
mod config;
mod decrypt;
mod doctor;
mod encrypt;
mod hsm;
mod init;
mod inspect;
mod keys;
mod master_passphrase;
mod migrate;
mod policy;
mod quickstart;
mod report;
mod simulate;
mod store_copy;
mod version;

use crate::args::{Backup, Cli, Command, ConfigCommand, Hsm, Keys, Master, Policy, Store};
use crate::context::Context;
use crate::output::{Failure, Output};

/// Runs the command.
pub(crate) fn run(cli: &Cli, output: &Output) -> Result<(), Failure> {
    if let Command::Completions(arguments) = &cli.command {
        return completions::run(output, arguments);
    }
    let context = Context::new(&cli.global, output)?;
    dispatch(cli, &context).map_err(|failure| context.explain(failure))
}

fn dispatch(cli: &Cli, context: &Context<'_>) -> Result<(), Failure> {
    match &cli.command {
        Command::Quickstart(arguments) => quickstart::run(context, &cli.global, arguments),
        Command::Init(arguments) => init::run(context, arguments),
        Command::Keys(Keys::Generate(arguments)) => keys::generate::run(context, arguments),
        Command::Keys(Keys::List(arguments)) => keys::list::run(context, arguments),
        Command::Keys(Keys::Tree(arguments)) => keys::tree::run(context, arguments),
        Command::Keys(Keys::Show(arguments)) => keys::show::run(context, arguments),
        Command::Keys(Keys::Certificate(arguments)) => keys::certificate::run(context, arguments),
        Command::Keys(Keys::Csr(arguments)) => keys::csr::run(context, arguments),
        Command::Keys(Keys::UploadCertificate(arguments)) => keys::upload::certificate(context, arguments),
        Command::Keys(Keys::UploadOtherDomain(arguments)) => keys::upload::other_domain(context, arguments),
        Command::Keys(Keys::Pool(arguments)) => keys::pool::run(context, arguments),
        Command::Keys(Keys::Rewrap(arguments)) => keys::rewrap::run(context, arguments),
        Command::Keys(Keys::Rotate(arguments)) => keys::rotate::run(context, arguments),
        Command::Keys(Keys::Revoke(arguments)) => keys::revoke::run(context, arguments),
        Command::Policy(Policy::List) => policy::list::run(context),
        Command::Policy(Policy::Show { app }) => policy::show::run(context, app),
        Command::Policy(Policy::Set(arguments)) => policy::set::run(context, arguments),
        Command::Encrypt(arguments) => encrypt::run(context, arguments),
        Command::Decrypt(arguments) => decrypt::run(context, arguments),
        Command::Doctor(arguments) => doctor::run(context, arguments),
        Command::Migrate(arguments) => migrate::run(context, arguments),
        Command::Inspect(arguments) => inspect::run(context, arguments),
        Command::Backup(Backup::Create(arguments)) => backup::create(context, arguments),
        Command::Backup(Backup::Verify(arguments)) => backup::verify(context, arguments),
        Command::Backup(Backup::Restore(arguments)) => backup::restore(context, arguments),
        Command::Store(Store::Copy(arguments)) => store_copy::run(context, arguments),
        Command::Master(Master::Passphrase(arguments)) => master_passphrase::run(context, arguments),
        Command::Hsm(Hsm::Probe) => hsm::probe(context),
        Command::Hsm(Hsm::Health) => hsm::health(context),
        Command::Config(ConfigCommand::Import(arguments)) => config::import::run(context, arguments),
        Command::Simulate(arguments) => simulate::run(context, arguments),
        Command::Completions(arguments) => completions::run(context.output, arguments),
        Command::Version => version::run(context),
    }
}
