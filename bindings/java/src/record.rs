//! The facade's records as they cross. The order of the fields is that of the facade, and of the Java classes.

use keymanager_facade::{
    Checked, DoctorFinding, DoctorReport, DoctorRequest, EnvelopeOptions, FacadeError, FilePlaces, GeneratedKeys,
    HostChange, HostChangeKind, HostChangeSet, HostDirection, HostError, HostExpectedScope, HostHash, HostKeyKind,
    HostMasterCapabilities, HostMasterEntry, HostMasterPage, HostOaep, HostPage, HostQuery, HostRow, HostSelect,
    HostSignature, HostStoreCapabilities, HostTable, InspectCertificate, InspectField, InspectFinding, InspectReport,
    Key, KeyCertificate, KeyCsr, KeyObject, KeyQuery, KeyRequest, ObjectRequest, Policy, PolicyRequest, Pool, Subject,
    Transferred,
};

use crate::wire::{numbered, put_record, take_record};

put_record! {
    FacadeError { number, name, category, exit, mosip_code, detail, next }
    Key {
        alias, app_id, ref_id, level, algorithm, location, thumbprint, issuer_alias, not_before, not_after, state,
        days_left, uni_ident,
    }
    GeneratedKeys { generated, existing }
    KeyCertificate { key, certificate_pem }
    KeyCsr { key, csr_pem }
    KeyObject { key, generated, certificate_pem, csr_pem }
    Policy { app_id, validity_days, pre_expire_days, active, access_allowed }
    Pool { app_id, module_alias, current, ready, oldest, newest, used, last_used }
    DoctorReport { findings, checked }
    DoctorFinding { code, severity, alias, text, repair, repaired }
    Checked { records, tokens }
    InspectReport {
        kind, layout, size, fields, thumbprint, authenticated, not_authenticated, findings, certificate,
    }
    InspectField { name, offset, length, value, note }
    InspectFinding { severity, code, text }
    InspectCertificate { matches, subject, not_after, days_left }
    Transferred { bytes_in, bytes_out }
}

take_record! {
    EnvelopeOptions { layout, aad, salt }
    FilePlaces { input, output, overwrite }
    Subject { common_name, organizational_unit, organization, location, state, country }
    KeyRequest { app, reference, kind, force, subject }
    ObjectRequest { app, reference, object_type, force, subject }
    KeyQuery { app, reference, all }
    PolicyRequest { app, validity_days, pre_expire_days, active, access_allowed }
    DoctorRequest { remove, folders }
}

// What a host is asked, and what it answers.
put_record! {
    HostQuery { select, values, limit, cursor }
    HostRow { table, columns, version }
    HostChange { kind, row }
    HostExpectedScope { app, reference, versions }
    HostChangeSet { expect_scopes, changes }
    HostOaep { hash, mgf_hash, label }
}

take_record! {
    HostError { number, message }
    HostRow { table, columns, version }
    HostPage { rows, next }
    HostStoreCapabilities { side_tables, row_authentication, locks_between_processes, durable }
    HostOaep { hash, mgf_hash, label }
    HostMasterCapabilities { kinds, oaep, raw_rsa, aes_ecb, certificates, extractable, parallel }
    HostMasterEntry { alias, kind, spki_der, certificate_der, pending }
    HostMasterPage { entries, next }
}

numbered!(HostSelect, HostTable, HostChangeKind, HostKeyKind, HostHash, HostSignature, HostDirection);
