//! `keys tree`: Root, Module and Base keys with their state and the days they have left.

use std::collections::HashMap;

use keymanager::manager::{KeyFilter, KeyInfo, KeyState};

use super::{state_cell, words};
use crate::args;
use crate::context::Context;
use crate::output::{Cell, Colour, Failure, Style, Table, json};

pub(crate) fn run(context: &Context<'_>, arguments: &args::Tree) -> Result<(), Failure> {
    // A current key may stand under one that has ended: all are read, and those that lead to a current one are shown.
    let keys = context.manager()?.keys(&KeyFilter { app: None, reference: None, all: true })?;
    let tree = Tree::new(&keys, arguments.all);
    if tree.top.is_empty() {
        context.output.note("no keys; `keymanager keys generate --all` makes the master keys");
    }
    context.output.emit(&json::KeyTree { tree: tree.top_documents() }, |style| tree.render(style))
}

/// Keys by who certified them.
#[derive(Debug)]
pub(crate) struct Tree<'a> {
    top: Vec<&'a KeyInfo>,
    below: HashMap<&'a str, Vec<&'a KeyInfo>>,
}

impl<'a> Tree<'a> {
    /// The tree of `keys`; those that are over are left out unless `all`, except where a current one stands below.
    pub(crate) fn new(keys: &'a [KeyInfo], all: bool) -> Self {
        let known: HashMap<&str, &KeyInfo> = keys.iter().map(|key| (key.alias.as_str(), key)).collect();
        let issuer = |key: &'a KeyInfo| {
            let alias = key.issuer_alias.as_ref()?;
            if *alias == key.alias { None } else { known.get(alias.as_str()).copied() }
        };
        let mut shown: HashMap<&str, bool> = HashMap::new();
        for key in keys.iter().filter(|key| all || !is_over(key)) {
            // A damaged store could make a circle; no chain is longer than the number of keys.
            let mut next = Some(key);
            for _ in 0..=keys.len() {
                let Some(key) = next else { break };
                shown.insert(key.alias.as_str(), true);
                next = issuer(key);
            }
        }
        let mut tree = Self { top: Vec::new(), below: HashMap::new() };
        let mut list: Vec<&KeyInfo> = keys.iter().filter(|key| shown.contains_key(key.alias.as_str())).collect();
        list.sort_by_key(|key| (key.scope.clone(), key.not_before, key.alias.clone()));
        for key in list {
            match issuer(key) {
                Some(issuer) => tree.below.entry(issuer.alias.as_str()).or_default().push(key),
                None => tree.top.push(key),
            }
        }
        // Those with keys below come first, so that the roots lead.
        tree.top.sort_by_key(|key| !tree.below.contains_key(key.alias.as_str()));
        tree
    }

    fn children(&self, key: &KeyInfo) -> &[&'a KeyInfo] {
        self.below.get(key.alias.as_str()).map(Vec::as_slice).unwrap_or_default()
    }

    /// The tree as JSON.
    pub(crate) fn top_documents(&self) -> Vec<json::KeyNode> {
        self.documents(&self.top)
    }

    fn documents(&self, keys: &[&KeyInfo]) -> Vec<json::KeyNode> {
        keys.iter()
            .map(|key| json::KeyNode { key: json::Key::new(key), children: self.documents(self.children(key)) })
            .collect()
    }

    /// The tree as text.
    pub(crate) fn render(&self, style: Style) -> String {
        let mut table = Table::pairs(0);
        for key in &self.top {
            self.draw(&mut table, key, None, "", "");
        }
        table.render(style)
    }

    fn draw(&self, table: &mut Table, key: &KeyInfo, parent: Option<&KeyInfo>, branch: &str, stem: &str) {
        let name = match parent {
            Some(parent) if parent.scope.app == key.scope.app && !key.scope.reference.is_blank() => {
                key.scope.reference.to_string()
            }
            _ => key.scope.to_string(),
        };
        let colour = if parent.is_none() { Colour::Bold } else { Colour::Plain };
        table.row(vec![
            Cell::new(format!("{branch}{name}")).colour(colour),
            Cell::new(words(key.level.as_str())),
            Cell::new(key.algorithm.as_str()),
            state_cell(key),
            Cell::number(key.days_left.map(|days| format!("{days} days")).unwrap_or_default()),
            Cell::new(key.not_after.map(|time| format!("until {}", time.date_text())).unwrap_or_default())
                .colour(Colour::Dim),
        ]);
        let children = self.children(key);
        for (position, child) in children.iter().enumerate() {
            let (branch, below) = if position.saturating_add(1) == children.len() {
                (format!("{stem}└─ "), format!("{stem}   "))
            } else {
                (format!("{stem}├─ "), format!("{stem}│  "))
            };
            self.draw(table, child, Some(key), &branch, &below);
        }
    }
}

fn is_over(key: &KeyInfo) -> bool {
    matches!(key.state, KeyState::Expired | KeyState::Revoked)
}
