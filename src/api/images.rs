//! The image repository as clients see it.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use tokio::{sync::mpsc::UnboundedSender, task};

use super::{
    session::Session,
    wire::{
        ByteProgress, ImageAdded, ImageRow, ImagesDocument, InspectDocument, ManifestCheck, SCHEMA, VerifiedRow,
        VerifyDocument,
    },
};
use crate::{
    config::manifests,
    domain::{
        digest::Sha256,
        inspected::{Format, Inspected, contradicts},
        manifest::{Image, Manifest},
    },
    images::{
        self, Progress, Repository, inspect,
        repository::{Checked, Entry, Look, Opened},
    },
};

/// Why the repository did not do as asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct ImageFailure {
    /// True where the file or the name that was given is wrong, and not the surroundings.
    pub is_usage: bool,
    /// What happened, and what to do.
    pub what: String,
}

impl From<images::Error> for ImageFailure {
    fn from(error: images::Error) -> Self {
        use images::Error::{Ambiguous, Changed, Denied, Empty, Io, Link, NoRoom, NotAFile, NotThere, Unknown};
        let is_usage = match error {
            NotThere { .. } | NotAFile { .. } | Link { .. } | Empty { .. } | Unknown { .. } | Ambiguous { .. } => true,
            Changed { .. } | NoRoom { .. } | Denied { .. } | Io { .. } => false,
        };
        Self { is_usage, what: error.to_string() }
    }
}

/// What images say of themselves, by their digests.
pub(super) type Looks = HashMap<Sha256, Inspected>;

/// Where progress goes; nobody need listen.
pub type Listener = UnboundedSender<ByteProgress>;

fn teller(listener: Listener) -> impl FnMut(Progress) {
    move |Progress { done, total }| {
        let _ = listener.send(ByteProgress { done, total });
    }
}

impl Session {
    /// Copies a file into the repository. A file that no BMC takes is refused before a byte is copied.
    pub async fn add_image(&self, path: PathBuf, progress: Listener) -> Result<ImageAdded, ImageFailure> {
        let now = self.engine.clock().now();
        self.with_images(move |repository, manifest| {
            // links and devices are refused by the copy itself, with better words
            if path.symlink_metadata().is_ok_and(|metadata| metadata.is_file() && metadata.len() > 0)
                && let inspected = inspect::inspect_file(&path, &name_of(&path))?
                && let Some(why) = inspected.unusable.filter(|_| inspected.format != Format::HpeSignature)
            {
                let what = format!("{}: {why}; nothing was added", path.display());
                return Err(ImageFailure { is_usage: true, what });
            }
            let added = repository.add(&path, now, &mut teller(progress))?;
            let row = row(&added.entry, manifest);
            let checks = row.inspected.as_ref().map(|inspected| checks(manifest, &row.sha256, inspected));
            Ok(ImageAdded { schema: SCHEMA, new: added.is_new, image: row, manifest: checks.unwrap_or_default() })
        })
        .await
    }

    /// Every image of the repository.
    pub async fn images(&self) -> Result<ImagesDocument, ImageFailure> {
        self.with_images(|repository, manifest| {
            let mut rows = Vec::new();
            for entry in repository.list()? {
                let entry = described(repository, entry);
                rows.push(row(&entry, manifest));
            }
            Ok(ImagesDocument { schema: SCHEMA, images: rows })
        })
        .await
    }

    /// Looks at images: those that `wanted` names, or all. `quick`: a file that looks as it did is taken to be intact.
    pub async fn verify_images(
        &self,
        wanted: Vec<String>,
        quick: bool,
        progress: Listener,
    ) -> Result<VerifyDocument, ImageFailure> {
        let now = self.engine.clock().now();
        self.with_images(move |repository, _| {
            let entries = if wanted.is_empty() {
                repository.list()?
            } else {
                wanted.iter().map(|wanted| repository.find(wanted)).collect::<Result<_, _>>()?
            };
            let total: u64 = entries.iter().map(|entry| entry.size).sum();
            let look = if quick { Look::Stamp } else { Look::Bytes };
            let (mut before, mut rows) = (0, Vec::new());
            for entry in entries {
                let mut tell = |at: Progress| {
                    let _ = progress.send(ByteProgress { done: (before + at.done).min(total), total });
                };
                let checked = repository.verify(entry.sha256, look, now, &mut tell)?;
                before += entry.size;
                rows.push(verified(&entry, checked));
            }
            Ok(VerifyDocument { schema: SCHEMA, images: rows })
        })
        .await
    }

