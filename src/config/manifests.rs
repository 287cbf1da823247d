//! The manifest files of a directory.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::Mistake;
use crate::domain::manifest::{self, Report, Source};

/// No manifest is larger (bytes).
const LARGEST: u64 = 16 << 20;

/// A manifest file and its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManifestFile {
    /// Its path, as messages name it.
    pub name: String,
    /// All of it.
    pub text: String,
}

/// Reads the files that `paths` name: files themselves, and of directories every `.toml` file in them.
///
/// # Errors
/// Every path that cannot be read.
pub fn read(paths: &[PathBuf]) -> Result<Vec<ManifestFile>, Vec<Mistake>> {
    let (mut files, mut mistakes) = (Vec::new(), Vec::new());
    for path in paths {
        match if path.is_dir() { inside(path) } else { Ok(vec![path.clone()]) } {
            Ok(found) => files.extend(found),
            Err(mistake) => mistakes.push(mistake),
        }
    }
    let mut read = Vec::new();
    for path in files {
        match text(&path) {
            Ok(text) => read.push(ManifestFile { name: path.display().to_string(), text }),
            Err(mistake) => mistakes.push(mistake),
        }
    }
    if mistakes.is_empty() { Ok(read) } else { Err(mistakes) }
}

/// Reads what files say together.
#[must_use]
pub fn report(files: &[ManifestFile]) -> Report {
    let sources: Vec<Source<'_>> = files.iter().map(|file| Source { name: &file.name, text: &file.text }).collect();
    manifest::read(&sources)
}

fn inside(directory: &Path) -> Result<Vec<PathBuf>, Mistake> {
    let failed = |error| Mistake::of_file(directory, error);
    let mut found = Vec::new();
    for item in fs::read_dir(directory).map_err(failed)? {
        let path = item.map_err(failed)?.path();
        if path.extension().is_some_and(|kind| kind == "toml") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn text(path: &Path) -> Result<String, Mistake> {
    let failed = |error| Mistake::of_file(path, error);
    let metadata = fs::metadata(path).map_err(failed)?;
    if !metadata.is_file() {
        return Err(Mistake::of_file(path, "this is no file"));
    }
    if metadata.len() > LARGEST {
        return Err(Mistake::of_file(path, "this is too large for a manifest"));
    }
    fs::read_to_string(path).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_stands_for_its_toml_files_in_order() {
        let directory = tempfile::tempdir().unwrap();
        for name in ["b.toml", "a.toml", "README.md"] {
            fs::write(directory.path().join(name), "").unwrap();
        }
        let files = read(&[directory.path().to_path_buf()]).unwrap();
        let names: Vec<&str> = files.iter().filter_map(|file| file.name.rsplit('/').next()).collect();
        assert_eq!(names, ["a.toml", "b.toml"]);
        let both = [directory.path().join("none"), directory.path().join("b.toml"), directory.path().join("gone")];
        assert_eq!(read(&both).unwrap_err().len(), 2);
    }
}
