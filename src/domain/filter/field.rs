//! The properties that a query can ask for.

/// A property of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// Our id.
    Id,
    /// The operator's name for the server.
    Name,
    /// The BMC's address: `10.0.0.5`, `10.0.0.5:8443` or a network such as `10.0.0.0/24`.
    Address,
    /// The brand.
    Vendor,
    /// The BMC software.
    Stack,
    /// The vendor's generation word.
    Generation,
    /// The model.
    Model,
    /// The serial number.
    Serial,
    /// The service tag.
    Tag,
    /// The SMBIOS UUID.
    Uuid,
    /// The board that images are matched by.
    Board,
    /// The name of the operating system side.
    Host,
    /// The rack.
    Rack,
    /// The rack unit.
    Unit,
    /// The site.
    Site,
    /// Redfish PowerState.
    Power,
    /// Redfish Health.
    Health,
    /// The system firmware that the machine runs.
    Bios,
    /// The firmware that the BMC runs.
    Bmc,
}

/// What a field's values are, which decides how they are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    /// Text, whatever the case.
    Text,
    /// A word that vendors write in several ways.
    Word,
    /// A brand.
    Vendor,
    /// An address or a network.
    Address,
    /// A rack unit.
    Number,
    /// A version.
    Version,
}

impl Field {
    /// Every field with its word, in the order of messages.
    pub const WORDS: [(Self, &'static str); 19] = [
        (Self::Id, "id"),
        (Self::Name, "name"),
        (Self::Address, "address"),
        (Self::Vendor, "vendor"),
        (Self::Stack, "stack"),
        (Self::Generation, "generation"),
        (Self::Model, "model"),
        (Self::Serial, "serial"),
        (Self::Tag, "tag"),
        (Self::Uuid, "uuid"),
        (Self::Board, "board"),
        (Self::Host, "host"),
        (Self::Rack, "rack"),
        (Self::Unit, "unit"),
        (Self::Site, "site"),
        (Self::Power, "power"),
        (Self::Health, "health"),
        (Self::Bios, "bios"),
        (Self::Bmc, "bmc"),
    ];

    /// The word for it in queries.
    #[must_use]
    pub fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(field, _)| *field == self).map_or("", |(_, word)| word)
    }

    pub(super) fn from_word(word: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(_, known)| known.eq_ignore_ascii_case(word)).map(|(field, _)| *field)
    }

    pub(super) const fn sort(self) -> Sort {
        match self {
            Self::Id
            | Self::Name
            | Self::Model
            | Self::Serial
            | Self::Tag
            | Self::Board
            | Self::Host
            | Self::Rack
            | Self::Site => Sort::Text,
            Self::Stack | Self::Generation | Self::Uuid | Self::Power | Self::Health => Sort::Word,
            Self::Vendor => Sort::Vendor,
            Self::Address => Sort::Address,
            Self::Unit => Sort::Number,
            Self::Bios | Self::Bmc => Sort::Version,
        }
    }

    /// Whether `<` and `>` mean something for it.
    pub(super) const fn has_order(self) -> bool {
        matches!(self.sort(), Sort::Number | Sort::Version)
    }

    /// Whether the operator gives it, so that its absence is known and not merely unread.
    pub(super) const fn is_given(self) -> bool {
        matches!(self, Self::Id | Self::Name | Self::Address | Self::Rack | Self::Unit | Self::Site)
    }
}
