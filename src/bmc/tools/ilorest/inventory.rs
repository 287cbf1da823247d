//! `serverinfo --firmware -j`. Pure.

use serde_json::Value;

/// One line of iLO's firmware inventory. Names repeat: each of two power supplies has the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installed {
    /// Its name: `iLO 5`, `System ROM`.
    pub name: String,
    /// Its version as iLO writes it: `2.72 Sep 04 2022`, `U46 v1.64 (08/11/2022)`.
    pub version: String,
}

/// Reads the answer to `serverinfo --firmware -j`; nothing where it is none. A line that cannot be read is left out.
#[must_use]
pub fn parse(said: &str) -> Option<Vec<Installed>> {
    let document = json(said)?;
    let rows = document.get("firmware")?.as_array()?;
    Some(rows.iter().filter_map(Value::as_str).filter_map(row).collect())
}

/// `iLO 5: 2.55 Sep 12 2021`: neither names nor versions have a colon and a space in them but this one; versions may be absent.
fn row(text: &str) -> Option<Installed> {
    let (name, version) = text.split_once(": ").or_else(|| text.split_once(':'))?;
    let (name, version) = (name.trim().to_owned(), version.trim().to_owned());
    (!name.is_empty() && !version.is_empty()).then_some(Installed { name, version })
}

/// The JSON document in an answer: ilorest may write a line before it and one behind it.
pub(super) fn json(said: &str) -> Option<Value> {
    let start = said.find('{')?;
    let end = said.rfind('}')?;
    serde_json::from_str(said.get(start..=end)?).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_and_versions_are_read_also_where_names_repeat() {
        let said = "Discovering data...\n{\n  \"firmware\": [\n    \"iLO 5: 2.72 Sep 04 2022\",\n    \"System ROM: U46 v1.64 (08/11/2022)\",\n    \
                    \"Power Supply Firmware: 1.02\",\n    \"Power Supply Firmware: 2.00\",\n    \"Empty: \", 7\n  ]\n}\nDone\n";
        let rows = parse(said).unwrap();
        assert_eq!(rows.len(), 4);
        assert_eq!((rows[1].name.as_str(), rows[1].version.as_str()), ("System ROM", "U46 v1.64 (08/11/2022)"));
        assert_eq!(rows.iter().filter(|row| row.name == "Power Supply Firmware").count(), 2);
    }

    #[test]
    fn what_is_no_inventory_is_none() {
        for said in ["", "{", "}{", "{\"software\": []}", "Firmware Information\n-----\niLO 5 : 2.55\n"] {
            assert_eq!(parse(said), None, "{said}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in "(\\PC|\n|:|\\{\"firmware\": \\[|\"|\\]\\}){0,100}") {
            let _ = parse(&text);
        }
    }
}
