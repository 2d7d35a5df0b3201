//! An operation as a request to the service.

use keymanager::envelope::text;
use serde_json::{Value, json};

use crate::answer::{Answer, parsed};
use crate::operation::{Context, Operation, Scope};
use crate::ours::{csr, object};
use crate::place::Place;

/// Does what needs no more than the place: not envelopes, signatures and uploads.
pub(crate) fn call(place: &Place, operation: &Operation) -> Answer {
    let post = |path: &str, request: Value| place.service.call("POST", path, &place.now(), &request);
    let get = |name: &str, scope: &Scope| {
        let path = format!("/{name}?applicationId={}&referenceId={}", scope.app, scope.reference);
        place.service.call("GET", &path, &place.now(), &Value::Null)
    };
    let name = operation.name();
    let answer = match operation {
        Operation::Master { scope, force, object: of, name: common } => {
            post(&format!("/{name}/{of}"), with(*scope, json!({ "force": force, "commonName": common })))
                .map(|made| made_object(&made))
        }
        Operation::Elliptic { scope, force, object: of } => {
            post(&format!("/{name}/{of}"), with(*scope, json!({ "force": force }))).map(|made| made_object(&made))
        }
        Operation::Symmetric { scope, force } => {
            post("/generateSymmetricKey", with(*scope, json!({ "force": force }))).map(|_| Answer::done([]))
        }
        Operation::Certificate { scope } => get(name, scope).map(|found| made_object(&found)),
        Operation::AllCertificates { scope } => get(name, scope).map(|found| {
            let all: Vec<_> = found["allCertificates"].as_array().unwrap().iter().collect();
            let all: Vec<_> = all.iter().map(|one| parsed(one["certificateData"].as_str().unwrap())).collect();
            Answer::certificates(&all)
        }),
        Operation::Chain { scope } => get(name, scope).map(|found| {
            Answer::certificates(&pkcs7(found["certificatesTrustPath"].as_str().unwrap_or_else(|| panic!("{found}"))))
        }),
        Operation::Csr { scope, name: common } => post("/generateCSR", with(*scope, json!({ "commonName": common })))
            .map(|made| csr(made["certSignRequest"].as_str().unwrap())),
        Operation::Revoke { scope } => place
            .service
            .call("PUT", "/revokeKey", &place.now(), &with(*scope, json!({ "disableAutoGen": true })))
            .map(|_| Answer::done([])),
        other => panic!("{} has a way of its own", other.name()),
    };
    of(answer)
}

pub(crate) fn of(answer: Result<Answer, String>) -> Answer {
    answer.unwrap_or_else(Answer::Failed)
}

/// A request of a scope with more members.
fn with(scope: Scope, mut more: Value) -> Value {
    more["applicationId"] = scope.app.into();
    more["referenceId"] = scope.reference.into();
    more
}

fn made_object(made: &Value) -> Answer {
    let pem = made["certificate"].as_str().or(made["certSignRequest"].as_str());
    object(pem.unwrap_or_else(|| panic!("{made}")))
}

/// The certificates of a PKCS#7, in its order.
fn pkcs7(text: &str) -> Vec<keymanager::certificate::Certificate> {
    let bundle = keymanager::certificate::bundle::parse(&crate::support::provider(), text.as_bytes());
    bundle.unwrap()
}

pub(crate) fn upload(place: &Place, operation: &Operation, certificate: &str) -> Answer {
    let request = with(operation.scope().unwrap(), json!({ "certificateData": certificate }));
    let path = format!("/{}", operation.name());
    of(place.service.call("POST", &path, &place.now(), &request).map(|_| Answer::done([])))
}

pub(crate) fn encrypt(place: &Place, scope: Scope, context: &Context, plaintext: &[u8]) -> Result<Vec<u8>, String> {
    let request = envelope_request(place, scope, context, plaintext);
    let answer = place.service.call("POST", "/encrypt", &place.now(), &request)?;
    Ok(text::decode(answer["data"].as_str().unwrap()).unwrap())
}

pub(crate) fn decrypt(place: &Place, scope: Scope, context: &Context, envelope: &[u8]) -> Answer {
    let request = envelope_request(place, scope, context, envelope);
    of(place.service.call("POST", "/decrypt", &place.now(), &request).map(|answer| {
        let plaintext = text::decode(answer["data"].as_str().unwrap()).unwrap();
        Answer::done([("plaintext", format!("{plaintext:?}"))])
    }))
}

fn envelope_request(place: &Place, scope: Scope, context: &Context, data: &[u8]) -> Value {
    let mut request = with(scope, json!({ "timeStamp": place.now(), "data": text::encode(data) }));
    if let Some(aad) = &context.aad {
        request["aad"] = text::encode(aad).into();
    }
    if let Some(salt) = &context.salt {
        request["salt"] = text::encode(salt).into();
    }
    request
}

/// A compact JWS over `message`, with the thumbprint of the certificate in its header.
pub(crate) fn sign(place: &Place, scope: Scope, message: &[u8]) -> Result<String, String> {
    let members = json!({
        "dataToSign": text::encode(message), "includePayload": true, "includeCertificate": true, "includeCertHash": true,
    });
    let answer = place.service.call("POST", "/jwtSign", &place.now(), &with(scope, members))?;
    Ok(answer["jwtSignedData"].as_str().unwrap().to_owned())
}

pub(crate) fn verify(place: &Place, scope: Scope, jws: &str, certificate: &str) -> bool {
    let members = json!({ "jwtSignatureData": jws, "certificateData": certificate, "validateTrust": false });
    let answer = place.service.call("POST", "/jwtVerify", &place.now(), &with(scope, members)).unwrap();
    answer["signatureValid"].as_bool().unwrap()
}
