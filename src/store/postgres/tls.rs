//! TLS to the server.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};

use super::address::{PostgresAddress, TlsMode};
use crate::error::{Code, Error, Result};
use crate::file::file_failed;

/// The longest file of authorities that is read.
const MAX_ROOTS: u64 = 4 << 20;

/// The configuration that `address` asks for; none for a line without TLS.
pub(super) fn configuration(address: &PostgresAddress) -> Result<Option<Arc<ClientConfig>>> {
    // Unix sockets never have TLS.
    if address.tls == TlsMode::Disable || address.hosts.iter().all(super::address::Host::is_socket) {
        return Ok(None);
    }
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|_| Error::internal("TLS has no version"))?;
    let config = match address.tls {
        TlsMode::Require => {
            builder.dangerous().with_custom_certificate_verifier(Arc::new(Anybody(provider))).with_no_client_auth()
        }
        TlsMode::VerifyFull | TlsMode::Disable => {
            let roots = match &address.roots {
                Some(path) => from_file(path)?,
                None => of_the_system()?,
            };
            builder.with_root_certificates(roots).with_no_client_auth()
        }
    };
    Ok(Some(Arc::new(config)))
}

fn from_file(path: &Path) -> Result<RootCertStore> {
    let failed = |error: &std::io::Error| file_failed("read", path, error);
    if fs::metadata(path).map_err(|error| failed(&error))?.len() > MAX_ROOTS {
        return Err(Error::new(Code::TooLarge, format!("{} has more than {MAX_ROOTS} bytes", path.display())));
    }
    let pem = fs::read(path).map_err(|error| failed(&error))?;
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        if certificate.is_ok_and(|certificate| roots.add(certificate).is_ok()) {
            continue;
        }
        let text = format!("{} has something that is no certificate in PEM", path.display());
        return Err(Error::new(Code::CertificateUnparsable, text));
    }
    if roots.is_empty() {
        return Err(Error::new(Code::CertificateUnparsable, format!("{} has no certificate in PEM", path.display())));
    }
    Ok(roots)
}

fn of_the_system() -> Result<RootCertStore> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        let text = "this system trusts no authority: name the file of the server's authority with sslrootcert";
        return Err(Error::new(Code::StoreUnavailable, text));
    }
    Ok(roots)
}

/// Takes every certificate (`sslmode=require`), but only from whoever has its private key.
#[derive(Debug)]
struct Anybody(Arc<CryptoProvider>);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> std::result::Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
