//! TLS for TCP clients: certificates, and what binds a login to its channel.
//!
//! Enters: paths of PEM files. Leaves: rustls configurations, for STARTTLS and for TLS from the first byte on, and the
//! channel bindings of a connection that was made with them. A certificate that cannot be read when the files are
//! read again leaves the one before it in place.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use parterre_xmpp::sasl::ChannelBindings;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ProtocolVersion, ServerConfig, ServerConnection};
use sha2::{Digest, Sha256, Sha384, Sha512};

use crate::config::C2s;

/// The protocol that a client of direct TLS asks for (XEP-0368 §3).
const ALPN: &[u8] = b"xmpp-client";

/// Why there is no TLS.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The certificate cannot be read.
    #[error("c2s.certificate: {0} cannot be read as PEM certificates: {1}")]
    Certificate(PathBuf, rustls::pki_types::pem::Error),
    /// The file has no certificate in it.
    #[error("c2s.certificate: there is no certificate in {0}")]
    Empty(PathBuf),
    /// The key cannot be read.
    #[error("c2s.key: {0} cannot be read as a PEM private key: {1}")]
    Key(PathBuf, rustls::pki_types::pem::Error),
    /// Certificate and key do not fit together, or are of a kind that is not supported.
    #[error("c2s.certificate and c2s.key cannot be used: {0}")]
    Unusable(#[from] rustls::Error),
}

/// The server's certificate, and how TLS is spoken with it.
#[derive(Debug)]
pub struct Tls {
    certificate: PathBuf,
    key: PathBuf,
    current: RwLock<Arc<Certified>>,
}

/// TLS with one certificate.
#[derive(Debug)]
pub struct Certified {
    /// For STARTTLS.
    pub starttls: Acceptor,
    /// For TLS from the first byte on.
    pub direct: Acceptor,
}

/// What a connection is made with. The connection keeps it: another certificate may be the current one when its client
/// logs in.
#[derive(Clone, Debug)]
pub struct Acceptor {
    config: Arc<ServerConfig>,
    server_end_point: Option<Arc<[u8]>>,
}

impl Tls {
    /// TLS as `[c2s]` has it; `None` without a certificate.
    pub fn load(c2s: &C2s) -> Result<Option<Self>, TlsError> {
        match (&c2s.certificate, &c2s.key) {
            (Some(certificate), Some(key)) => Self::open(certificate, key).map(Some),
            _ => Ok(None),
        }
    }

    /// TLS with the certificate (its chain after it) and the key in these PEM files.
    pub fn open(certificate: &Path, key: &Path) -> Result<Self, TlsError> {
        let current = Certified::read(certificate, key)?;
        Ok(Tls { certificate: certificate.into(), key: key.into(), current: RwLock::new(Arc::new(current)) })
    }

    /// Reads the files again; new connections get what they hold now. With an error, nothing changes.
    pub fn reload(&self) -> Result<(), TlsError> {
        let new = Arc::new(Certified::read(&self.certificate, &self.key)?);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = new;
        Ok(())
    }

    /// What a new connection is made with.
    pub fn current(&self) -> Arc<Certified> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Certified {
    fn read(certificate: &Path, key: &Path) -> Result<Self, TlsError> {
        let certificates = CertificateDer::pem_file_iter(certificate)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(|error| TlsError::Certificate(certificate.into(), error))?;
        let first = certificates.first().ok_or_else(|| TlsError::Empty(certificate.into()))?;
        let server_end_point = server_end_point(first).map(Arc::from);
        let key = PrivateKeyDer::from_pem_file(key).map_err(|error| TlsError::Key(key.into(), error))?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let starttls = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(certificates, key)?;
        let mut direct = starttls.clone();
        direct.alpn_protocols = vec![ALPN.to_vec()];
        let acceptor = |config| Acceptor { config: Arc::new(config), server_end_point: server_end_point.clone() };
        Ok(Certified { starttls: acceptor(starttls), direct: acceptor(direct) })
    }
}

impl Acceptor {
    /// The server's side of a new connection.
    pub fn accept(&self) -> Result<ServerConnection, rustls::Error> {
        ServerConnection::new(self.config.clone())
    }

