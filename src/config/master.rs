//! `master`: an address, or a section that says the same and how a token is used (TOK-23).

use std::time::Duration;

use serde::Deserialize;

use super::TokenConfig;
use super::file::invalid;
use crate::error::Result;
use crate::master::{OaepPlace, TokenUri};

/// What `master` says.
#[derive(Default)]
pub(super) struct Master {
    pub(super) uri: Option<String>,
    pub(super) secret_file: Option<String>,
    pub(super) token: TokenConfig,
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
enum Section {
    File {
        path: String,
        passphrase_file: Option<String>,
    },
    Pkcs11 {
        module: String,
        token: Option<String>,
        serial: Option<String>,
        manufacturer: Option<String>,
        model: Option<String>,
        slot_id: Option<u64>,
        pin_file: Option<String>,
        sessions: Option<u16>,
        time_limit_seconds: Option<u32>,
        creation_limit_seconds: Option<u32>,
        #[serde(default)]
        oaep: Oaep,
        raw_rsa: Option<bool>,
    },
}

#[derive(Deserialize, Default, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum Oaep {
    #[default]
    Auto,
    Token,
    Software,
}

pub(super) fn read(value: toml::Value) -> Result<Master> {
    if let toml::Value::String(uri) = value {
        return Ok(Master { uri: Some(uri), ..Master::default() });
    }
    let section = Section::deserialize(value).map_err(|error| invalid(format!("master: {}", error.message())))?;
    Ok(match section {
        Section::File { path, passphrase_file } => {
            Master { uri: Some(format!("file:{path}")), secret_file: passphrase_file, token: TokenConfig::default() }
        }
        Section::Pkcs11 {
            module,
            token,
            serial,
            manufacturer,
            model,
            slot_id,
            pin_file,
            sessions,
            time_limit_seconds,
            creation_limit_seconds,
            oaep,
            raw_rsa,
        } => {
            if sessions == Some(0) {
                return Err(invalid("master.sessions: a token is used through at least one session"));
            }
            let module_path = Some(module.into());
            let uri = TokenUri { token, serial, manufacturer, model, slot_id, module_path, pin_source: None };
            // Read again, so that a value that no address can have is refused here.
            let uri =
                TokenUri::parse(&uri.to_string()).map_err(|error| invalid(format!("master: {}", error.detail())))?;
            let limit = |name: &str, seconds: Option<u32>| match seconds {
                Some(0) => Err(invalid(format!("master.{name}: a call takes at least a second"))),
                seconds => Ok(seconds.map(|seconds| Duration::from_secs(u64::from(seconds)))),
            };
            Master {
                uri: Some(uri.to_string()),
                secret_file: pin_file,
                token: TokenConfig {
                    sessions: sessions.map(usize::from),
                    time_limit: limit("time_limit_seconds", time_limit_seconds)?,
                    creation_limit: limit("creation_limit_seconds", creation_limit_seconds)?,
                    oaep: match oaep {
                        Oaep::Auto => OaepPlace::Auto,
                        Oaep::Token => OaepPlace::Token,
                        Oaep::Software => OaepPlace::Software,
                    },
                    raw_rsa,
                },
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::super::Config;
    use super::*;
    use crate::error::Code;

    #[test]
    fn an_address_or_a_section() {
        let plain = Config::from_toml("master = \"pkcs11:token=a?module-path=/m.so\"").unwrap();
        assert_eq!(plain.places.master.as_deref(), Some("pkcs11:token=a?module-path=/m.so"));
        assert_eq!(plain.token, TokenConfig::default());

        let text = "[master]\nkind = \"pkcs11\"\nmodule = \"/usr/lib/m.so\"\ntoken = \"My token\"\nserial = \"07\"\n\
                    pin_file = \"pin\"\nsessions = 8\ntime_limit_seconds = 5\noaep = \"software\"\nraw_rsa = true\n";
        let config = Config::from_toml(text).unwrap();
        let uri = "pkcs11:token=My%20token;serial=07?module-path=/usr/lib/m.so";
        assert_eq!(config.places.master.as_deref(), Some(uri));
        assert_eq!(config.places.passphrase_file.as_deref(), Some(std::path::Path::new("pin")));
        assert_eq!(config.token.sessions, Some(8));
        assert_eq!(config.token.time_limit, Some(Duration::from_secs(5)));
        assert_eq!(config.token.oaep, OaepPlace::Software);
        assert_eq!(config.token.raw_rsa, Some(true));

        let file = Config::from_toml("[master]\nkind = \"file\"\npath = \"keys.p12\"").unwrap();
        assert_eq!(file.places.master.as_deref(), Some("file:keys.p12"));
    }

    #[test]
    fn what_cannot_be_is_refused() {
        for (text, named) in [
            ("[master]\nkind = \"pkcs11\"", "module"),
            ("[master]\nkind = \"cloud\"", "cloud"),
            ("[master]\nkind = \"pkcs11\"\nmodule = \"m\"\npin = \"1234\"", "pin"),
            ("[master]\nkind = \"pkcs11\"\nmodule = \"m\"\nsessions = 0", "sessions"),
            ("[master]\nkind = \"pkcs11\"\nmodule = \"m\"\ntime_limit_seconds = 0", "time_limit_seconds"),
            ("[master]\nkind = \"pkcs11\"\nmodule = \"m\"\noaep = \"perhaps\"", "perhaps"),
            ("[master]\nkind = \"pkcs11\"\nmodule = \"\"", "module-path"),
            ("master = 7", "master"),
        ] {
            let error = Config::from_toml(text).unwrap_err();
            assert_eq!(error.code(), Code::InvalidConfig, "{text}");
            assert!(error.detail().contains(named), "{text}: {}", error.detail());
        }
    }
}
