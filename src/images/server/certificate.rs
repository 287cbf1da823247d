//! TLS that old BMCs can speak: RSA, since some know no other key, and every cipher that encrypts. What it protects are
//! images that their makers signed; who may fetch them is told by address and path.

use std::net::IpAddr;

use openssl::{
    asn1::Asn1Time,
    bn::{BigNum, MsbOption},
    error::ErrorStack,
    hash::MessageDigest,
    pkey::{PKey, Private},
    rsa::Rsa,
    ssl::{SslAcceptor, SslMethod, SslMode, SslOptions, SslSessionCacheMode, SslVerifyMode, SslVersion},
    x509::{X509, X509NameBuilder, extension::SubjectAlternativeName},
};

const BITS: u32 = 2048;

/// An acceptor with a fresh self-signed certificate for `address`.
pub(super) fn acceptor(address: IpAddr) -> Result<SslAcceptor, ErrorStack> {
    let key = PKey::from_rsa(Rsa::generate(BITS)?)?;
    let mut builder = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls_server())?;
    builder.set_cipher_list("ALL:!aNULL:!eNULL:!PSK:!SRP:@SECLEVEL=0")?;
    builder.set_min_proto_version(Some(SslVersion::TLS1))?;
    builder.clear_options(SslOptions::NO_TLSV1 | SslOptions::NO_TLSV1_1);
    builder.set_verify(SslVerifyMode::NONE);
    let certificate = certificate(&key, address)?;
    builder.set_certificate(&certificate)?;
    builder.set_private_key(&key)?;
    builder.set_session_cache_mode(SslSessionCacheMode::OFF);
    builder.set_mode(SslMode::RELEASE_BUFFERS);
    Ok(builder.build())
}

fn certificate(key: &PKey<Private>, address: IpAddr) -> Result<X509, ErrorStack> {
    let mut name = X509NameBuilder::new()?;
    name.append_entry_by_text("O", "firmdeck")?;
    name.append_entry_by_text("CN", "firmdeck image server")?;
    let name = name.build();
    let mut builder = X509::builder()?;
    builder.set_version(2)?;
    let mut serial = BigNum::new()?;
    serial.rand(127, MsbOption::MAYBE_ZERO, false)?;
    let serial = serial.to_asn1_integer()?;
    builder.set_serial_number(&serial)?;
    builder.set_subject_name(&name)?;
    builder.set_issuer_name(&name)?;
    builder.set_pubkey(key)?;
    // Fixed dates with a wide berth: BMC clocks are wrong, and some stand in 2000.
    let (from, to) = (Asn1Time::from_unix(0)?, Asn1Time::from_unix(2_145_916_800)?);
    builder.set_not_before(&from)?;
    builder.set_not_after(&to)?;
    let names = SubjectAlternativeName::new().ip(&address.to_string()).build(&builder.x509v3_context(None, None))?;
    builder.append_extension(names)?;
    builder.sign(key, MessageDigest::sha256())?;
    Ok(builder.build())
}
