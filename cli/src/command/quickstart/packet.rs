//! The sample: a zip with the shape of a registration packet, about 2 MiB, made on the spot. Nobody's data is in it.
//!
//! A packet holds a zip and its metadata for each sub-packet (`id`, `evidence`, `optional`); each of those zips ends
//! with `packet_data_hash.txt` and `packet_meta_info.json`. A registration client would also encrypt each inner zip and
//! sign it with its machine's key; the sample leaves that out so that it can be looked at.

use std::io::{Cursor, Write as _};

use keymanager::crypto::{CryptoProvider, HashAlgorithm};
use keymanager::envelope::text;
use keymanager::id::hex_upper;
use keymanager::random::RandomSource;
use keymanager::time::Timestamp;
use keymanager::{Error, Result};
use serde_json::{Value, json};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::{pdf, png};

/// The centre and machine the sample says it comes from, which is the reference id of its key.
pub(super) const REFERENCE: &str = "10001_110011";
const SOURCE: &str = "REGISTRATION_CLIENT";
const PROCESS: &str = "NEW";
const SCHEMA_VERSION: &str = "0.1";

/// A file in a zip.
struct Entry {
    name: String,
    bytes: Vec<u8>,
}

impl Entry {
    fn new(name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self { name: name.into(), bytes: bytes.into() }
    }

    fn json(name: impl Into<String>, value: &Value) -> Result<Self> {
        let text = serde_json::to_vec_pretty(value).map_err(|_| Error::internal("a JSON value has a text"))?;
        Ok(Self::new(name, text))
    }
}

/// Makes the packet.
pub(super) fn make(provider: &CryptoProvider, random: &dyn RandomSource, now: Timestamp) -> Result<Vec<u8>> {
    let rid = registration_id(now);
    let files = [("id", identity(random, &rid)?), ("evidence", evidence(random)?), ("optional", Vec::new())];
    let mut entries = Vec::new();
    for (name, files) in files {
        let bytes = sub_packet(provider, &rid, name, files, now)?;
        let metadata = metadata(provider, &rid, name, &bytes, now);
        entries.push(Entry::new(format!("{SOURCE}/{PROCESS}/{rid}_{name}.zip"), bytes));
        entries.push(Entry::json(format!("{SOURCE}/{PROCESS}/{rid}_{name}.json"), &metadata)?);
    }
    zip(&entries)
}

/// Centre, machine, a sequence number and the time, as digits.
fn registration_id(now: Timestamp) -> String {
    let time: String = now.truncate_to_seconds().to_rfc3339().chars().filter(char::is_ascii_digit).collect();
    format!("100011100100001{time}")
}

/// The files of the sub-packet `id`: who it is, the biometrics, and what the officer did.
fn identity(random: &dyn RandomSource, rid: &str) -> Result<Vec<Entry>> {
    let both = |english: &str, french: &str| json!([{ "language": "eng", "value": english }, { "language": "fra", "value": french }]);
    let identity = json!({ "identity": {
        "IDSchemaVersion": 0.1,
        "registrationId": rid,
        "fullName": both("Sample Resident", "Résident Exemple"),
        "dateOfBirth": "1990/01/01",
        "gender": both("Other", "Autre"),
        "addressLine1": both("1 Example Street", "1 rue de l'Exemple"),
        "region": both("Example Region", "Région Exemple"),
        "province": both("Example Province", "Province Exemple"),
        "city": both("Example City", "Ville Exemple"),
        "postalCode": "00000",
        "phone": "0000000000",
        "email": "resident@example.org",
        "proofOfIdentity": { "format": "png", "type": "Passport", "value": "proofOfIdentity" },
        "proofOfAddress": { "format": "pdf", "type": "Rental contract", "value": "proofOfAddress" },
        "individualBiometrics": { "format": "cbeff", "version": 1.0, "value": "individualBiometrics_bio_CBEFF" },
    }});
    let events = ["PACKET_CREATION", "DEMOGRAPHIC_DETAILS", "DOCUMENT_SCAN", "BIOMETRIC_CAPTURE", "PREVIEW"];
    let audit =
        (1..).zip(events).map(|(number, event)| json!({ "eventId": format!("REG-{number}"), "eventName": event }));
    Ok(vec![
        Entry::json("ID.json", &identity)?,
        Entry::new("individualBiometrics_bio_CBEFF.xml", biometrics(random)?),
        Entry::json("audit.json", &audit.collect())?,
    ])
}

