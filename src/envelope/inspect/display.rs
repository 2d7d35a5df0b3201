//! A report as text for a person.

use std::fmt;

use super::report::Report;

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.kind.as_str())?;
        if let Some(layout) = self.layout {
            write!(f, ", layout {layout}")?;
        }
        writeln!(f, ", {} bytes", self.size)?;
        if let Some(thumbprint) = &self.thumbprint {
            writeln!(f, "thumbprint {thumbprint}")?;
        }
        if let Some(certificate) = &self.certificate {
            let matches = match certificate.matches {
                Some(true) => "is the recipient's",
                Some(false) => "is not the recipient's",
                None => "cannot be compared",
            };
            writeln!(
                f,
                "certificate {matches}: {}, until {}, {} days left",
                Clean(&certificate.subject),
                certificate.not_after,
                certificate.days_left
            )?;
        }
        if !self.fields.is_empty() {
            writeln!(f, "\n{:>10} {:>10}  field", "offset", "length")?;
        }
        for field in &self.fields {
            write!(f, "{:>10} {:>10}  {:<12}", field.offset, field.length, field.name)?;
            if let Some(value) = &field.value {
                write!(f, " {}", Clean(value))?;
            }
            writeln!(f, " ({})", Clean(&field.note))?;
        }
        for (title, names) in [("authenticated", &self.authenticated), ("not authenticated", &self.not_authenticated)] {
            if !names.is_empty() {
                writeln!(f, "\n{title}: {}", names.join(", "))?;
            }
        }
        if !self.findings.is_empty() {
            writeln!(f)?;
        }
        for finding in &self.findings {
            writeln!(f, "{:<7} {}: {}", finding.severity.as_str(), finding.code, Clean(&finding.text))?;
        }
        Ok(())
    }
}

/// Text from the input without control characters, which could command a terminal (INS-11).
struct Clean<'a>(&'a str);

impl fmt::Display for Clean<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            // Also the marks that turn the direction of text around.
            if character.is_control()
                || matches!(character, '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
            {
                write!(f, "{}", character.escape_unicode())?;
            } else {
                write!(f, "{character}")?;
            }
        }
        Ok(())
    }
}
