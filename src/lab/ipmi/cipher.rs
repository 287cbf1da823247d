//! The two cipher suites of the lab: HMAC for who is who, HMAC for every packet, AES for its contents.

use openssl::{
    error::ErrorStack,
    hash::MessageDigest,
    pkey::PKey,
    rand::rand_bytes,
    sign::Signer,
    symm::{Cipher, Crypter, Mode},
};

/// Length of an AES block and of its key.
const BLOCK: usize = 16;

/// A cipher suite (IPMI 2.0, table 22-20).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::lab) enum Suite {
    /// RAKP-HMAC-SHA1, HMAC-SHA1-96, AES-CBC-128.
    Three,
    /// RAKP-HMAC-SHA256, HMAC-SHA256-128, AES-CBC-128.
    Seventeen,
}

impl Suite {
    /// Its number, and those of its algorithms: authentication, integrity, confidentiality.
    pub(super) const fn numbers(self) -> (u8, [u8; 3]) {
        match self {
            Self::Three => (3, [1, 1, 1]),
            Self::Seventeen => (17, [3, 4, 1]),
        }
    }

    /// The suite of three algorithms.
    pub(super) fn of(algorithms: [u8; 3]) -> Option<Self> {
        [Self::Three, Self::Seventeen].into_iter().find(|suite| suite.numbers().1 == algorithms)
    }

    /// Bytes of the code at the end of each packet, and of RAKP message 4.
    pub(super) const fn code(self) -> usize {
        match self {
            Self::Three => 12,
            Self::Seventeen => 16,
        }
    }

    /// HMAC over the parts, whole.
    pub(super) fn hmac(self, key: &[u8], parts: &[&[u8]]) -> Result<Vec<u8>, ErrorStack> {
        let digest = match self {
            Self::Three => MessageDigest::sha1(),
            Self::Seventeen => MessageDigest::sha256(),
        };
        let key = PKey::hmac(key)?;
        let mut signer = Signer::new(digest, &key)?;
        parts.iter().try_for_each(|part| signer.update(part))?;
        signer.sign_to_vec()
    }
}

/// The keys of one session, made from its session integrity key (IPMI 2.0, 13.32).
#[derive(Clone)]
pub(super) struct Keys {
    suite: Suite,
    integrity: Vec<u8>,
    confidentiality: Vec<u8>,
}

impl Keys {
    pub(super) fn new(suite: Suite, session: &[u8]) -> Result<Self, ErrorStack> {
        let derive = |number: u8| suite.hmac(session, &[&[number; 20]]);
        Ok(Self { suite, integrity: derive(1)?, confidentiality: derive(2)? })
    }

    /// The code of a packet.
    pub(super) fn code(&self, packet: &[u8]) -> Result<Vec<u8>, ErrorStack> {
        let mut code = self.suite.hmac(&self.integrity, &[packet])?;
        code.truncate(self.suite.code());
        Ok(code)
    }

    /// Bytes of that code.
    pub(super) const fn code_length(&self) -> usize {
        self.suite.code()
    }

    /// What an encrypted payload holds; nothing where it was altered.
    pub(super) fn open(&self, payload: &[u8]) -> Option<Vec<u8>> {
        let (vector, sealed) = payload.split_at_checked(BLOCK)?;
        if sealed.is_empty() || sealed.len() % BLOCK != 0 {
            return None;
        }
        let mut plain = self.crypt(Mode::Decrypt, vector, sealed).ok()?;
        // 1, 2, 3 … and how many of them.
        let pad = usize::from(plain.pop()?);
        let at = plain.len().checked_sub(pad).filter(|_| pad < BLOCK)?;
        let padding = plain.split_off(at);
        padding.iter().zip(1_u8..).all(|(byte, number)| *byte == number).then_some(plain)
    }

    /// An encrypted payload.
    pub(super) fn seal(&self, plain: &[u8]) -> Result<Vec<u8>, ErrorStack> {
        let mut vector = [0; BLOCK];
        rand_bytes(&mut vector)?;
        let pad = (BLOCK - (plain.len() + 1) % BLOCK) % BLOCK;
        let numbers = (1_u8..).take(pad);
        let mut padded: Vec<u8> = plain.iter().copied().chain(numbers).collect();
        padded.push(u8::try_from(pad).unwrap_or_default());
        Ok([vector.to_vec(), self.crypt(Mode::Encrypt, &vector, &padded)?].concat())
    }

    fn crypt(&self, mode: Mode, vector: &[u8], bytes: &[u8]) -> Result<Vec<u8>, ErrorStack> {
        let key = self.confidentiality.get(..BLOCK).unwrap_or_default();
        let mut crypter = Crypter::new(Cipher::aes_128_cbc(), mode, key, Some(vector))?;
        crypter.pad(false);
        let mut out = vec![0; bytes.len() + BLOCK];
        let mut count = crypter.update(bytes, &mut out)?;
        count += crypter.finalize(out.get_mut(count..).unwrap_or_default())?;
        out.truncate(count);
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_again_and_an_altered_payload_does_not_pass_its_code() {
        for suite in [Suite::Three, Suite::Seventeen] {
            let keys = Keys::new(suite, b"a session's key").unwrap();
            for length in 0..40 {
                let plain: Vec<u8> = (0..length).collect();
                let sealed = keys.seal(&plain).unwrap();
                assert_eq!(keys.open(&sealed), Some(plain));
            }
            let code = keys.code(b"packet").unwrap();
            assert_eq!(code.len(), suite.code());
            assert_ne!(code, keys.code(b"pocket").unwrap());
        }
        let keys = Keys::new(Suite::Three, b"k").unwrap();
        assert_eq!(keys.open(&[0; 15]), None);
        assert_eq!(keys.open(&[0; 16]), None);
        assert_eq!(keys.open(&[0; 33]), None);
    }

    #[test]
    fn hmac_is_that_of_rfc_4231_and_rfc_2202() {
        let hex = |bytes: Vec<u8>| crate::lab::hex::hex(&bytes);
        let (key, text): (_, &[&[u8]]) = (b"Jefe", &[b"what do ya want ", b"for nothing?"]);
        assert_eq!(hex(Suite::Three.hmac(key, text).unwrap()), "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
        assert!(hex(Suite::Seventeen.hmac(key, text).unwrap()).starts_with("5bdcc146bf60754e6a042426089575c7"));
    }
}
