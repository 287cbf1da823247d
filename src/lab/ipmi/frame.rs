//! Packets as they lie on the wire. Pure: every byte is a client's.

/// RMCP: version 6, no acknowledgement wanted.
const RMCP: [u8; 3] = [6, 0, 0xFF];
const CLASS_ASF: u8 = 6;
const CLASS_IPMI: u8 = 7;
const FORMAT_2_0: u8 = 6;

/// What a packet is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Packet<'a> {
    /// An RMCP presence ping, with its tag.
    Ping(u8),
    /// A message in the format of IPMI 1.5, outside of every session.
    Old(&'a [u8]),
    /// A packet of IPMI 2.0.
    New(New<'a>),
}

/// A packet of IPMI 2.0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct New<'a> {
    /// Payload type without its flags.
    pub(super) kind: u8,
    pub(super) encrypted: bool,
    pub(super) authenticated: bool,
    pub(super) session: u32,
    pub(super) sequence: u32,
    pub(super) payload: &'a [u8],
    /// Everything from the format byte on: what the code at the end is made over, and that code.
    pub(super) signed: &'a [u8],
}

/// Payload types.
pub(super) mod kind {
    pub(crate) const MESSAGE: u8 = 0;
    pub(crate) const OPEN_REQUEST: u8 = 0x10;
    pub(crate) const OPEN_RESPONSE: u8 = 0x11;
    pub(crate) const RAKP_1: u8 = 0x12;
    pub(crate) const RAKP_2: u8 = 0x13;
    pub(crate) const RAKP_3: u8 = 0x14;
    pub(crate) const RAKP_4: u8 = 0x15;
}

/// Reads a packet; nothing where it is none that the lab knows.
pub(super) fn read(bytes: &[u8]) -> Option<Packet<'_>> {
    let (&[version, _, _, class], rest) = bytes.split_first_chunk::<4>()?;
    match (version, class) {
        (6, CLASS_ASF) => match rest {
            // IANA 4542 (ASF), type 80h: presence ping.
            [0, 0, 0x11, 0xBE, 0x80, tag, ..] => Some(Packet::Ping(*tag)),
            _ => None,
        },
        (6, CLASS_IPMI) => match rest {
            [FORMAT_2_0, ..] => read_new(rest).map(Packet::New),
            // No authentication, sequence, session, length.
            [0, _, _, _, _, _, _, _, _, length, message @ ..] => message.get(..usize::from(*length)).map(Packet::Old),
            _ => None,
        },
        _ => None,
    }
}

fn read_new(bytes: &[u8]) -> Option<New<'_>> {
    let number = |at: usize| bytes.get(at..at + 4)?.try_into().ok().map(u32::from_le_bytes);
    let flags = *bytes.get(1)?;
    let length = u16::from_le_bytes(bytes.get(10..12)?.try_into().ok()?);
    Some(New {
        kind: flags & 0x3F,
        encrypted: flags & 0x80 != 0,
        authenticated: flags & 0x40 != 0,
        session: number(2)?,
        sequence: number(6)?,
        payload: bytes.get(12..12 + usize::from(length))?,
        signed: bytes,
    })
}

/// A presence pong that names IPMI.
pub(super) fn pong(tag: u8) -> Vec<u8> {
    let mut bytes = [RMCP.as_slice(), &[CLASS_ASF, 0, 0, 0x11, 0xBE, 0x40, tag, 0, 16]].concat();
    bytes.extend([0, 0, 0x11, 0xBE, 0, 0, 0, 0, 0x81, 0, 0, 0, 0, 0, 0, 0]);
    bytes
}

/// A message in the format of IPMI 1.5.
pub(super) fn old(message: &[u8]) -> Vec<u8> {
    let mut bytes = [RMCP.as_slice(), &[CLASS_IPMI], &[0; 9]].concat();
    bytes.push(u8::try_from(message.len()).unwrap_or(u8::MAX));
    bytes.extend_from_slice(message);
    bytes
}

/// A packet of IPMI 2.0 without a code.
pub(super) fn new(kind: u8, session: u32, sequence: u32, payload: &[u8]) -> Vec<u8> {
    let mut bytes = [RMCP.as_slice(), &[CLASS_IPMI, FORMAT_2_0, kind]].concat();
    bytes.extend(session.to_le_bytes());
    bytes.extend(sequence.to_le_bytes());
    bytes.extend(u16::try_from(payload.len()).unwrap_or(u16::MAX).to_le_bytes());
    bytes.extend_from_slice(payload);
    bytes
}

