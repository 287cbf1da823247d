//! What a BMC says when it does not do what it was asked.

use crate::lab::bios::{Complaint, Wrong};

/// Why a BMC does not do what it was asked, before any vendor's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// No credentials, or an unknown token.
    NotLoggedIn,
    /// Wrong name or password.
    WrongCredentials,
    /// The session table is full.
    SessionsFull,
    /// No such resource.
    NotFound(String),
    /// The resource has no such method.
    MethodNotAllowed(String),
    /// The body is not JSON.
    MalformedJson,
    /// The body lacks a property.
    Missing(&'static str),
    /// A parameter has a value the action does not take.
    BadValue {
        /// The parameter.
        name: &'static str,
        /// What was sent.
        value: String,
    },
    /// The host is on already.
    AlreadyOn,
    /// The host is off already.
    AlreadyOff,
    /// A query parameter the BMC does not take; the status is the profile's.
    Query {
        /// The parameter.
        name: String,
        /// Its value.
        value: String,
        /// HTTP status.
        status: u16,
    },
    /// The request is for another version of OData than 4.0.
    OtherOData(String),
    /// The BMC takes no images this way.
    NoImages(String),
    /// Another update or task keeps the BMC from taking an image.
    Busy {
        /// When to ask again.
        seconds: u64,
    },
    /// A property of the body that the BMC does not know.
    UnknownProperty(String),
    /// A part of an upload is missing, at the wrong place, or not what it should be.
    BadPart(&'static str),
    /// The resource is not what the client says that it read.
    Changed,
    /// The image itself is not what the BMC can use, in the vendor's words.
    BadImage(&'static str, String),
    /// The name of the pushed file is none that the BMC takes.
    FileName(String),
    /// The image is larger than the BMC takes.
    TooLarge(u64),
    /// The host must be off for this.
    HostOn(&'static str),
    /// A licence is missing.
    Unlicensed,
    /// This version is there already.
    SameVersion(String),
    /// The BMC waits for another image, or for this one to be started.
    InUpdateMode(crate::lab::model::Kind),
    /// Nothing was uploaded that could be started.
    NothingToStart,
    /// The host passes through POST.
    InPost,
    /// The account may not do this.
    NotPrivileged,
    /// A BIOS setting that is refused.
    Setting(Complaint),
    /// BIOS settings wait already, or none does.
    SettingsCommitted,
    /// The resource is not in the state that the request is for.
    OtherState,
    /// Changes are locked.
    LockedDown,
    /// The BMC does not say why.
    Silent(u16),
    /// The service failed inside.
    Internal,
}

/// One message in an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// HTTP status.
    pub status: u16,
    /// Message id: a whole one (`IDRAC.2.7.RAC0218`), or only its last part for the standard's registry
    /// (`ResourceMissingAtURI`), to which the vendor's form adds prefix and version.
    pub id: String,
    /// The text.
    pub message: String,
    /// What the text was made from.
    pub args: Vec<String>,
    /// `OK`, `Warning` or `Critical`.
    pub severity: &'static str,
    /// What to do.
    pub resolution: &'static str,
}

impl Said {
    /// A message.
    pub(super) fn new(status: u16, id: &str, message: impl Into<String>, args: &[&str]) -> Self {
        Self {
            status,
            id: id.to_owned(),
            message: message.into(),
            args: args.iter().map(|&arg| arg.to_owned()).collect(),
            severity: if status < 300 { "OK" } else { "Critical" },
            resolution: "None.",
        }
    }

    /// The same with a resolution.
    pub(super) fn resolve(mut self, resolution: &'static str) -> Self {
        self.resolution = resolution;
        self
    }

    /// The same with another severity.
    pub(super) fn severity(mut self, severity: &'static str) -> Self {
        self.severity = severity;
        self
    }

    /// The id with `prefix` unless it is whole already.
    #[must_use]
    pub fn full_id(&self, prefix: &str) -> String {
        if self.id.contains('.') { self.id.clone() } else { format!("{prefix}.{}", self.id) }
    }
}

/// The standard's words (DMTF Base registry), for every vendor that has none of its own.
#[must_use]
pub(super) fn standard(trouble: &Trouble) -> Said {
    match trouble {
        Trouble::NotLoggedIn => {
            Said::new(401, "NoValidSession", "There is no valid session established with the implementation.", &[])
                .resolve("Establish a session before attempting any operations.")
        }
        Trouble::WrongCredentials => Said::new(
            401,
            "ResourceAtUriUnauthorized",
            "While accessing the resource at '/redfish/v1/SessionService/Sessions', the service received an \
             authorization error 'Invalid username or password'.",
            &["/redfish/v1/SessionService/Sessions", "Invalid username or password"],
        )
        .resolve("Ensure that the appropriate access is provided for the service in order for it to access the URI."),
        Trouble::SessionsFull => Said::new(
            503,
            "SessionLimitExceeded",
            "The session establishment failed due to the number of simultaneous sessions exceeding the limit of the \
             implementation.",
            &[],
        )
        .resolve("Reduce the number of other sessions before trying to establish the session."),
        Trouble::NotFound(uri) => {
            Said::new(404, "ResourceMissingAtURI", format!("The resource at the URI {uri} was not found."), &[uri])
                .resolve("Place a valid resource at the URI or correct the URI and resubmit the request.")
        }
        Trouble::MethodNotAllowed(method) => Said::new(
            405,
            "OperationNotAllowed",
            format!("The HTTP method {method} is not allowed on this resource."),
            &[],
        ),
        Trouble::MalformedJson => Said::new(
            400,
            "MalformedJSON",
            "The request body submitted was malformed JSON and could not be parsed by the receiving service.",
            &[],
        )
        .resolve("Ensure that the request body is valid JSON and resubmit the request."),
        Trouble::Missing(name) => Said::new(
            400,
            "PropertyMissing",
            format!("The property {name} is a required property and must be included in the request."),
            &[name],
        )
        .severity("Warning"),
        Trouble::BadValue { name, value } => Said::new(
            400,
            "ActionParameterNotSupported",
            format!("The value {value} for the parameter {name} is not supported by the requested resource."),
            &[name, value],
        )
        .severity("Warning"),
        Trouble::AlreadyOn | Trouble::AlreadyOff => Said::new(
            409,
            "ResourceInStandby",
            "The request could not be performed because the host is in that power state already.",
            &[],
        ),
        Trouble::Query { name, value, status } => Said::new(
            *status,
            "QueryNotSupported",
            format!("The query parameter {name} with the value {value} is not supported."),
            &[name, value],
        )
        .severity("Warning"),
        Trouble::OtherOData(version) => Said::new(
            412,
            "HeaderInvalid",
            format!("Header 'OData-Version' with the value '{version}' is invalid."),
            &["OData-Version", version],
        ),
        other => standard_update(other),
    }
}

/// The standard's words for what goes wrong with images.
fn standard_update(trouble: &Trouble) -> Said {
    match trouble {
        Trouble::NoImages(what) => Said::new(
            501,
            "ActionNotSupported",
            format!("The action {what} is not supported by the resource: this BMC takes no images."),
            &[what],
        ),
        Trouble::Busy { seconds } => Said::new(
            503,
            "ServiceTemporarilyUnavailable",
            format!("The service is temporarily unavailable. Retry in {seconds} seconds."),
            &[&seconds.to_string()],
        )
        .resolve("Wait for the indicated retry duration and retry the operation."),
        Trouble::UnknownProperty(name) => Said::new(
            400,
            "PropertyUnknown",
            format!("The property {name} is not in the list of valid properties for the resource."),
            &[name],
        )
        .severity("Warning")
        .resolve("Remove the unknown property from the request body and resubmit the request."),
        Trouble::BadPart(name) => Said::new(
            400,
            "MissingOrMalformedPart",
            format!("The multipart request is missing a required part or contains malformed parts: {name}."),
            &[],
        )
        .resolve("Ensure that all required parts are present and valid, and resubmit the request."),
        Trouble::FileName(name) => {
            Said::new(400, "InvalidFile", format!("The file {name} is not of a type that this service takes."), &[name])
        }
        Trouble::Changed => Said::new(
            412,
            "PreconditionFailed",
            "The ETag supplied did not match the ETag required to change this resource.",
            &[],
        )
        .resolve("Try the operation again using the appropriate ETag."),
        Trouble::BadImage(id, text) => Said::new(400, id, text.clone(), &[]),
        Trouble::TooLarge(_) => Said::new(
            413,
            "PayloadTooLarge",
            "The supplied payload exceeds the maximum size supported by the service.",
            &[],
        ),
        Trouble::HostOn(chassis) => Said::new(
            409,
            "ChassisPowerStateOffRequired",
            format!("The Chassis with Id '{chassis}' requires to be powered off to perform this request."),
            &[chassis],
        )
        .resolve("Power off the specified Chassis and resubmit the request."),
        Trouble::Unlicensed => Said::new(403, "LicenseRequired", "A license is required for this operation.", &[]),
        Trouble::SameVersion(version) => Said::new(
            400,
            "ResourceAlreadyExists",
            format!(
                "The requested resource of type SoftwareInventory with the property Version with the value {version} already exists."
            ),
            &["SoftwareInventory", "Version", version],
        ),
        Trouble::InUpdateMode(_) | Trouble::NothingToStart => Said::new(
            400,
            "ResourceInUse",
            "The change to the requested resource failed because the resource is in use or in transition.",
            &[],
        ),
        Trouble::InPost => Said::new(
            503,
            "ResourceInUse",
            "The change to the requested resource failed because the resource is in use or in transition.",
            &[],
        ),
        Trouble::NotPrivileged => Said::new(
            403,
            "InsufficientPrivilege",
            "There are insufficient privileges for the account or credentials associated with the current session to \
             perform the requested operation.",
            &[],
        )
        .resolve("Either abandon the operation or change the associated access rights and resubmit the request."),
        // No source read gives a vendor's own words for it.
        Trouble::LockedDown => {
            Said::new(403, "OperationNotAllowed", "The operation is not allowed: the system is locked down.", &[])
        }
        Trouble::Setting(one) => setting(one),
        Trouble::SettingsCommitted => Said::new(400, "ResourceInUse", "BIOS settings wait already.", &[]),
        Trouble::OtherState => Said::new(
            412,
            "PreconditionFailed",
            "The ETag supplied did not match the ETag required to change this resource.",
            &[],
        ),
        Trouble::Silent(status) => Said::new(*status, "", "", &[]),
        _ => Said::new(
            500,
            "InternalError",
            "The request failed due to an internal service error. The service is still operational.",
            &[],
        )
        .resolve("Resubmit the request. If the problem persists, consider resetting the service."),
    }
}

/// The standard's words for a setting.
fn setting(one: &Complaint) -> Said {
    let Complaint { attribute, value, wrong } = one;
    let path = format!("Attributes/{attribute}");
    let (id, message) = match wrong {
        Wrong::Unknown => {
            ("PropertyUnknown", format!("The property {path} is not in the list of valid properties for the resource."))
        }
        Wrong::Type => (
            "PropertyValueTypeError",
            format!("The value {value} for the property {path} is of a different type than the property can accept."),
        ),
        Wrong::Value => (
            "PropertyValueNotInList",
            format!("The value {value} for the property {path} is not in the list of acceptable values."),
        ),
        Wrong::ReadOnly | Wrong::DependsOnOthers => (
            "PropertyNotWritable",
            format!("The property {path} is a read only property and cannot be assigned a value."),
        ),
    };
    let args = match wrong {
        Wrong::Type | Wrong::Value => vec![value.as_str(), &path],
        _ => vec![path.as_str()],
    };
    Said::new(400, id, message, &args).severity("Warning")
}

/// The standard's word for something that went well.
#[must_use]
pub(super) fn standard_success() -> Said {
    Said::new(200, "Success", "The request completed successfully.", &[])
}
