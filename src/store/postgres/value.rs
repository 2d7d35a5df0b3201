//! Values between rows of PostgreSQL and the types of the store.

use std::error::Error as StdError;

use tokio_postgres::Row;
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{Format, FromSql, IsNull, ToSql, Type, to_sql_checked};

use crate::error::{Code, Error, Result};
use crate::store::columns::Cell;
use crate::store::row::Value;

/// 2000-01-01, where PostgreSQL counts from, in microseconds since 1970-01-01.
const EPOCH: i64 = 946_684_800_000_000;

/// A value as it came over the wire, whatever its type.
struct Raw<'a>(&'a [u8]);

impl<'a> FromSql<'a> for Raw<'a> {
    fn from_sql(_: &Type, raw: &'a [u8]) -> std::result::Result<Self, Box<dyn StdError + Sync + Send>> {
        Ok(Self(raw))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// The values of a row.
pub(super) fn values(row: &Row) -> Result<Vec<Value<'_>>> {
    let mut values = Vec::with_capacity(row.len());
    for (at, column) in row.columns().iter().enumerate() {
        let raw: Option<Raw<'_>> = row
            .try_get(at)
            .map_err(|_| Error::new(Code::StoreUnavailable, "cannot read a row: unexpected answer from PostgreSQL"))?;
        values.push(raw.map_or(Value::Null, |Raw(raw)| value(column.type_(), raw)));
    }
    Ok(values)
}

fn value<'a>(kind: &Type, raw: &'a [u8]) -> Value<'a> {
    let number = match *kind {
        Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME | Type::UNKNOWN => return Value::Text(raw),
        Type::BOOL => <[u8; 1]>::try_from(raw).map(|[byte]| i64::from(byte != 0)),
        Type::INT2 => raw.try_into().map(|bytes| i64::from(i16::from_be_bytes(bytes))),
        Type::INT4 => raw.try_into().map(|bytes| i64::from(i32::from_be_bytes(bytes))),
        Type::INT8 => raw.try_into().map(i64::from_be_bytes),
        Type::FLOAT8 => {
            return raw.try_into().map_or(Value::Blob(raw), |bytes| Value::Real(f64::from_be_bytes(bytes)));
        }
        Type::TIMESTAMP | Type::TIMESTAMPTZ => {
            // Infinity stays beyond every time that there is.
            return raw
                .try_into()
                .map_or(Value::Blob(raw), |bytes| Value::Micros(i64::from_be_bytes(bytes).saturating_add(EPOCH)));
        }
        _ => return Value::Blob(raw),
    };
    number.map_or(Value::Blob(raw), Value::Integer)
}

impl ToSql for Cell<'_> {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> std::result::Result<IsNull, Box<dyn StdError + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Text(text) if <&str as ToSql>::accepts(kind) => text.to_sql(kind, out),
            Self::Made(text) if <&str as ToSql>::accepts(kind) => text.to_sql(kind, out),
            Self::Time(time) if matches!(*kind, Type::TIMESTAMP | Type::TIMESTAMPTZ) => {
                time.unix_micros().saturating_sub(EPOCH).to_sql(&Type::INT8, out)
            }
            Self::Small(number) => match *kind {
                Type::INT2 => number.to_sql(kind, out),
                Type::INT4 => i32::from(*number).to_sql(kind, out),
                Type::INT8 => i64::from(*number).to_sql(kind, out),
                _ => Err("the column is no number".into()),
            },
            Self::Whole(number) if *kind == Type::INT8 => number.to_sql(kind, out),
            Self::Truth(truth) if *kind == Type::BOOL => truth.to_sql(kind, out),
            _ => Err("the column has another type".into()),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// A value as text, whose type the server finds out from where it stands: for statements that were not prepared.
#[derive(Debug)]
pub(super) struct AsText<'a>(pub(super) &'a Cell<'a>);

impl ToSql for AsText<'_> {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> std::result::Result<IsNull, Box<dyn StdError + Sync + Send>> {
        match self.0 {
            Cell::Null => return Ok(IsNull::Yes),
            Cell::Text(text) => out.extend_from_slice(text.as_bytes()),
            Cell::Made(text) => out.extend_from_slice(text.as_bytes()),
            Cell::Time(time) => out.extend_from_slice(time.to_database().as_bytes()),
            Cell::Small(number) => out.extend_from_slice(number.to_string().as_bytes()),
            Cell::Whole(number) => out.extend_from_slice(number.to_string().as_bytes()),
            Cell::Truth(truth) => out.extend_from_slice(if *truth { b"t" } else { b"f" }),
        }
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn encode_format(&self, _: &Type) -> Format {
        Format::Text
    }

    to_sql_checked!();
}