/// A packet of IPMI 2.0 that is encrypted and awaits its code: from the format byte on it is a multiple of four.
pub(super) fn sealed(kind: u8, session: u32, sequence: u32, payload: &[u8]) -> Vec<u8> {
    let mut bytes = new(kind | 0xC0, session, sequence, payload);
    let pad = (4 - (bytes.len() - RMCP.len() - 1 + 2) % 4) % 4;
    bytes.extend(std::iter::repeat_n(0xFF, pad));
    bytes.extend([u8::try_from(pad).unwrap_or_default(), 7]);
    bytes
}

/// The part of an outgoing packet that its code is made over.
pub(super) fn signed(packet: &[u8]) -> &[u8] {
    packet.get(RMCP.len() + 1..).unwrap_or_default()
}

/// A request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Message<'a> {
    responder: u8,
    requester: u8,
    sequence: u8,
    lun: u8,
    /// Network function.
    pub(super) function: u8,
    /// Command.
    pub(super) command: u8,
    /// Its data.
    pub(super) data: &'a [u8],
}

impl<'a> Message<'a> {
    /// Reads a request; nothing where its sums are wrong.
    pub(super) fn read(bytes: &'a [u8]) -> Option<Self> {
        let (&[responder, function, _, requester, sequence, command], rest) = bytes.split_first_chunk::<6>()?;
        let (_, data) = rest.split_last()?;
        let fits = sum(bytes.get(..3)?) == 0 && sum(bytes.get(3..)?) == 0;
        let lun = function & 3;
        fits.then_some(Self { responder, requester, sequence, lun, function: function >> 2, command, data })
    }

    /// The answer to it.
    pub(super) fn answer(&self, code: u8, data: &[u8]) -> Vec<u8> {
        let mut bytes = vec![self.requester, (self.function | 1) << 2 | (self.sequence & 3)];
        bytes.push(0_u8.wrapping_sub(sum(&bytes)));
        let mut rest = vec![self.responder, (self.sequence & 0xFC) | self.lun, self.command, code];
        rest.extend_from_slice(data);
        rest.push(0_u8.wrapping_sub(sum(&rest)));
        bytes.extend(rest);
        bytes
    }
}

fn sum(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |sum: u8, byte| sum.wrapping_add(*byte))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_request_in_the_old_format_is_read_and_answered() {
        // Get Channel Authentication Capabilities as ipmitool sends it.
        let bytes = b"\x06\x00\xff\x07\x00\x00\x00\x00\x00\x00\x00\x00\x00\x09\x20\x18\xc8\x81\x00\x38\x8e\x04\xb5";
        let Some(Packet::Old(message)) = read(bytes) else { panic!() };
        let message = Message::read(message).unwrap();
        assert_eq!((message.function, message.command, message.data), (6, 0x38, &[0x8E, 4][..]));
        let answer = message.answer(0, &[1]);
        assert_eq!(answer[..3], [0x81, 0x1C, 0x63]);
        assert_eq!((sum(&answer[..3]), sum(&answer[3..])), (0, 0));
        assert_eq!(Message::read(b"\x20\x18\xc9\x81\x00\x38\x8e\x04\xb5"), None);
    }

    #[test]
    fn a_packet_of_the_new_format_reads_as_it_was_made() {
        let bytes = new(kind::RAKP_1, 7, 9, b"payload");
        let Some(Packet::New(packet)) = read(&bytes) else { panic!() };
        assert_eq!(
            (packet.kind, packet.session, packet.sequence, packet.payload),
            (kind::RAKP_1, 7, 9, &b"payload"[..])
        );
        assert!(!packet.encrypted && !packet.authenticated);
        for length in 0..9 {
            assert_eq!(signed(&sealed(0, 1, 2, &vec![0; length])).len() % 4, 0);
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..80), class in 5_u8..9) {
            let _ = read(&bytes);
            let _ = Message::read(&bytes);
            let _ = read(&[&[6, 0, 0xFF, class][..], &bytes].concat());
        }
    }
}