    /// What a file, or an image of the repository, says of itself.
    /// `directory`: what a relative path begins at.
    pub async fn inspect_image(
        &self,
        wanted: String,
        directory: &Path,
        progress: Listener,
    ) -> Result<InspectDocument, ImageFailure> {
        let path = directory.join(&wanted);
        self.with_images(move |repository, manifest| {
            let path = path.as_path();
            let document = |name, sha256: String, size, in_repository, inspected: Inspected| InspectDocument {
                schema: SCHEMA,
                name,
                manifest: checks(manifest, &sha256, &inspected),
                sha256,
                size,
                in_repository,
                inspected,
            };
            if path.exists() {
                let (sha256, size) = images::repository::hash(path, &mut teller(progress))?;
                let name = name_of(path);
                let inspected = inspect::inspect_file(path, &name)?;
                let held = repository.list()?.iter().any(|entry| entry.sha256 == sha256);
                return Ok(document(name, sha256.to_string(), size, held, inspected));
            }
            let entry = repository.describe(repository.find(&wanted)?)?;
            let inspected = entry.inspected.clone();
            let inspected = inspected.unwrap_or(Inspected::bare(Format::Unknown));
            Ok(document(entry.name(), entry.sha256.to_string(), entry.size, true, inspected))
        })
        .await
    }

    /// What `images` say of themselves, by their digests, and what is wrong with them as they lie in the repository:
    /// nothing where all are what their manifests say.
    pub(super) async fn look_at_images(&self, images: Vec<Image>) -> Result<(Looks, Vec<String>), ImageFailure> {
        let now = self.engine.clock().now();
        self.with_images(move |repository, _| {
            let (mut looks, mut mistakes) = (Looks::new(), Vec::new());
            for image in images {
                let Ok(entry) = repository.find(&image.sha256.to_string()) else {
                    mistakes.push(format!(
                        "image {}: {} is not in the repository: `firmdeck images add FILE`",
                        image.id, image.file
                    ));
                    continue;
                };
                match repository.open_verified(image.sha256, now, &mut |_| {})? {
                    Opened::Broken { why, at } => mistakes.push(format!(
                        "image {}: {why}; it was moved to {}; next: `firmdeck images add {}` from where it came",
                        image.id,
                        at.display(),
                        image.file
                    )),
                    Opened::Intact { .. } if entry.size != image.size => mistakes.push(format!(
                        "image {}: it has {} bytes, its manifest says {}",
                        image.id, entry.size, image.size
                    )),
                    Opened::Intact { entry, .. } => {
                        let Some(inspected) = entry.inspected else { continue };
                        let inside = contradicts(&inspected, &image).into_iter();
                        mistakes.extend(inside.map(|contradiction| {
                            format!(
                                "image {}: {contradiction}; next: correct the manifest, or add the right file",
                                image.id
                            )
                        }));
                        looks.insert(image.sha256, inspected);
                    }
                }
            }
            Ok((looks, mistakes))
        })
        .await
    }

    /// Runs `work`, which blocks, on the repository and on what the manifests say. Manifests with mistakes say what can
    /// be read of them: here they only inform.
    async fn with_images<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Repository, &Manifest) -> Result<T, ImageFailure> + Send + 'static,
    ) -> Result<T, ImageFailure> {
        let (directory, manifests) = (self.images.clone(), self.manifests());
        let done = task::spawn_blocking(move || {
            let repository = Repository::open(&directory)?;
            let files = manifests.filter(|path| path.is_dir()).and_then(|path| manifests::read(&[path]).ok());
            let manifest = files.map(|files| manifests::report(&files).manifest).unwrap_or_default();
            work(&repository, &manifest)
        });
        done.await.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))
    }
}

