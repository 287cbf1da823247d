//! The rules of diagnosis in force: those that firmdeck carries, and an operator's before them.

use std::path::Path;

use super::Mistake;
use crate::domain::diagnosis::{self, Rules};

/// The embedded rules, with those of the file at `path` before them where it is there.
///
/// # Errors
/// When the file cannot be read, or a rule in it is broken: with line, column and field.
pub fn read(path: &Path) -> Result<Rules, Mistake> {
    let of_rules =
        |mistake: diagnosis::Mistake| Mistake { what: mistake.words(), at: Some(mistake.at), file: mistake.file };
    let embedded = Rules::embedded().map_err(of_rules)?;
    if !path.exists() {
        return Ok(embedded);
    }
    let text = std::fs::read_to_string(path).map_err(|error| Mistake::of_file(path, error))?;
    embedded.with(&path.display().to_string(), &text).map_err(of_rules)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_rule_of_an_operator_is_told_with_its_place_and_field() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("diagnoses.toml");
        assert!(read(&path).unwrap().iter().count() > 50, "without a file the embedded rules are in force");
        let text =
            "[[rule]]\nid = \"mine\"\nwhen = { mesage = [\"X\"] }\ncause = \"a\"\nnext = \"b\"\nsource = \"c\"\n";
        std::fs::write(&path, text).unwrap();
        let told = read(&path).unwrap_err().to_string();
        assert!(told.contains("diagnoses.toml:3:10: unknown field `mesage`"), "{told}");
        assert!(told.contains("did you mean `message`?"), "{told}");
        std::fs::write(&path, text.replace("mesage", "message").replace("\"b\"", "\"{serial}\"")).unwrap();
        let told = read(&path).unwrap_err().to_string();
        assert!(told.contains("diagnoses.toml:5:8: next: nothing fills `{serial}`"), "{told}");
    }
}
