//! How a session begins: Open Session, and RAKP messages 1 to 4 (IPMI 2.0, 13.17 to 13.24).

use openssl::{memcmp, rand::rand_bytes};

use super::{
    cipher::{Keys, Suite},
    session::{Session, Sessions, Stage},
};

/// Status codes (IPMI 2.0, table 13-15).
mod status {
    pub(super) const NO_RESOURCES: u8 = 0x01;
    pub(super) const INVALID_SESSION: u8 = 0x02;
    pub(super) const NO_SUCH_USER: u8 = 0x0D;
    pub(super) const BAD_ROLE: u8 = 0x0C;
    pub(super) const BAD_CODE: u8 = 0x0F;
    pub(super) const NO_SUITE: u8 = 0x11;
}

/// Who may come in, and who the BMC is.
pub(super) struct Gate<'a> {
    pub(super) suites: &'a [Suite],
    pub(super) user: &'a str,
    pub(super) password: &'a [u8],
    /// The machine's UUID as IPMI has it.
    pub(super) guid: [u8; 16],
    /// What the user may do: 2 read, 3 operate, 4 administer.
    pub(super) most: u8,
    /// Whether no login is let in just now.
    pub(super) refuses: bool,
}

/// An answer, and whether it refused a login.
pub(super) struct Step {
    pub(super) payload: Vec<u8>,
    pub(super) refused: bool,
}

fn said(payload: Vec<u8>) -> Option<Step> {
    Some(Step { payload, refused: false })
}

fn refused(payload: Vec<u8>) -> Option<Step> {
    Some(Step { payload, refused: true })
}

impl Gate<'_> {
    /// Open Session Request -> Response.
    pub(super) fn open(&self, request: &[u8], sessions: &mut Sessions) -> Option<Step> {
        let (&[tag, _, _, _], rest) = request.split_first_chunk::<4>()?;
        let (theirs, proposals) = rest.split_first_chunk::<4>()?;
        let no = |status: u8| said([&[tag, status, 0, 0], theirs.as_slice()].concat());
        // Type, two reserved bytes, length 8, number, three reserved bytes; thrice.
        let number = |at: usize| proposals.get(at * 8 + 4).map(|number| number & 0x3F);
        let algorithms = [number(0)?, number(1)?, number(2)?];
        let Some(suite) = Suite::of(algorithms).filter(|suite| self.suites.contains(suite)) else {
            return no(status::NO_SUITE);
        };
        let mut ours = [0; 4];
        rand_bytes(&mut ours).ok()?;
        // Zero is no session.
        ours[0] |= 1;
        if !sessions.add(Session::new(u32::from_le_bytes(ours), u32::from_le_bytes(*theirs), suite, self.most)) {
            return no(status::NO_RESOURCES);
        }
        let mut payload = [&[tag, 0, self.most, 0], theirs.as_slice(), &ours].concat();
        for (kind, number) in (0_u8..).zip(algorithms) {
            payload.extend([kind, 0, 0, 8, number, 0, 0, 0]);
        }
        said(payload)
    }

    /// RAKP 1 -> 2.
    pub(super) fn ask(&self, request: &[u8], sessions: &mut Sessions) -> Option<Step> {
        let (&[tag, _, _, _], rest) = request.split_first_chunk::<4>()?;
        let (ours, rest) = rest.split_first_chunk::<4>()?;
        let (theirs, who) = rest.split_first_chunk::<16>()?;
        // Role, two reserved bytes, length, name.
        let (&[role, _, _, length], name) = who.split_first_chunk::<4>()?;
        let name = name.get(..usize::from(length))?;
        let no = |status: u8| [tag, status, 0, 0, 0, 0, 0, 0].to_vec();
        let Some(session) = sessions.get(u32::from_le_bytes(*ours)) else {
            return said(no(status::INVALID_SESSION));
        };
        let their_number = session.theirs.to_le_bytes();
        let no = |status: u8| [&[tag, status, 0, 0], their_number.as_slice()].concat();
        if name != self.user.as_bytes() || self.refuses {
            return refused(no(status::NO_SUCH_USER));
        }
        if role & 0x0F > self.most {
            return refused(no(status::BAD_ROLE));
        }
        let mut random = [0; 16];
        rand_bytes(&mut random).ok()?;
        let who = [&[role, length], name].concat();
        let parts: [&[u8]; 6] = [&their_number, ours, theirs, &random, &self.guid, &who];
        let code = session.suite.hmac(self.password, &parts).ok()?;
        session.stage = Stage::Asked { theirs: *theirs, ours: random, who };
        said([&[tag, 0, 0, 0], their_number.as_slice(), &random, &self.guid, &code].concat())
    }

    /// RAKP 3 -> 4. From then on the session is active.
    pub(super) fn prove(&self, request: &[u8], sessions: &mut Sessions) -> Option<Step> {
        let (&[tag, status, _, _], rest) = request.split_first_chunk::<4>()?;
        let (ours, code) = rest.split_first_chunk::<4>()?;
        let number = u32::from_le_bytes(*ours);
        let session = sessions.get(number)?;
        let their_number = session.theirs.to_le_bytes();
        let no = |status: u8| [&[tag, status, 0, 0], their_number.as_slice()].concat();
        let Stage::Asked { theirs, ours: random, who } = &session.stage else {
            return said(no(status::INVALID_SESSION));
        };
        if status != 0 {
            // The console found our code wrong: another password. It wants no answer.
            sessions.remove(number);
            return refused(Vec::new());
        }
        let expected = session.suite.hmac(self.password, &[random, &their_number, who]).ok()?;
        if expected.len() != code.len() || !memcmp::eq(&expected, code) {
            let answer = no(status::BAD_CODE);
            sessions.remove(number);
            return refused(answer);
        }
        let key = session.suite.hmac(self.password, &[theirs, random, who]).ok()?;
        let mut proof = session.suite.hmac(&key, &[theirs, ours, &self.guid]).ok()?;
        proof.truncate(session.suite.code());
        let payload = [&[tag, 0, 0, 0], their_number.as_slice(), &proof].concat();
        session.stage = Stage::Active(Keys::new(session.suite, &key).ok()?);
        said(payload)
    }
}
