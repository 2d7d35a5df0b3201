//! `keys pool`

use keymanager::Code;
use keymanager::id::AppId;
use keymanager::manager::{KeyFilter, KeyLevel, KeyManager, PoolInfo};

use crate::args::Pool;
use crate::context::Context;
use crate::output::{Cell, Colour, Failure, Style, Table, json};
use crate::progress::Terminal;
use crate::signals::Hold;

pub(crate) fn run(context: &Context<'_>, arguments: &Pool) -> Result<(), Failure> {
    let app = arguments.app.as_deref().map(AppId::new).transpose()?;
    let manager = context.manager()?;
    if let Some(number) = arguments.fill {
        let number = number.unwrap_or(manager.config().hierarchy.key_pool);
        if number == 0 {
            let why = "the configuration has no key_pool, and --fill no number";
            return Err(Failure::new(Code::InvalidArgument, why).with_next("Say how many: --fill 100."));
        }
        let hold = Hold::new();
        fill(context, &manager, app.as_ref(), number)?;
        drop(hold);
    }
    let mut pools = manager.pool()?;
    pools.retain(|pool| app.is_none() || pool.app == app);
    if pools.is_empty() {
        context.output.note("no keys are ready; --fill N makes some");
    }
    let document = json::Pools::new(&pools);
    if arguments.fill.is_some() {
        return context.output.report(&document, |style| text(&pools, style));
    }
    context.output.emit(&document, |style| text(&pools, style))
}

fn fill(context: &Context<'_>, manager: &KeyManager, app: Option<&AppId>, number: u32) -> Result<(), Failure> {
    if let Some(app) = app {
        manager.fill_pool(app, number, &Terminal::new(context.output))?;
        return Ok(());
    }
    let mut apps: Vec<AppId> = Vec::new();
    for key in manager.keys(&KeyFilter::default())? {
        if key.level == KeyLevel::Module && !apps.contains(&key.scope.app) {
            apps.push(key.scope.app);
        }
    }
    for app in apps {
        match manager.fill_pool(&app, number, &Terminal::new(context.output)) {
            // No Base keys are made for this application.
            Err(error) if error.code() == Code::GenerationNotAllowed => {}
            other => drop(other?),
        }
    }
    Ok(())
}

fn text(pools: &[PoolInfo], style: Style) -> String {
    if pools.is_empty() {
        return String::new();
    }
    let mut table = Table::new(&["APPLICATION", "READY", "OLDEST", "NEWEST", "USED", "LAST USED", "MODULE KEY"]);
    pools.iter().for_each(|pool| add_row(&mut table, pool));
    table.render(style)
}

fn add_row(table: &mut Table, pool: &PoolInfo) {
    let day = |time: Option<keymanager::time::Timestamp>| time.map(|time| time.date_text()).unwrap_or_default();
    let app = pool.app.as_ref().map_or_else(|| "unknown".to_owned(), ToString::to_string);
    let name = if pool.current { Cell::new(app) } else { Cell::new(format!("{app} (former)")).colour(Colour::Yellow) };
    table.row(vec![
        name,
        Cell::number(pool.ready.to_string()),
        Cell::new(day(pool.oldest)),
        Cell::new(day(pool.newest)),
        Cell::number(pool.used.to_string()),
        Cell::new(day(pool.last_used)),
        Cell::new(pool.module.as_str()).colour(Colour::Dim),
    ]);
}
