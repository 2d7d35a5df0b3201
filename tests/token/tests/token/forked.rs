//! A handle in another process than the one that opened it (TOK-20).

use keymanager::Code;
use keymanager::id::Alias;
use keymanager::master::{KeyKind, MasterKeys as _};

use crate::support::{alone_with_chaos, chaos_module, effects, open_with, provider, script};

#[test]
fn the_child_touches_nothing() {
    alone_with_chaos("forked::the_child_touches_nothing_inside");
}

#[test]
#[ignore = "runs in a process of its own"]
fn the_child_touches_nothing_inside() {
    let token = open_with(chaos_module(), keymanager::master::pkcs11::TokenOptions::new(provider())).unwrap();
    let alias = Alias::new("kept").unwrap();
    token.create(alias.clone(), KeyKind::Aes256).unwrap();
    // Whatever reaches the module from now on is written down.
    let names =
        ["C_OpenSession", "C_CloseSession", "C_FindObjectsInit", "C_Login", "C_GetSlotList", "C_GetSessionInfo"];
    script(&names.map(|name| format!("{name} * fail 5\n")).concat());
    match fork::fork().unwrap() {
        fork::Fork::Child => {
            let refused = token.find(alias).is_err_and(|error| error.code() == Code::Forked)
                && token.health().is_err_and(|error| error.code() == Code::Forked)
                && token.status().is_err_and(|error| error.code() == Code::Forked);
            drop(token);
            if refused {
                std::fs::write(crate::support::folder().join("refused"), "").unwrap();
            }
            std::process::exit(0);
        }
        fork::Fork::Parent(child) => {
            fork::waitpid(child).unwrap();
            assert!(crate::support::folder().join("refused").exists(), "the child was not refused, or ended before");
            assert_eq!(effects(), 0);
            script("");
            assert!(token.find(alias).unwrap().is_some());
            token.health().unwrap();
        }
    }
}