/// A CBEFF document with a face and two irises; the images are noise of realistic size.
fn biometrics(random: &dyn RandomSource) -> Result<String> {
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    xml.push_str("<BIR xmlns=\"http://standards.iso.org/iso-iec/19785/-3/ed-2/\">\n");
    for (kind, subtype, width, height) in
        [("Face", "", 960, 1280), ("Iris", "Left", 640, 480), ("Iris", "Right", 640, 480)]
    {
        let image = text::encode(&png::noise(random, width, height)?);
        xml.push_str(&format!(
            "  <BIR>\n    <BDBInfo><Type>{kind}</Type><Subtype>{subtype}</Subtype></BDBInfo>\n    \
             <BDB>{image}</BDB>\n  </BIR>\n"
        ));
    }
    xml.push_str("</BIR>\n");
    Ok(xml)
}

/// The files of the sub-packet `evidence`: documents.
fn evidence(random: &dyn RandomSource) -> Result<Vec<Entry>> {
    Ok(vec![
        Entry::new("proofOfIdentity.png", png::noise(random, 1600, 1500)?),
        Entry::new("proofOfAddress.pdf", pdf::page("Rental contract", "This is a sample document. Nobody lives here.")),
    ])
}

/// The zip of a sub-packet: its files, the hash over them, and what says which files those are.
fn sub_packet(
    provider: &CryptoProvider,
    rid: &str,
    name: &str,
    mut entries: Vec<Entry>,
    now: Timestamp,
) -> Result<Vec<u8>> {
    let mut hash = provider.hash.start(HashAlgorithm::Sha256);
    entries.iter().for_each(|entry| hash.update(&entry.bytes));
    let names: Vec<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
    let info = json!({ "identity": {
        "metaData": [
            { "label": "registrationId", "value": rid },
            { "label": "creationDate", "value": now.to_rfc3339() },
            { "label": "centerId", "value": "10001" },
            { "label": "machineId", "value": "110011" },
            { "label": "registrationType", "value": PROCESS },
        ],
        "hashSequence1": [{ "label": format!("{name}Sequence"), "value": names }],
        "hashSequence2": [],
    }});
    let data_hash = Entry::new("packet_data_hash.txt", hex_upper(&hash.finish()));
    let info = Entry::json("packet_meta_info.json", &info)?;
    entries.extend([data_hash, info]);
    zip(&entries)
}

/// What stands beside the zip of a sub-packet.
fn metadata(provider: &CryptoProvider, rid: &str, name: &str, bytes: &[u8], now: Timestamp) -> Value {
    json!({
        "id": format!("{rid}-{REFERENCE}"),
        "packetname": format!("{rid}_{name}"),
        "source": SOURCE,
        "process": PROCESS,
        "refid": REFERENCE,
        "schemaversion": SCHEMA_VERSION,
        "encryptedhash": text::encode(&provider.hash.digest(HashAlgorithm::Sha256, bytes)),
        "providername": "keymanager quickstart",
        "providerversion": env!("CARGO_PKG_VERSION"),
        "creationdate": now.to_rfc3339(),
    })
}

fn zip(entries: &[Entry]) -> Result<Vec<u8>> {
    let failed = || Error::internal("the sample zip could not be written");
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for entry in entries {
        writer.start_file(entry.name.as_str(), options).map_err(|_| failed())?;
        writer.write_all(&entry.bytes).map_err(|_| failed())?;
    }
    Ok(writer.finish().map_err(|_| failed())?.into_inner())
}
