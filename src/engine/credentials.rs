//! Telling whether a refused credential has changed, without keeping it.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};

use crate::bmc::Credentials;

/// Digests of credentials: scrypt with the database's salt, computed once a process for each credential.
pub(super) struct Prints {
    salt: Vec<u8>,
    known: Mutex<HashMap<[u8; 32], Vec<u8>>>,
}

impl Prints {
    pub(super) fn new(salt: Vec<u8>) -> Self {
        Self { salt, known: Mutex::default() }
    }

    /// The digest of `credentials`. Takes some 50 ms the first time: call it where blocking is allowed.
    pub(super) fn of(&self, credentials: &Credentials) -> Vec<u8> {
        let mut fast = Sha256::new();
        fast.update(credentials.username.as_bytes());
        fast.update([0]);
        fast.update(credentials.password.expose_secret().as_bytes());
        let key: [u8; 32] = fast.finalize().into();
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.entry(key).or_insert_with(|| slow(&key, &self.salt)).clone()
    }
}

/// scrypt with the interactive parameters of RFC 7914 (N = 2^14, r = 8, p = 1).
fn slow(key: &[u8], salt: &[u8]) -> Vec<u8> {
    let mut print = vec![0; 32];
    match openssl::pkcs5::scrypt(key, salt, 1 << 14, 8, 1, 64 << 20, &mut print) {
        Ok(()) => print,
        // Without a digest nothing can be recognised, which only means that the operator is asked again.
        Err(_) => Vec::new(),
    }
}
