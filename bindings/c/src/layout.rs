//! The sizes that the header asserts, asserted on this side too.
#![cfg(target_pointer_width = "64")]

use crate::manager::{km_envelope_options, km_manager_options};
use crate::master::{km_master_callbacks, km_oaep};
use crate::pointer::SizedStruct;
use crate::progress::km_progress_callbacks;
use crate::request::{km_doctor_request, km_key_query, km_key_request, km_policy_request, km_subject};
use crate::store::{km_bytes, km_change, km_change_set, km_expected_scope, km_query, km_store_callbacks};
use crate::stream::km_transferred;
use crate::watch::{km_access_callbacks, km_audit_callbacks};

const _: () = {
    assert!(size_of::<km_bytes>() == 16);
    assert!(size_of::<km_query>() == 32);
    assert!(size_of::<km_change>() == 40);
    assert!(size_of::<km_expected_scope>() == 32);
    assert!(size_of::<km_change_set>() == 32);
    assert!(size_of::<km_oaep>() == 24);
    assert!(size_of::<km_store_callbacks>() == 72);
    assert!(size_of::<km_master_callbacks>() == 128);
    assert!(size_of::<km_envelope_options>() == 48);
    assert!(size_of::<km_manager_options>() == 136);
    assert!(<km_manager_options as SizedStruct>::FIRST == 72);
    assert!(size_of::<km_access_callbacks>() == 32);
    assert!(size_of::<km_audit_callbacks>() == 32);
    assert!(size_of::<km_progress_callbacks>() == 40);
    assert!(size_of::<km_subject>() == 56);
    assert!(size_of::<km_key_request>() == 48);
    assert!(size_of::<km_key_query>() == 32);
    assert!(size_of::<km_policy_request>() == 40);
    assert!(size_of::<km_doctor_request>() == 40);
    assert!(size_of::<km_transferred>() == 16);
};
