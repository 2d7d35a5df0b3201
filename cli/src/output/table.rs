//! A table for people: columns as wide as their widest cell, two spaces between, nothing at the end of a line.

use super::{Colour, Style, clean};

/// A cell.
#[derive(Debug, Clone)]
pub(crate) struct Cell {
    text: String,
    colour: Colour,
    right: bool,
}

impl Cell {
    /// Plain text; what could command a terminal is made visible.
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self { text: clean(&text.into()), colour: Colour::Plain, right: false }
    }

    /// A number, on the right.
    pub(crate) fn number(text: impl ToString) -> Self {
        Self { text: text.to_string(), colour: Colour::Plain, right: true }
    }

    /// In a colour.
    pub(crate) fn colour(mut self, colour: Colour) -> Self {
        self.colour = colour;
        self
    }

    fn width(&self) -> usize {
        self.text.chars().count()
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

/// Rows of cells, and a heading.
#[derive(Debug, Default)]
pub(crate) struct Table {
    heading: Vec<&'static str>,
    rows: Vec<Vec<Cell>>,
    indent: usize,
}

impl Table {
    /// A table with a heading.
    pub(crate) fn new(heading: &[&'static str]) -> Self {
        Self { heading: heading.to_vec(), rows: Vec::new(), indent: 0 }
    }

    /// A table of names and values, without a heading, `indent` spaces from the left.
    pub(crate) fn pairs(indent: usize) -> Self {
        Self { indent, ..Self::default() }
    }

    /// One more row.
    pub(crate) fn row(&mut self, cells: Vec<Cell>) {
        self.rows.push(cells);
    }

    /// One more name with its value.
    pub(crate) fn pair(&mut self, name: &str, value: impl Into<Cell>) {
        self.rows.push(vec![Cell::new(name).colour(Colour::Dim), value.into()]);
    }

    /// The lines, each with its end.
    pub(crate) fn render(&self, style: Style) -> String {
        let heading: Vec<Cell> = self.heading.iter().map(|text| Cell::new(*text).colour(Colour::Bold)).collect();
        let lines: Vec<&Vec<Cell>> =
            std::iter::once(&heading).filter(|row| !row.is_empty()).chain(&self.rows).collect();
        let columns = lines.iter().map(|row| row.len()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..columns)
            .map(|column| lines.iter().filter_map(|row| row.get(column)).map(Cell::width).max().unwrap_or(0))
            .collect();
        let mut text = String::new();
        for row in lines {
            let mut line = " ".repeat(self.indent);
            let last = row.iter().rposition(|cell| !cell.text.is_empty());
            for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
                if last.is_none_or(|last| column > last) {
                    break;
                }
                let space = " ".repeat(width.saturating_sub(cell.width()));
                let painted = style.paint(cell.colour, &cell.text);
                if cell.right {
                    line.push_str(&space);
                    line.push_str(&painted);
                } else {
                    line.push_str(&painted);
                    if last != Some(column) {
                        line.push_str(&space);
                    }
                }
                if last != Some(column) {
                    line.push_str("  ");
                }
            }
            text.push_str(&line);
            text.push('\n');
        }
        text
    }
}