    /// What a login over a connection that this made can be bound to; nothing while the handshake is under way.
    ///
    /// Nothing with TLS 1.2 either: there, whoever offers to bind has to take `tls-unique` (RFC 5802 §6.1), which rustls
    /// does not tell, and clients that know no other type take the offer and fail. With TLS 1.3 it is `tls-exporter` that
    /// everybody has to take (RFC 9266 §3).
    pub fn bindings(&self, connection: &ServerConnection) -> ChannelBindings {
        if connection.is_handshaking() || connection.protocol_version() != Some(ProtocolVersion::TLSv1_3) {
            return ChannelBindings::default();
        }
        // RFC 9266 §2.
        let exporter = connection.export_keying_material([0; 32], b"EXPORTER-Channel-Binding", Some(&[])).ok();
        ChannelBindings { exporter, server_end_point: self.server_end_point.as_deref().map(<[u8]>::to_vec) }
    }
}

/// `tls-server-end-point` (RFC 5929 §4.1): the certificate hashed with the hash function of its own signature, or with
/// SHA-256 where that is weaker. `None` where the RFC leaves open which one that would be.
fn server_end_point(certificate: &[u8]) -> Option<Vec<u8>> {
    /// 1.2.840.113549.1.1: the RSA signatures of PKCS #1.
    const PKCS1: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01];
    /// 1.2.840.10045.4.3: ECDSA with SHA-2.
    const ECDSA: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03];
    // Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm SEQUENCE { OBJECT IDENTIFIER, … }, signature }
    let (certificate_body, _) = der(0x30, certificate)?;
    let (_, after_tbs) = der(0x30, certificate_body)?;
    let (algorithm, _) = der(0x30, after_tbs)?;
    let (oid, _) = der(0x06, algorithm)?;
    let (last, arc) = oid.split_last()?;
    match (arc, last) {
        // md5, sha1 and sha256WithRSAEncryption; ecdsa-with-SHA256
        (PKCS1, 4 | 5 | 11) | (ECDSA, 2) => Some(Sha256::digest(certificate).to_vec()),
        (PKCS1, 12) | (ECDSA, 3) => Some(Sha384::digest(certificate).to_vec()),
        (PKCS1, 13) | (ECDSA, 4) => Some(Sha512::digest(certificate).to_vec()),
        _ => None,
    }
}

