//! A certificate of its own for every BMC.

use std::sync::{Mutex, PoisonError};

use openssl::{
    asn1::Asn1Time,
    bn::{BigNum, BigNumContext},
    ec::{EcGroup, EcKey, EcPoint},
    error::ErrorStack,
    hash::MessageDigest,
    nid::Nid,
    pkey::{PKey, Private},
    ssl::{SslAcceptor, SslMethod, SslSessionCacheMode},
    x509::{X509, X509NameBuilder, extension::SubjectAlternativeName},
};
use sha2::{Digest, Sha256};

use crate::lab::model::Identity;

/// What a BMC shows of itself before HTTP: it may make itself a new certificate while it runs.
pub(in crate::lab) struct Tls {
    identity: Identity,
    address: String,
    seed: u64,
    current: Mutex<(u64, SslAcceptor)>,
}

impl Tls {
    pub(in crate::lab) fn new(identity: &Identity, address: &str, seed: u64) -> Result<Self, ErrorStack> {
        let first = acceptor(identity, address, seed, 0)?;
        let (identity, address) = (identity.clone(), address.to_owned());
        Ok(Self { identity, address, seed, current: Mutex::new((0, first)) })
    }

    /// TLS with the certificate of that number.
    pub(super) fn acceptor(&self, number: u64) -> Result<SslAcceptor, ErrorStack> {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if current.0 != number {
            *current = (number, acceptor(&self.identity, &self.address, self.seed, number)?);
        }
        Ok(current.1.clone())
    }
}

/// TLS as a BMC offers it, with a self-signed P-256 certificate. RSA would make the lab's own signing what a fleet's
/// scan measures.
fn acceptor(identity: &Identity, address: &str, seed: u64, number: u64) -> Result<SslAcceptor, ErrorStack> {
    let key = key(identity, seed, number)?;
    let mut builder = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls_server())?;
    let certificate = certificate(&key, identity, address)?;
    builder.set_private_key(&key)?;
    builder.set_certificate(&certificate)?;
    builder.set_session_cache_mode(SslSessionCacheMode::OFF);
    Ok(builder.build())
}

/// The key follows from seed and place: who pinned a BMC's key yesterday finds the same one today.
fn key(identity: &Identity, seed: u64, number: u64) -> Result<PKey<Private>, ErrorStack> {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1)?;
    let again = if number == 0 { String::new() } else { format!(" {number}") };
    let text = format!("firmdeck lab key {seed} {}{again}", identity.serial);
    let mut secret = Sha256::digest(text.as_bytes()).to_vec();
    // Below the order of the group, and not zero.
    if let Some(first) = secret.first_mut() {
        *first = (*first & 0x7f) | 0x01;
    }
    let secret = BigNum::from_slice(&secret)?;
    let mut context = BigNumContext::new()?;
    let mut public = EcPoint::new(&group)?;
    public.mul_generator2(&group, &secret, &mut context)?;
    PKey::from_ec_key(EcKey::from_private_components(&group, &secret, &public)?)
}

fn certificate(key: &PKey<Private>, identity: &Identity, address: &str) -> Result<X509, ErrorStack> {
    let mut name = X509NameBuilder::new()?;
    name.append_entry_by_nid(Nid::ORGANIZATIONNAME, "firmdeck lab")?;
    name.append_entry_by_nid(Nid::COMMONNAME, &identity.bmc_name)?;
    let name = name.build();
    let mut builder = X509::builder()?;
    builder.set_version(2)?;
    let number = u32::try_from(identity.index).unwrap_or_default().wrapping_add(1);
    let serial = BigNum::from_u32(number)?.to_asn1_integer()?;
    builder.set_serial_number(&serial)?;
    builder.set_subject_name(&name)?;
    builder.set_issuer_name(&name)?;
    builder.set_pubkey(key)?;
    // Fixed dates: two runs of one lab differ in nothing but the signature.
    let (from, to) = (Asn1Time::from_unix(1_704_067_200)?, Asn1Time::from_unix(2_335_219_200)?);
    builder.set_not_before(&from)?;
    builder.set_not_after(&to)?;
    let names =
        SubjectAlternativeName::new().dns(&identity.bmc_name).ip(address).build(&builder.x509v3_context(None, None))?;
    builder.append_extension(names)?;
    builder.sign(key, MessageDigest::sha256())?;
    Ok(builder.build())
}
