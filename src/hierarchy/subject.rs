//! Subjects of certificates (mosip-keys §4.2; HIE-26).

use crate::certificate::DistinguishedName;
use crate::config::SubjectDefaults;
use crate::id::KeyScope;

/// The subject of a master key somebody asked for: what was asked, else the defaults; the common name else
/// `<default> (APP)` or `<default> (APP-REF)` with the scope in upper case.
pub(super) fn of_master(
    asked: &DistinguishedName,
    SubjectDefaults(defaults): &SubjectDefaults,
    scope: &KeyScope,
) -> DistinguishedName {
    let mut subject = filled(asked, defaults);
    if present(&asked.common_name).is_none() {
        let default = present(&defaults.common_name).unwrap_or_default();
        let name = match scope.reference.as_str() {
            "" => scope.app.as_str().to_uppercase(),
            reference => format!("{}-{reference}", scope.app).to_uppercase(),
        };
        subject.common_name = Some(format!("{default} ({name})").trim().to_owned());
    }
    subject
}

/// The subject of a certification request: what was asked, else the defaults, for the common name too.
pub(super) fn of_request(asked: &DistinguishedName, SubjectDefaults(defaults): &SubjectDefaults) -> DistinguishedName {
    let mut subject = filled(asked, defaults);
    subject.common_name = present(&asked.common_name).or_else(|| present(&defaults.common_name));
    subject
}

/// The subject of a master key that replaces an expired one: that of the oldest key, its gaps filled from what was
/// asked and the defaults.
pub(super) fn renewed(oldest: &DistinguishedName, otherwise: &DistinguishedName) -> DistinguishedName {
    let mut subject = filled(oldest, otherwise);
    subject.common_name = present(&oldest.common_name).or_else(|| present(&otherwise.common_name));
    subject
}

/// The subject of a Base key: what was asked, else the Module key's attributes, else the defaults; the common name
/// `<app>-<ref>` as written.
pub(super) fn of_base(
    asked: &DistinguishedName,
    module: &DistinguishedName,
    SubjectDefaults(defaults): &SubjectDefaults,
    scope: &KeyScope,
) -> DistinguishedName {
    let mut subject = filled(asked, &filled(module, defaults));
    subject.common_name = present(&asked.common_name).or_else(|| Some(format!("{}-{}", scope.app, scope.reference)));
    subject
}

/// Each attribute of `first`, or of `second` where it is blank. The common name is left to the caller.
fn filled(first: &DistinguishedName, second: &DistinguishedName) -> DistinguishedName {
    let pick = |first: &Option<String>, second: &Option<String>| present(first).or_else(|| present(second));
    DistinguishedName {
        common_name: present(&first.common_name),
        organizational_unit: pick(&first.organizational_unit, &second.organizational_unit),
        organization: pick(&first.organization, &second.organization),
        location: pick(&first.location, &second.location),
        state: pick(&first.state, &second.state),
        country: pick(&first.country, &second.country),
    }
}

fn present(value: &Option<String>) -> Option<String> {
    value.clone().filter(|text| !text.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn defaults() -> SubjectDefaults {
        SubjectDefaults::default()
    }

    fn scope(app: &str, reference: &str) -> KeyScope {
        KeyScope::new(app, reference).unwrap()
    }

    #[test]
    fn masters_are_named_after_their_scope() {
        let name = |app: &str, reference: &str| {
            let subject = of_master(&DistinguishedName::default(), &defaults(), &scope(app, reference));
            assert_eq!(subject.country.as_deref(), Some("IN"));
            subject.common_name.unwrap()
        };
        assert_eq!(name("ROOT", ""), "www.mosip.io (ROOT)");
        assert_eq!(name("kernel", "sign"), "www.mosip.io (KERNEL-SIGN)");
        let asked = DistinguishedName {
            common_name: Some("Mine".into()),
            country: Some(" ".into()),
            state: Some("X".into()),
            ..DistinguishedName::default()
        };
        let subject = of_master(&asked, &defaults(), &scope("A", ""));
        assert_eq!(subject.common_name.as_deref(), Some("Mine"));
        assert_eq!((subject.country.as_deref(), subject.state.as_deref()), (Some("IN"), Some("X")));
    }

    #[test]
    fn base_keys_take_the_modules_attributes() {
        let module = DistinguishedName {
            common_name: Some("www.mosip.io (A)".into()),
            organization: Some("Org".into()),
            ..DistinguishedName::default()
        };
        let subject = of_base(&DistinguishedName::default(), &module, &defaults(), &scope("A", "x_Y"));
        assert_eq!(subject.common_name.as_deref(), Some("A-x_Y"));
        assert_eq!(subject.organization.as_deref(), Some("Org"));
        assert_eq!(subject.location.as_deref(), Some("BANGALORE"));
    }

    #[test]
    fn renewal_keeps_the_oldest_name() {
        let oldest = DistinguishedName { common_name: Some("Old".into()), ..DistinguishedName::default() };
        let otherwise = of_master(&DistinguishedName::default(), &defaults(), &scope("A", ""));
        let subject = renewed(&oldest, &otherwise);
        assert_eq!(subject.common_name.as_deref(), Some("Old"));
        assert_eq!(subject.organization.as_deref(), Some("IITB"));
        assert_eq!(renewed(&DistinguishedName::default(), &otherwise), otherwise);
    }
}