/// Splits a DER element of that tag off: its content, and what comes after it.
fn der(tag: u8, bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (first, rest) = bytes.split_first()?;
    let (length, rest) = rest.split_first()?;
    if *first != tag {
        return None;
    }
    let (length, rest) = match length {
        0..=0x7f => (usize::from(*length), rest),
        0x81..=0x84 => {
            let (digits, rest) = rest.split_at_checked(usize::from(length - 0x80))?;
            (digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit)), rest)
        }
        _ => return None,
    };
    rest.split_at_checked(length)
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};

    use rustls::pki_types::ServerName;
    use rustls::{ClientConfig, ClientConnection, RootCertStore};

    use super::*;

    fn file(name: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
    }

    fn tls() -> Tls {
        Tls::open(&file("localhost.crt"), &file("localhost.key")).unwrap()
    }

    fn client(alpn: &[&[u8]], versions: &[&'static rustls::SupportedProtocolVersion]) -> ClientConnection {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(file("localhost.crt")).unwrap()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(versions)
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = alpn.iter().map(|protocol| protocol.to_vec()).collect();
        ClientConnection::new(Arc::new(config), ServerName::try_from("localhost").unwrap()).unwrap()
    }

    /// Hands the bytes of each side to the other until both are content.
    fn shake_hands(client: &mut ClientConnection, server: &mut ServerConnection) -> Result<(), rustls::Error> {
        while client.is_handshaking() || server.is_handshaking() {
            let mut bytes = Vec::new();
            while client.wants_write() {
                client.write_tls(&mut bytes).unwrap();
            }
            server.read_tls(&mut bytes.as_slice()).unwrap();
            server.process_new_packets()?;
            let mut bytes = Vec::new();
            while server.wants_write() {
                server.write_tls(&mut bytes).unwrap();
            }
            client.read_tls(&mut bytes.as_slice()).unwrap();
            client.process_new_packets()?;
        }
        Ok(())
    }

    #[test]
    fn both_sides_export_the_same_binding() {
        let acceptor = tls().current().starttls.clone();
        let mut client = client(&[], rustls::ALL_VERSIONS);
        let mut server = acceptor.accept().unwrap();
        assert!(acceptor.bindings(&server).is_empty());
        shake_hands(&mut client, &mut server).unwrap();
        let bindings = acceptor.bindings(&server);
        let theirs = client.export_keying_material([0; 32], b"EXPORTER-Channel-Binding", Some(&[])).unwrap();
        assert_eq!(bindings.exporter, Some(theirs));
        assert_eq!(bindings.types().collect::<Vec<_>>(), ["tls-exporter", "tls-server-end-point"]);
        let expected = Sha256::digest(CertificateDer::from_pem_file(file("localhost.crt")).unwrap());
        assert_eq!(bindings.data("tls-server-end-point"), Some(&expected[..]));
        server.writer().write_all(b"hello").unwrap();
        let mut bytes = Vec::new();
        server.write_tls(&mut bytes).unwrap();
        client.read_tls(&mut bytes.as_slice()).unwrap();
        client.process_new_packets().unwrap();
        let mut text = [0; 5];
        client.reader().read_exact(&mut text).unwrap();
        assert_eq!(&text, b"hello");
    }

    #[test]
    fn tls_1_2_offers_no_binding() {
        let acceptor = tls().current().starttls.clone();
        let mut client = client(&[], &[&rustls::version::TLS12]);
        let mut server = acceptor.accept().unwrap();
        shake_hands(&mut client, &mut server).unwrap();
        assert!(acceptor.bindings(&server).is_empty());
    }

    #[test]
    fn direct_tls_speaks_xmpp_or_whatever_the_client_left_open() {
        let certified = tls().current();
        for (alpn, taken) in [(&[ALPN][..], true), (&[], true), (&[b"http/1.1"], false)] {
            let mut server = certified.direct.accept().unwrap();
            let result = shake_hands(&mut client(alpn, rustls::ALL_VERSIONS), &mut server);
            assert_eq!(result.is_ok(), taken, "{alpn:?}");
        }
    }

    #[test]
    fn what_cannot_be_used_is_an_error_that_names_the_key() {
        let error = |certificate: &str, key: &str| Tls::open(&file(certificate), &file(key)).unwrap_err().to_string();
        assert!(error("none.crt", "localhost.key").starts_with("c2s.certificate: "));
        assert!(error("localhost.key", "localhost.key").starts_with("c2s.certificate: there is no certificate in "));
        assert!(error("localhost.crt", "localhost.crt").starts_with("c2s.key: "));
    }

    #[test]
    fn a_failed_reload_keeps_what_there_was() {
        let dir = std::env::temp_dir().join(format!("parterre-tls-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        let (certificate, key) = (dir.join("crt"), dir.join("key"));
        std::fs::copy(file("localhost.crt"), &certificate).unwrap();
        std::fs::copy(file("localhost.key"), &key).unwrap();
        let tls = Tls::open(&certificate, &key).unwrap();
        let before = tls.current();
        tls.reload().unwrap();
        let reloaded = tls.current();
        assert!(!Arc::ptr_eq(&before, &reloaded));
        std::fs::write(&certificate, "nothing").unwrap();
        assert!(tls.reload().is_err());
        assert!(Arc::ptr_eq(&reloaded, &tls.current()));
        std::fs::remove_dir_all(&dir).unwrap();
    }

    #[test]
    fn broken_certificates_have_no_end_point() {
        for bytes in [&b""[..], &[0x30], &[0x30, 0x84, 0xff, 0xff, 0xff, 0xff], &[0x30, 0x80], &[0x30, 2, 0x30, 0]] {
            assert_eq!(server_end_point(bytes), None);
        }
    }
}
