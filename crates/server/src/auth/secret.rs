//! The server's own secret: random, made once, kept beside the database.
//!
//! From where people without an account come is told to rooms as a hash under it.
//!
//! A name without an account is answered with a salt that comes from it (see `StoredKeys::decoy`). It has to outlive
//! the process: a salt that changed at each restart would tell that there is nobody of that name.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::net::IpAddr;
use std::num::NonZeroU64;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use hmac::{Hmac, KeyInit, Mac};
use parterre_room::Origin;
use sha2::Sha256;

/// Its file in the data directory.
const FILE: &str = "login-secret";

/// The secret of the server whose data is in that directory; makes directory and file if they are missing.
pub(super) fn open(data_dir: &Path) -> io::Result<[u8; 32]> {
    let path = data_dir.join(FILE);
    let mut secret = [0; 32];
    match File::open(&path) {
        Ok(mut file) => {
            file.read_exact(&mut secret)?;
            return Ok(secret);
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    getrandom::fill(&mut secret).map_err(io::Error::other)?;
    std::fs::create_dir_all(data_dir)?;
    // Written whole under another name first: a crash must not leave half a secret.
    let draft = data_dir.join(format!("{FILE}.new"));
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
    file.write_all(&secret)?;
    file.sync_all()?;
    std::fs::rename(&draft, &path)?;
    Ok(secret)
}

/// A hash of a network address under the secret. There are few enough addresses to try them all, so it hides nothing
/// from who has the secret as well.
pub(super) fn origin(secret: &[u8; 32], network: IpAddr) -> Origin {
    let mut key = [0; 64];
    key[..32].copy_from_slice(secret);
    let mut mac = <Hmac<Sha256> as KeyInit>::new(&key.into());
    mac.update(b"origin of a session\0");
    mac.update(network.to_string().as_bytes());
    let hash = mac.finalize().into_bytes();
    let (start, _) = hash.split_first_chunk::<8>().unwrap_or((&[0; 8], &[]));
    Origin(NonZeroU64::new(u64::from_le_bytes(*start)).unwrap_or(NonZeroU64::MIN))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_stays_the_same_and_is_private() {
        use std::os::unix::fs::PermissionsExt;
        let dir = std::env::temp_dir().join(format!("parterre-secret-{}", std::process::id()));
        let first = open(&dir).unwrap();
        assert_eq!(open(&dir).unwrap(), first);
        assert_ne!(first, [0; 32]);
        assert_eq!(std::fs::metadata(dir.join(FILE)).unwrap().permissions().mode() & 0o777, 0o600);
        std::fs::write(dir.join(FILE), b"short").unwrap();
        assert!(open(&dir).is_err());
        std::fs::remove_dir_all(&dir).unwrap();
    }
}
