//! Distinguished names as mosip-keys §4.2 has them.

/// The attributes of a distinguished name. DER order is C, ST, L, O, OU, CN, one attribute in each RDN, blank ones
/// left out; C is a PrintableString, the others UTF8String.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DistinguishedName {
    /// CN.
    pub common_name: Option<String>,
    /// OU.
    pub organizational_unit: Option<String>,
    /// O.
    pub organization: Option<String>,
    /// L.
    pub location: Option<String>,
    /// ST.
    pub state: Option<String>,
    /// C.
    pub country: Option<String>,
}
