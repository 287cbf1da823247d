//! Our own image server, as BMCs fetch from it.

use std::{
    io::Write as _,
    net::{IpAddr, SocketAddr},
    path::PathBuf,
};

use firmdeck::{
    file_body::OpenFile,
    images::{
        Grant, ImageServer, Scheme,
        server::{ServerError, address_towards},
    },
};
use openssl::ssl::{SslConnector, SslMethod, SslVerifyMode, SslVersion};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
};

const SIZE: usize = 3 << 20;

struct Bench {
    server: ImageServer,
    at: SocketAddr,
    image: PathBuf,
    bytes: Vec<u8>,
    _directory: tempfile::TempDir,
}

fn bmc() -> IpAddr {
    "127.0.0.1".parse().unwrap()
}

impl Bench {
    async fn serving(scheme: Scheme) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let image = directory.path().join("image");
        let bytes: Vec<u8> = (0..SIZE).map(|at| (at / 11 % 251) as u8).collect();
        std::fs::File::create(&image).unwrap().write_all(&bytes).unwrap();
        let server = ImageServer::new();
        let at = server.listen("127.0.0.1:0".parse().unwrap(), scheme).await.unwrap();
        Self { server, at, image, bytes, _directory: directory }
    }

    fn grant(&self, name: &str) -> Grant {
        self.server.register(&self.image(), name, bmc()).unwrap()
    }

    fn image(&self) -> OpenFile {
        OpenFile::open(&self.image).unwrap()
    }

    async fn ask(&self, method: &str, path: &str, headers: &str) -> Reply {
        let stream = TcpStream::connect(self.at).await.unwrap();
        exchange(stream, method, path, headers).await
    }
}

struct Reply {
    head: String,
    body: Vec<u8>,
}

impl Reply {
    fn status(&self) -> &str {
        self.head.split(' ').nth(1).unwrap_or("none")
    }

    fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.into_iter().find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

async fn exchange(mut stream: impl AsyncRead + AsyncWrite + Unpin, method: &str, path: &str, headers: &str) -> Reply {
    let request = format!("{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}\r\n");
    let mut bytes = Vec::new();
    if stream.write_all(request.as_bytes()).await.is_ok() {
        let _ = stream.read_to_end(&mut bytes).await;
    }
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").map_or(bytes.len(), |at| at + 4);
    Reply { head: String::from_utf8_lossy(&bytes[..end]).into_owned(), body: bytes[end..].to_vec() }
}

#[tokio::test]
async fn a_granted_image_is_served_whole_with_its_length_and_counted() {
    let bench = Bench::serving(Scheme::Http).await;
    let grant = bench.grant("BIOS_X.EXE");
    let reply = bench.ask("GET", &grant.path, "Accept-Encoding: gzip\r\n").await;
    assert_eq!(reply.status(), "200");
    assert!(reply.body == bench.bytes);
    assert_eq!(reply.header("content-length"), Some(SIZE.to_string().as_str()));
    assert_eq!(reply.header("accept-ranges"), Some("bytes"));
    assert_eq!((reply.header("content-encoding"), reply.header("transfer-encoding")), (None, None));
    assert_eq!((grant.sent(), grant.reached(), grant.size()), (SIZE as u64, SIZE as u64, SIZE as u64));
    assert_eq!(grant.url(Scheme::Http, bench.at), format!("http://{}{}", bench.at, grant.path));
}

#[tokio::test]
async fn a_head_tells_the_length_and_sends_nothing() {
    let bench = Bench::serving(Scheme::Http).await;
    let grant = bench.grant("x.fwpkg");
    let reply = bench.ask("HEAD", &grant.path, "").await;
    assert_eq!((reply.status(), reply.body.len()), ("200", 0));
    assert_eq!(reply.header("content-length"), Some(SIZE.to_string().as_str()));
    assert_eq!(grant.sent(), 0);
}

#[tokio::test]
async fn a_part_is_served_as_a_part() {
    let bench = Bench::serving(Scheme::Http).await;
    let grant = bench.grant("x.bin");
    let reply = bench.ask("GET", &grant.path, "Range: bytes=1000-1999\r\n").await;
    assert_eq!(reply.status(), "206");
    assert_eq!(reply.header("content-range"), Some(format!("bytes 1000-1999/{SIZE}").as_str()));
    assert!(reply.body == bench.bytes[1000..2000]);
    let reply = bench.ask("GET", &grant.path, "Range: bytes=-10\r\n").await;
    assert!(reply.status() == "206" && reply.body == bench.bytes[SIZE - 10..]);
    assert_eq!((grant.sent(), grant.reached()), (1010, SIZE as u64));
    let reply = bench.ask("GET", &grant.path, &format!("Range: bytes={SIZE}-\r\n")).await;
    assert_eq!((reply.status(), reply.header("content-range")), ("416", Some(format!("bytes */{SIZE}").as_str())));
    let reply = bench.ask("GET", &grant.path, "Range: bytes=0-1,5-6\r\n").await;
    assert_eq!((reply.status(), reply.body.len()), ("200", SIZE));
}

#[tokio::test]
async fn only_the_exact_path_exists_and_nobody_can_guess_it() {
    let bench = Bench::serving(Scheme::Http).await;
    let (grant, other) = (bench.grant("x.bin"), bench.grant("y.bin"));
    let token = grant.path.split('/').nth(2).unwrap().to_owned();
    assert!(token.len() == 32 && token.bytes().all(|byte| byte.is_ascii_hexdigit()), "{token}");
    assert_ne!(Some(token.as_str()), other.path.split('/').nth(2));
    for path in [
        "/",
        "/img",
        "/img/",
        &format!("/img/{token}"),
        &format!("/img/{token}/"),
        &format!("/img/{token}/y.bin"),
        &format!("/img/{token}/../x.bin"),
        &format!("/img/{token}/x.bin/"),
        &format!("/img/{}/x.bin", "0".repeat(32)),
        "/etc/passwd",
        "/img/../../../etc/passwd",
    ] {
        assert_eq!(bench.ask("GET", path, "").await.status(), "404", "{path}");
    }
    for method in ["POST", "PUT", "DELETE"] {
        assert_eq!(bench.ask(method, &grant.path, "").await.status(), "405", "{method}");
    }
    assert_eq!(grant.sent() + other.sent(), 0);
}

#[tokio::test]
async fn another_address_than_the_bmcs_gets_nothing() {
    let bench = Bench::serving(Scheme::Http).await;
    let grant = bench.grant("x.bin");
    let stranger = || async {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.9:0".parse().unwrap()).unwrap();
        exchange(socket.connect(bench.at).await.unwrap(), "GET", &grant.path, "").await
    };
    assert_eq!(stranger().await.head, "", "it is turned away without a word");
    // Nor does one that may fetch another image get this one.
    let theirs = bench.server.register(&bench.image(), "y.bin", "127.0.0.9".parse().unwrap()).unwrap();
    assert_eq!(stranger().await.status(), "404");
    assert_eq!(bench.ask("GET", &theirs.path, "").await.status(), "404");
    assert_eq!(grant.sent() + theirs.sent(), 0);
}

#[tokio::test]
async fn what_was_granted_is_gone_with_its_grant_also_in_mid_transfer() {
    let bench = Bench::serving(Scheme::Http).await;
    let grant = bench.grant("x.bin");
    let path = grant.path.clone();
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let mut slow = socket.connect(bench.at).await.unwrap();
    slow.write_all(format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n").as_bytes()).await.unwrap();
    let mut first = [0; 1000];
    slow.read_exact(&mut first).await.unwrap();
    drop(grant);
    assert_eq!(bench.ask("GET", &path, "").await.status(), "404");
    let mut rest = Vec::new();
    let _ = slow.read_to_end(&mut rest).await;
    assert!(rest.len() < SIZE - 1000, "{} bytes came after the grant had ended", rest.len());
}

#[tokio::test]
async fn a_name_is_the_end_of_the_path_whatever_is_in_it() {
    let bench = Bench::serving(Scheme::Http).await;
    let grant = bench.grant("BIOS X (2.1)%20ü.bin");
    assert!(grant.path.ends_with("/BIOS%20X%20%282.1%29%2520%C3%BC.bin"), "{}", grant.path);
    assert_eq!(bench.ask("HEAD", &grant.path, "").await.status(), "200");
    for name in ["", "a/b", "..", ".hidden", "a\r\nb", "a\\b"] {
        assert!(matches!(bench.server.register(&bench.image(), name, bmc()), Err(ServerError::Name(_))), "{name:?}");
    }
}

/// Fetches over TLS as a BMC that knows only this.
async fn over_tls(bench: &Bench, path: &str, version: SslVersion, ciphers: &str) -> Reply {
    let mut builder = SslConnector::builder(SslMethod::tls_client()).unwrap();
    builder.set_verify(SslVerifyMode::NONE);
    builder.set_cipher_list(ciphers).unwrap();
    builder.set_min_proto_version(Some(SslVersion::TLS1)).unwrap();
    builder.set_max_proto_version(Some(version)).unwrap();
    let ssl = builder.build().configure().unwrap().verify_hostname(false).into_ssl("firmdeck").unwrap();
    let stream = TcpStream::connect(bench.at).await.unwrap();
    let mut stream = tokio_openssl::SslStream::new(ssl, stream).unwrap();
    std::pin::Pin::new(&mut stream).connect().await.unwrap_or_else(|error| panic!("{version:?} {ciphers}: {error}"));
    exchange(stream, "GET", path, "").await
}

#[tokio::test]
async fn old_bmcs_can_speak_its_tls() {
    let bench = Bench::serving(Scheme::Https).await;
    let grant = bench.grant("x.bin");
    for (version, ciphers) in [
        (SslVersion::TLS1_3, "ALL:@SECLEVEL=2"),
        (SslVersion::TLS1_2, "ECDHE+AESGCM:@SECLEVEL=2"),
        (SslVersion::TLS1_2, "AES256-GCM-SHA384:@SECLEVEL=0"),
        (SslVersion::TLS1_2, "AES256-SHA:@SECLEVEL=0"),
        (SslVersion::TLS1_1, "AES256-SHA:@SECLEVEL=0"),
        (SslVersion::TLS1, "AES128-SHA:@SECLEVEL=0"),
    ] {
        let reply = over_tls(&bench, &grant.path, version, ciphers).await;
        assert_eq!(reply.status(), "200", "{version:?} {ciphers}");
        assert!(reply.body == bench.bytes, "{version:?} {ciphers}");
    }
}

#[test]
fn our_address_is_the_one_that_leads_to_the_bmc() {
    assert_eq!(address_towards("127.42.0.1".parse().unwrap()).unwrap().to_string(), "127.0.0.1");
}

#[tokio::test]
async fn an_address_that_is_not_ours_is_said_so() {
    let error = ImageServer::new().listen("192.0.2.1:0".parse().unwrap(), Scheme::Http).await.unwrap_err();
    assert!(error.to_string().contains("192.0.2.1"), "{error}");
}