fn name_of(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// An image that was never looked into is looked into now; if that fails, nothing is known of it, and that is all.
fn described(repository: &Repository, entry: Entry) -> Entry {
    if entry.inspected.is_some() {
        return entry;
    }
    repository.describe(entry.clone()).unwrap_or(entry)
}

fn row(entry: &Entry, manifest: &Manifest) -> ImageRow {
    let of_manifest = manifest.images.iter().filter(|image| image.sha256 == entry.sha256);
    ImageRow {
        sha256: entry.sha256.to_string(),
        name: entry.name(),
        names: entry.names.clone(),
        size: entry.size,
        added_at: entry.added_at.to_string(),
        inspected: entry.inspected.clone(),
        manifest: of_manifest.map(|image| image.id.clone()).collect(),
    }
}

fn checks(manifest: &Manifest, sha256: &str, inspected: &Inspected) -> Vec<ManifestCheck> {
    let images = manifest.images.iter().filter(|image| image.sha256.to_string() == sha256);
    let check = |image| contradicts(inspected, image).iter().map(ToString::to_string).collect();
    images.map(|image| ManifestCheck { id: image.id.clone(), contradictions: check(image) }).collect()
}

fn verified(entry: &Entry, checked: Checked) -> VerifiedRow {
    let row = VerifiedRow {
        sha256: entry.sha256.to_string(),
        name: entry.name(),
        size: entry.size,
        result: "intact".into(),
        hashed: true,
        why: None,
        moved_to: None,
    };
    match checked {
        Checked::Intact { hashed } => VerifiedRow { hashed, ..row },
        Checked::Quarantined { why, at } => VerifiedRow {
            result: "quarantined".into(),
            why: Some(why.to_string()),
            moved_to: Some(at.display().to_string()),
            ..row
        },
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tokio::sync::mpsc;

    use super::*;
    use crate::{clock::Clock, config::credentials::Environment, store::StateDir};

    /// A raw system firmware: Intel's flash descriptor, and a byte to tell one from another.
    fn rom(byte: u8) -> Vec<u8> {
        let mut bytes = vec![byte; 64];
        bytes[16..20].copy_from_slice(b"\x5a\xa5\xf0\x0f");
        bytes
    }

    fn manifest(sha256: &str, kind: &str) -> String {
        format!(
            "[[image]]\nid = \"i\"\nvendor = \"dell\"\nkind = \"{kind}\"\nversion = \"1.2.3\"\nfile = \"a.rom\"\n\
             sha256 = \"{sha256}\"\nsize = 64\n[image.match]\nmodels = [\"PowerEdge R750\"]\n"
        )
    }

    async fn bench(directory: &Path) -> Session {
        let state = StateDir::open(&directory.join("state")).unwrap();
        let session = Session::open(&state, Clock::system(), None).await.unwrap();
        fs::write(directory.join("firmdeck.toml"), "manifests = \"manifests\"\n").unwrap();
        session.configure(&directory.join("firmdeck.toml"), true, Environment::default()).unwrap();
        session
    }

    fn listener() -> Listener {
        mpsc::unbounded_channel().0
    }

    #[tokio::test]
    async fn an_image_is_added_listed_verified_and_inspected_with_what_manifests_say_of_it() {
        let directory = tempfile::tempdir().unwrap();
        let session = bench(directory.path()).await;
        let file = directory.path().join("a.rom");
        fs::write(&file, rom(7)).unwrap();
        let added = session.add_image(file.clone(), listener()).await.unwrap();
        assert!(added.new && added.manifest.is_empty());
        let sha256 = added.image.sha256.clone();
        // the file is a system firmware; a manifest that calls it a BMC's is contradicted
        fs::create_dir(directory.path().join("manifests")).unwrap();
        fs::write(directory.path().join("manifests/m.toml"), manifest(&sha256, "bmc")).unwrap();
        let listed = session.images().await.unwrap().images;
        assert_eq!((listed.len(), listed[0].manifest.as_slice()), (1, &["i".to_owned()][..]));
        let inspected = session.inspect_image(file.display().to_string(), Path::new("/"), listener()).await.unwrap();
        assert!(inspected.in_repository);
        assert_eq!(inspected.manifest[0].contradictions, ["the file is a bios image, the manifest says bmc"]);
        fs::remove_file(&file).unwrap();
        assert_eq!(
            session.inspect_image(sha256[..12].into(), Path::new("/"), listener()).await.unwrap().manifest.len(),
            1
        );
        assert_eq!(session.verify_images(Vec::new(), true, listener()).await.unwrap().images[0].result, "intact");
        fs::write(directory.path().join("state/images").join(&sha256), rom(8)).unwrap();
        let verified = session.verify_images(vec!["a.rom".into()], true, listener()).await.unwrap();
        assert_eq!(verified.images[0].result, "quarantined");
        assert!(session.images().await.unwrap().images.is_empty());
    }
}
