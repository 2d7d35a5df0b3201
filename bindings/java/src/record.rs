//! The facade's records as they cross. The order of the fields is that of the facade, and of the Java classes.

use keymanager_facade::{
    BackupReport, Checked, CopyReport, DamagedRow, DoctorFinding, DoctorReport, DoctorRequest, EnvelopeOptions,
    FacadeError, FilePlaces, GeneratedKeys, HostAccessRequest, HostAuditEvent, HostAuditKey, HostChange,
    HostChangeKind, HostChangeSet, HostDirection, HostError, HostExpectedScope, HostHash, HostKeyKind,
    HostMasterCapabilities, HostMasterEntry, HostMasterPage, HostOaep, HostPage, HostQuery, HostRow, HostSelect,
    HostSignature, HostStoreCapabilities, HostTable, InspectCertificate, InspectField, InspectFinding, InspectReport,
    Key, KeyCertificate, KeyCsr, KeyObject, KeyQuery, KeyRequest, ObjectRequest, Policy, PolicyRequest, Pool,
    RewrapReport, SignedReport, Subject, TableCopy, Transferred,
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
    SignedReport { document, signature, certificate_pem }
    DamagedRow { alias, error, text }
    RewrapReport {
        app_id, module_alias, former_modules, rewrapped, kept, other_domain, pool_keys_discarded, damaged, begun, ended,
        seconds, signed,
    }
    TableCopy { table, copied, present, others }
    CopyReport { tables, intents_left, pool_keys_left, damaged, begun, ended, seconds, signed }
    BackupReport { made, key_file, keys, chained, foreign_issuers, opened, damaged, signed_by, signed }
}

take_record! {
    SignedReport { document, signature, certificate_pem }
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
    HostAccessRequest { verb, app, reference, caller }
    HostAuditEvent { time, operation, verb, app, reference, caller, outcome, keys }
    HostAuditKey { alias, thumbprint }
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
