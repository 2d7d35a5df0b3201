//! The three files of a signed report (docs/migration.md, MIG-1).

use std::path::{Path, PathBuf};

use keymanager::manager::{DamagedKey, SignedReport};

use crate::args::Report;
use crate::context::Context;
use crate::output::{Colour, Failure, Style, clean, warn};
use crate::settings::StoreUrl;
use crate::sink::Target;

/// Where a report goes, looked at before the work begins.
#[derive(Debug)]
pub(crate) struct Files {
    json: Target,
    signature: Target,
    certificate: Target,
    path: PathBuf,
}

impl Files {
    /// The files that are asked for; none when no report is.
    pub(crate) fn new(arguments: &Report) -> Result<Option<Self>, Failure> {
        let Some(path) = &arguments.file else { return Ok(None) };
        let target = |ending: &str| Target::new(&with_ending(path, ending), arguments.force_overwrite);
        Ok(Some(Self {
            json: target("")?,
            signature: target(".sig")?,
            certificate: target(".pem")?,
            path: path.clone(),
        }))
    }

    /// Writes them, the report itself last: where it is, the other two are. Answers its path.
    pub(crate) fn write(self, context: &Context<'_>, report: &SignedReport) -> Result<String, Failure> {
        let random = context.random.as_ref();
        self.certificate.write(random, report.certificate().to_pem().as_bytes())?;
        self.signature.write(random, report.signature())?;
        self.json.write(random, report.json())?;
        Ok(self.path.display().to_string())
    }
}

/// Names the tables that a copy record by record leaves behind.
pub(crate) fn say_what_stays(context: &Context<'_>, store: &StoreUrl) -> Result<(), Failure> {
    for (table, rows) in context.other_rows(store)? {
        let rows = if rows == 1 { "1 row".to_owned() } else { format!("{rows} rows") };
        warn(&format!("{rows} of {table} stay behind: the library does not read this table"));
    }
    Ok(())
}

/// A row that could not be worked on, for people.
pub(crate) fn entry(damaged: &DamagedKey, style: Style) -> String {
    format!(
        "{} {} {}\n  {}\n",
        style.paint(Colour::Red, "damaged:"),
        style.paint(Colour::Bold, damaged.code.name()),
        clean(&damaged.id),
        clean(&damaged.why)
    )
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}
